//! In which stage a token is refused, and in whose words: openidconnect refuses some of these
//! again, and must never be the only one that does.

use serde_json::{Value, json};

use crate::{
    identity::RefusalCode::OidcTime,
    oidc::{Check, looks_like_token, testing::*, verify},
};

fn with_header(header: &Value, changes: &Value) -> String {
    raw(&header.to_string(), &claims(changes).to_string())
}

#[test]
fn each_stage_is_told_once_it_is_passed() {
    let honest = token(&json!({}));
    assert!(looks_like_token(&honest) && !looks_like_token("a.b.c"));
    let with = |header: Value| with_header(&header, &json!({}));
    for (token, stages) in [
        (format!("{honest}="), 0),
        (
            with(json!({ "alg": "RS256", "kid": "rsa", "typ": "at+jwt" })),
            1,
        ),
        (with(json!({ "alg": "RS256", "kid": "unknown" })), 2),
        (token(&json!({ "iss": [ISSUER] })), 3),
        (token(&json!({ "iss": "https://evil.example" })), 3),
        (token(&json!({ "azp": "other" })), 4),
        (
            with(json!({ "alg": "RS256", "kid": "rsa", "typ": "application/jwt" })),
            5,
        ),
        (honest, 5),
    ] {
        let mut passed = Vec::new();
        let mut pass = |check| passed.push(check);
        let judged = verify(&token, &discovery(), &keys(), &expected(), now(), &mut pass);
        assert_eq!(judged.is_ok(), stages == 5, "{token}");
        assert_eq!(passed, Check::ALL[..stages], "{token}");
    }
}

#[test]
fn a_claim_of_another_type_is_named() {
    for (changes, named) in [
        (json!({ "iss": null }), "`iss`"),
        (json!({ "sub": 7 }), "`sub`"),
        (json!({ "aud": 7 }), "`aud`"),
        (json!({ "nonce": [NONCE] }), "`nonce`"),
        (json!({ "azp": [CLIENT] }), "`azp`"),
        (json!({ "at_hash": 1 }), "`at_hash`"),
        (json!({ "acr": 1 }), "`acr`"),
        (json!({ "exp": null }), "`exp`"),
        (json!({ "iat": null }), "`iat`"),
        (json!({ "nbf": "now" }), "`nbf`"),
        (json!({ "auth_time": true }), "`auth_time`"),
    ] {
        let detail = judge(&token(&changes)).unwrap_err().detail;
        assert!(detail.contains(named), "{changes}: {detail}");
    }
}

/// A key that fits says why; the next one could only say that it did not sign.
#[test]
fn the_key_that_signed_gives_the_reason() {
    let keys = key_set(&[RSA.jwk("one", &json!({})), FOREIGN.jwk("other", &json!({}))]);
    let over = json!({ "exp": now().timestamp() - 3_600 });
    let token = with_header(&json!({ "alg": "RS256" }), &over);
    let refused = judge_with(&token, &keys, &expected()).unwrap_err();
    assert_eq!(refused.code, OidcTime);
}
