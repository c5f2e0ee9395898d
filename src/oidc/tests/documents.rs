//! Discovery documents.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{
    clock::{FixedClock, SystemRandom},
    oidc::{Callback, Discovery, ErrorCode, Provider, testing::*},
};

fn read(changes: &Value) -> Result<Discovery, ErrorCode> {
    let text = document(changes).to_string();
    Discovery::read(text.as_bytes(), ISSUER, AWAY).map_err(|error| error.code)
}

#[test]
fn an_issuer_is_a_plain_https_url_that_may_be_reached() {
    use ErrorCode::{Invalid, Private};
    for (issuer, allow_private, refused) in [
        ("https://op.example", false, None),
        ("https://op.example/tenant/", false, None),
        ("http://127.0.0.1:1", false, None),
        ("https://op.example/?tenant=1", false, Some(Invalid)),
        ("https://op.example/#tenant", false, Some(Invalid)),
        ("https://user@op.example", false, Some(Invalid)),
        ("http://op.example", false, Some(Invalid)),
        ("http://127.0.0.1:1/?x", false, Some(Invalid)),
        ("op.example", false, Some(Invalid)),
        ("https://10.0.0.1", false, Some(Private)),
        ("https://10.0.0.1", true, None),
    ] {
        let made = Provider::new(
            "partner".parse().unwrap(),
            issuer,
            allow_private,
            Duration::from_mins(1),
            Arc::new(FixedClock(now())),
            Arc::new(SystemRandom),
        );
        assert_eq!(made.err().map(|error| error.code), refused, "{issuer}");
    }
}

#[test]
fn honest_documents_are_read() {
    for changes in [
        json!({}),
        json!({ "userinfo_endpoint": null, "response_types_supported": null }),
        json!({ "token_endpoint": "https://elsewhere.example/token" }),
        json!({ "id_token_signing_alg_values_supported": ["HS256", "RS256", "none"] }),
        json!({ "unknown": { "member": [1] } }),
    ] {
        assert!(read(&changes).is_ok(), "{changes}");
    }
}

#[test]
fn what_cannot_be_trusted_is_refused() {
    use ErrorCode::{Invalid, Issuer, Private};
    for (changes, code) in [
        (json!({ "issuer": "https://op.example/" }), Issuer),
        (json!({ "issuer": "https://OP.example" }), Issuer),
        (json!({ "issuer": "https://evil.example" }), Issuer),
        (json!({ "issuer": [ISSUER] }), Issuer),
        (json!({ "issuer": null }), Issuer),
        (json!({ "token_endpoint": null }), Invalid),
        (json!({ "authorization_endpoint": null }), Invalid),
        (json!({ "jwks_uri": null }), Invalid),
        (json!({ "jwks_uri": "http://op.example/keys" }), Invalid),
        (json!({ "jwks_uri": "http://127.0.0.1/keys" }), Invalid),
        (json!({ "jwks_uri": "file:///etc/passwd" }), Invalid),
        (json!({ "jwks_uri": ["https://op.example/keys"] }), Invalid),
        (
            json!({ "token_endpoint": "https://u:p@op.example/token" }),
            Invalid,
        ),
        (
            json!({ "authorization_endpoint": "javascript:alert(1)" }),
            Invalid,
        ),
        (
            json!({ "authorization_endpoint": "https://op.example/#x" }),
            Invalid,
        ),
        (
            json!({ "userinfo_endpoint": "http://op.example/me" }),
            Invalid,
        ),
        (json!({ "response_types_supported": ["id_token"] }), Invalid),
        (
            json!({ "id_token_signing_alg_values_supported": ["HS256"] }),
            Invalid,
        ),
        (
            json!({ "id_token_signing_alg_values_supported": "RS256" }),
            Invalid,
        ),
        (
            json!({ "authorization_response_iss_parameter_supported": "true" }),
            Invalid,
        ),
        (json!({ "jwks_uri": "https://10.0.0.1/keys" }), Private),
        (json!({ "token_endpoint": "https://[fd00::1]/t" }), Private),
        (
            json!({ "userinfo_endpoint": "https://127.0.0.1/u" }),
            Private,
        ),
    ] {
        assert_eq!(read(&changes).err(), Some(code), "{changes}");
    }
    // Where only browsers go may be in their own network.
    let inside = json!({ "authorization_endpoint": "https://10.0.0.1/authorize" });
    assert!(read(&inside).is_ok());
    let twice =
        document(&json!({}))
            .to_string()
            .replacen('{', r#"{"jwks_uri":"https://op.example/k","#, 1);
    let error = Discovery::read(twice.as_bytes(), ISSUER, AWAY).unwrap_err();
    assert_eq!(error.code, Invalid);
}

#[test]
fn a_mix_up_is_noticed() {
    let names = json!({ "authorization_response_iss_parameter_supported": true });
    for (changes, query, fine) in [
        (json!({}), "", true),
        (json!({}), "&iss=https%3A%2F%2Fop.example", true),
        (json!({}), "&iss=https%3A%2F%2Fevil.example", false),
        (json!({}), "&iss=https%3A%2F%2Fop.example%2F", false),
        (json!({}), "&iss=", false),
        (names.clone(), "&iss=https%3A%2F%2Fop.example", true),
        (names.clone(), "&iss=https%3A%2F%2Fevil.example", false),
        (names, "", false),
    ] {
        let callback = Callback::read(&format!("state=s&code=c{query}")).unwrap();
        let seen = callback.check_issuer(ISSUER, &read(&changes).unwrap());
        assert_eq!(seen.is_ok(), fine, "{changes} {query}");
    }
}
