//! ID tokens.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL};
use chrono::TimeDelta;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::{
    identity::RefusalCode::{self, *},
    oidc::{Expected, NameIdRule, testing::*, verify},
};

fn code(token: &str) -> Option<RefusalCode> {
    judge(token).err().map(|refusal| refusal.code)
}

fn at_hash(access_token: &str) -> String {
    URL.encode(&digest(&SHA256, access_token.as_bytes()).as_ref()[..16])
}

#[test]
fn honest_tokens_are_accepted() {
    for changes in [
        json!({}),
        json!({ "aud": [CLIENT] }),
        json!({ "azp": CLIENT }),
        json!({ "at_hash": at_hash(ACCESS) }),
        json!({ "nbf": now().timestamp(), "auth_time": null, "acr": "1", "amr": ["pwd"] }),
        // As Auth0 and Cognito write them.
        json!({ "updated_at": "2026-01-02T03:04:05.678Z", "email_verified": "true" }),
        json!({ "exp": 1_790_000_300.5, "address": { "locality": "Berlin" } }),
        json!({ "https://flex.example/office": "Berlin", "realm_access": { "roles": ["x"] } }),
    ] {
        let verified = judge(&token(&changes)).unwrap();
        assert_eq!(verified.subject(), "agent-7", "{changes}");
    }
    let ps = sign(&claims(&json!({})), &RSA, &header(Algorithm::PS256, "rsa"));
    let ec = sign(&claims(&json!({})), &EC, &header(Algorithm::ES256, "ec"));
    for token in [ps, ec] {
        assert_eq!(code(&token), None);
    }
}

#[test]
fn what_a_token_says_must_fit() {
    let cases: [(Value, RefusalCode); 33] = [
        (json!({ "iss": "https://op.example/" }), OidcIssuer),
        (json!({ "iss": "https://evil.example" }), OidcIssuer),
        (json!({ "iss": null }), OidcIdToken),
        (json!({ "iss": [ISSUER] }), OidcIdToken),
        (json!({ "aud": "other" }), OidcAudience),
        (json!({ "aud": [CLIENT, "other"] }), OidcAudience),
        (
            json!({ "aud": [CLIENT, "other"], "azp": CLIENT }),
            OidcAudience,
        ),
        (json!({ "aud": ["other"] }), OidcAudience),
        (json!({ "aud": [] }), OidcIdToken),
        (json!({ "aud": [CLIENT, 1] }), OidcIdToken),
        (json!({ "aud": null }), OidcIdToken),
        (json!({ "azp": "other" }), OidcAudience),
        (json!({ "azp": [CLIENT] }), OidcIdToken),
        (json!({ "nonce": "another" }), OidcNonce),
        (json!({ "nonce": null }), OidcNonce),
        (json!({ "nonce": "" }), OidcNonce),
        (json!({ "nonce": [NONCE] }), OidcIdToken),
        (json!({ "at_hash": at_hash("another") }), OidcAccessToken),
        (json!({ "at_hash": "" }), OidcAccessToken),
        (json!({ "at_hash": 1 }), OidcIdToken),
        (json!({ "sub": null }), OidcIdToken),
        (json!({ "sub": "" }), OidcIdToken),
        (json!({ "sub": 7 }), OidcIdToken),
        (json!({ "sub": "x".repeat(256) }), OidcIdToken),
        (json!({ "exp": null }), OidcIdToken),
        (json!({ "exp": "1790000300" }), OidcIdToken),
        (json!({ "exp": "2026-12-31T00:00:00Z" }), OidcIdToken),
        (json!({ "exp": -1 }), OidcIdToken),
        (json!({ "exp": 1e300 }), OidcIdToken),
        (json!({ "iat": null }), OidcIdToken),
        (json!({ "iat": "now" }), OidcIdToken),
        (json!({ "nbf": "now" }), OidcIdToken),
        (json!({ "auth_time": true }), OidcIdToken),
    ];
    for (changes, expected) in cases {
        assert_eq!(code(&token(&changes)), Some(expected), "{changes}");
    }
}

#[test]
fn each_bound_is_where_it_is_said_to_be() {
    assert_eq!(code(&token(&json!({ "sub": "x".repeat(255) }))), None);
    let whole = |bytes: usize| token(&json!({ "x": "y".repeat(bytes) }));
    // Base64 makes four of three, so that a token grows in steps.
    let fixed = whole(0).len();
    let most = (128 * 1024 - fixed) / 4 * 3 - 4;
    assert!(whole(most).len() <= 128 * 1024);
    assert_eq!(code(&whole(most)), None);
    assert_eq!(code(&whole(most + 12)), Some(OidcIdToken));
}

#[test]
fn several_audiences_need_trust_and_azp() {
    let trusted = ["api".to_owned()];
    let expected = Expected {
        trusted_audiences: &trusted,
        ..expected()
    };
    for (changes, refused) in [
        (json!({ "aud": [CLIENT, "api"], "azp": CLIENT }), None),
        (json!({ "aud": [CLIENT, "api"] }), Some(OidcAudience)),
        (
            json!({ "aud": [CLIENT, "api"], "azp": "api" }),
            Some(OidcAudience),
        ),
        (json!({ "aud": ["api"], "azp": CLIENT }), Some(OidcAudience)),
        (
            json!({ "aud": [CLIENT, "api", "x"], "azp": CLIENT }),
            Some(OidcAudience),
        ),
    ] {
        let seen = judge_with(&token(&changes), &keys(), &expected);
        assert_eq!(seen.err().map(|one| one.code), refused, "{changes}");
    }
}

#[test]
fn times_are_bounded_to_the_second() {
    let now = now().timestamp();
    for (changes, refused) in [
        (json!({ "exp": now - 59 }), None),
        (json!({ "exp": now - 60 }), Some(OidcTime)),
        (json!({ "iat": now + 60 }), None),
        (json!({ "iat": now + 61 }), Some(OidcTime)),
        (json!({ "nbf": now + 60 }), None),
        (json!({ "nbf": now + 61 }), Some(OidcTime)),
    ] {
        assert_eq!(code(&token(&changes)), refused, "{changes}");
    }
    let strict = Expected {
        skew: TimeDelta::zero(),
        ..expected()
    };
    for (changes, refused) in [
        (json!({ "exp": now + 1 }), None),
        (json!({ "exp": now }), Some(OidcTime)),
        (json!({ "iat": now + 1 }), Some(OidcTime)),
    ] {
        let seen = judge_with(&token(&changes), &keys(), &strict);
        assert_eq!(seen.err().map(|one| one.code), refused, "{changes}");
    }
}

#[test]
fn no_token_brings_its_own_algorithm_or_key() {
    let claims = claims(&json!({})).to_string();
    let public = RSA.jwk("rsa", &json!({}));
    for (header, refused) in [
        (json!({ "alg": "RS256", "kid": "rsa" }), None),
        (
            json!({ "alg": "RS256", "kid": "rsa", "typ": "jwt", "x5t": "abc" }),
            None,
        ),
        (json!({ "alg": "none" }), Some(OidcAlgorithm)),
        (json!({ "alg": "None" }), Some(OidcAlgorithm)),
        (json!({ "alg": "rs256", "kid": "rsa" }), Some(OidcAlgorithm)),
        (json!({ "alg": "RS512", "kid": "rsa" }), Some(OidcAlgorithm)),
        (json!({ "alg": "HS256", "kid": "rsa" }), Some(OidcAlgorithm)),
        (
            json!({ "alg": ["RS256"], "kid": "rsa" }),
            Some(OidcAlgorithm),
        ),
        (json!({ "kid": "rsa" }), Some(OidcAlgorithm)),
        (
            json!({ "alg": "RS256", "jwk": public }),
            Some(OidcAlgorithm),
        ),
        (
            json!({ "alg": "RS256", "kid": "rsa", "jku": "https://evil.example" }),
            Some(OidcAlgorithm),
        ),
        (
            json!({ "alg": "RS256", "kid": "rsa", "x5u": "https://evil.example" }),
            Some(OidcAlgorithm),
        ),
        (
            json!({ "alg": "RS256", "kid": "rsa", "x5c": ["MII"] }),
            Some(OidcAlgorithm),
        ),
        (
            json!({ "alg": "RS256", "kid": "rsa", "crit": ["exp"] }),
            Some(OidcAlgorithm),
        ),
        (
            json!({ "alg": "RS256", "kid": "rsa", "b64": false }),
            Some(OidcAlgorithm),
        ),
        (
            json!({ "alg": "RS256", "kid": "rsa", "zip": "DEF" }),
            Some(OidcAlgorithm),
        ),
        (
            json!({ "alg": "RS256", "kid": "rsa", "enc": "A128GCM" }),
            Some(OidcAlgorithm),
        ),
        (
            json!({ "alg": "RS256", "kid": "rsa", "typ": "at+jwt" }),
            Some(OidcIdToken),
        ),
        (
            json!({ "alg": "RS256", "kid": "rsa", "typ": "logout+jwt" }),
            Some(OidcIdToken),
        ),
        (json!({ "alg": "RS256", "kid": "unknown" }), Some(OidcKey)),
        (json!({ "alg": "RS256", "kid": "ec" }), Some(OidcKey)),
        (json!({ "alg": "RS256", "kid": 1 }), Some(OidcIdToken)),
        // Says one algorithm, is signed by another.
        (json!({ "alg": "PS256", "kid": "rsa" }), Some(OidcSignature)),
        (json!({ "alg": "ES256", "kid": "ec" }), Some(OidcSignature)),
    ] {
        assert_eq!(
            code(&raw(&header.to_string(), &claims)),
            refused,
            "{header}"
        );
    }
}

#[test]
fn a_public_key_is_no_secret_to_sign_with() {
    let public = RSA.jwk("rsa", &json!({})).to_string();
    for secret in [public.as_bytes(), RSA.pem.as_bytes(), b""] {
        let key = jsonwebtoken::EncodingKey::from_secret(secret);
        let header = header(Algorithm::HS256, "rsa");
        let token = jsonwebtoken::encode(&header, &claims(&json!({})), &key).unwrap();
        assert_eq!(code(&token), Some(OidcAlgorithm));
    }
}

#[test]
fn what_was_changed_or_signed_by_another_is_refused() {
    let honest = token(&json!({}));
    let parts: Vec<&str> = honest.split('.').collect();
    let other = claims(&json!({ "sub": "agent-8" })).to_string();
    let forged = format!("{}.{}.{}", parts[0], URL.encode(other), parts[2]);
    let foreign = sign(
        &claims(&json!({})),
        &FOREIGN,
        &header(Algorithm::RS256, "rsa"),
    );
    let unsigned = format!("{}.{}.", parts[0], parts[1]);
    for token in [&forged, &foreign, &unsigned] {
        assert_eq!(code(token), Some(OidcSignature), "{token}");
    }
    let text = r#"{"alg":"RS256","kid":"rsa"}"#;
    let honest_claims = claims(&json!({})).to_string();
    let twice = honest_claims.replacen('{', r#"{"sub":"agent-7","#, 1);
    let twice_inside = honest_claims.replacen('{', r#"{"x":{"a":1,"a":2},"#, 1);
    let long = claims(&json!({ "x": "y".repeat(100_000) })).to_string();
    for token in [
        raw(text, &twice),
        raw(text, &twice_inside),
        raw(
            r#"{"alg":"RS256","kid":"rsa","alg":"RS256"}"#,
            &honest_claims,
        ),
        raw(text, "[]"),
        raw(text, "not json"),
        raw(text, &long),
        format!("{honest}.x"),
        format!("{honest}="),
        format!(" {honest}"),
        honest.replacen('.', "", 1),
        String::new(),
    ] {
        assert_eq!(code(&token), Some(OidcIdToken), "{token:.90}");
    }
}

#[test]
fn only_what_the_provider_lists_is_accepted() {
    let listed = json!({ "id_token_signing_alg_values_supported": ["ES256", "HS256"] });
    let document = document(&listed).to_string();
    let discovery = crate::oidc::Discovery::read(document.as_bytes(), ISSUER, AWAY).unwrap();
    let judged = |token: &str| {
        verify(token, &discovery, &keys(), &expected(), now(), &mut |_| {})
            .err()
            .map(|one| one.code)
    };
    assert_eq!(judged(&token(&json!({}))), Some(OidcAlgorithm));
    let ec = sign(&claims(&json!({})), &EC, &header(Algorithm::ES256, "ec"));
    assert_eq!(judged(&ec), None);
}

#[test]
fn an_identity_is_made_by_the_rule() {
    let rule = |claim: &str, format: Option<&str>| NameIdRule {
        claim: claim.to_owned(),
        format: format.map(str::to_owned),
    };
    let changes =
        json!({ "acr": "urn:mace:incommon:iap:silver", "address": { "code": 7 }, "blank": " " });
    let made = |rule: &NameIdRule| {
        let verified = judge(&token(&changes)).unwrap();
        verified.into_identity("partner".parse().unwrap(), rule)
    };
    let identity = made(&rule("sub", Some("urn:f"))).unwrap();
    assert_eq!(identity.name_id.value, "agent-7");
    assert_eq!(identity.name_id.format.as_deref(), Some("urn:f"));
    assert_eq!(identity.attributes.values("groups"), ["a", "b"]);
    let authentication = identity.authentication;
    assert_eq!(authentication.instant.timestamp(), now().timestamp() - 60);
    let class = authentication.context_class.as_deref();
    assert_eq!(class, Some("urn:mace:incommon:iap:silver"));
    assert_eq!(
        made(&rule("email", None)).unwrap().name_id.value,
        "ann@op.example"
    );
    assert_eq!(
        made(&rule("address.code", None)).unwrap().name_id.value,
        "7"
    );
    for claim in ["groups", "absent", "address", "blank"] {
        assert_eq!(made(&rule(claim, None)).unwrap_err().code, ReleaseMissing);
    }

    let plain = judge(&token(&json!({ "auth_time": null, "acr": "1" }))).unwrap();
    let identity = plain.into_identity("partner".parse().unwrap(), &rule("sub", None));
    let authentication = identity.unwrap().authentication;
    assert_eq!(authentication.instant, now());
    assert_eq!(authentication.context_class, None);
}

#[test]
fn userinfo_is_of_the_same_person_and_never_overrules() {
    let object = |value: Value| value.as_object().unwrap().clone();
    let verified = || judge(&token(&json!({}))).unwrap();
    let more = json!({ "sub": "agent-7", "email": "other@op.example", "office": "Berlin" });
    let merged = verified().with_userinfo(object(more)).unwrap();
    let rule = NameIdRule {
        claim: "sub".to_owned(),
        format: None,
    };
    let identity = merged
        .into_identity("partner".parse().unwrap(), &rule)
        .unwrap();
    assert_eq!(identity.attributes.values("office"), ["Berlin"]);
    assert_eq!(identity.attributes.values("email"), ["ann@op.example"]);
    for other in [
        json!({ "sub": "agent-8" }),
        json!({ "sub": "Agent-7" }),
        json!({ "sub": ["agent-7"] }),
        json!({ "email": "x" }),
    ] {
        let refused = verified().with_userinfo(object(other)).unwrap_err();
        assert_eq!(refused.code, OidcUserinfo);
    }
}
