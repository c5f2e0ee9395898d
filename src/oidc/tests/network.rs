//! Asking a provider over real sockets: what goes out, and what of the answers is believed.

use std::{sync::Arc, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use super::bench::bench;
use crate::{
    identity::RefusalCode,
    oidc::{Asking, ErrorCode, testing::*},
};

fn form(body: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect()
}

fn field(body: &str, name: &str) -> Option<String> {
    form(body)
        .into_iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

#[tokio::test]
async fn the_browser_is_sent_with_state_nonce_and_pkce() {
    let bench = bench(json!({})).await;
    // The example of RFC 7636, appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let asking = Asking {
        state: "the-state",
        nonce: NONCE,
        pkce_verifier: verifier,
        force: false,
        passive: false,
        acr_values: &[],
        login_hint: None,
    };
    let url = bench.party.authorization(&asking).unwrap();
    let pairs: Vec<_> = url.query_pairs().into_owned().collect();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("tenant", "1"),
            ("response_type", "code"),
            ("client_id", CLIENT),
            (
                "redirect_uri",
                "https://sso.example/oidc/rp/partner/callback"
            ),
            ("scope", "openid email profile"),
            ("state", "the-state"),
            ("nonce", NONCE),
            (
                "code_challenge",
                "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
            ),
            ("code_challenge_method", "S256"),
        ]
    );
    let acr_values = ["urn:a".to_owned(), "gold".to_owned()];
    let more = |force, passive| {
        let asking = Asking {
            force,
            passive,
            acr_values: &acr_values,
            login_hint: Some("ann+1@x.example&prompt=x"),
            ..asking
        };
        let url = bench.party.authorization(&asking).unwrap();
        let pairs = url.query_pairs().into_owned().skip(9);
        pairs.map(|(a, b)| format!("{a}={b}")).collect::<Vec<_>>()
    };
    let always = [
        "acr_values=urn:a gold",
        "login_hint=ann+1@x.example&prompt=x",
    ];
    for (force, passive, prompt) in [
        (false, false, &[][..]),
        (true, false, &["prompt=login", "max_age=0"]),
        (false, true, &["prompt=none"]),
        (true, true, &["prompt=none", "max_age=0"]),
    ] {
        assert_eq!(more(force, passive), [prompt, &always].concat());
    }
}

#[tokio::test]
async fn the_client_proves_itself_as_the_provider_wants() {
    let basic = format!(
        "Basic {}",
        BASE64_STANDARD.encode("bridge:s3c%3Aret%2F%C3%A4")
    );
    let post = Some("s3c:ret/ä".to_owned());
    for (listed, configured, authorization, secret) in [
        (json!(null), json!(null), &*basic, None),
        (
            json!(["client_secret_basic", "client_secret_post"]),
            json!(null),
            &*basic,
            None,
        ),
        (json!(["client_secret_post"]), json!(null), "", post.clone()),
        (json!(["client_secret_jwt"]), json!(null), &*basic, None),
        (
            json!(["client_secret_post"]),
            json!("client_secret_basic"),
            &*basic,
            None,
        ),
        (json!(null), json!("client_secret_post"), "", post.clone()),
    ] {
        let bench = bench(json!({ "client_auth": configured })).await;
        *bench.fake.discovery.lock().unwrap() =
            json!({ "token_endpoint_auth_methods_supported": listed });
        bench.party.provider.refresh_now().await.unwrap();
        bench.gives(&json!({}));
        bench.redeem().await.unwrap();
        let (what, sent, body) = bench.fake.last();
        assert_eq!(what, "POST /token");
        assert_eq!(sent, authorization, "{listed} {configured}");
        assert_eq!(
            field(&body, "client_secret"),
            secret,
            "{listed} {configured}"
        );
        for (name, value) in [
            ("grant_type", "authorization_code"),
            ("code", "c/1"),
            ("code_verifier", "verifier"),
            (
                "redirect_uri",
                "https://sso.example/oidc/rp/partner/callback",
            ),
        ] {
            assert_eq!(field(&body, name).as_deref(), Some(value));
        }
    }
}

#[tokio::test]
async fn a_key_signs_the_clients_own_token() {
    for (audience, behind) in [("issuer", ""), ("token_endpoint", "/token")] {
        let bench = bench(json!({ "client_key": { "audience": audience } })).await;
        bench.gives(&json!({}));
        bench.redeem().await.unwrap();
        let (_, authorization, body) = bench.fake.last();
        assert_eq!(authorization, "");
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        assert_eq!(field(&body, "client_assertion_type").as_deref(), Some(kind));
        let assertion = field(&body, "client_assertion").unwrap();
        let pem = std::fs::read(bench.folder.path().join("client.key")).unwrap();
        let key = jsonwebtoken::EncodingKey::from_rsa_pem(&pem).unwrap();
        let jwk = jsonwebtoken::jwk::Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
        let mut rules = Validation::new(Algorithm::RS256);
        rules.set_audience(&[format!("{}{behind}", bench.fake.url)]);
        (rules.validate_exp, rules.validate_nbf) = (false, false);
        let key = DecodingKey::from_jwk(&jwk).unwrap();
        let read = jsonwebtoken::decode::<Value>(&assertion, &key, &rules).unwrap();
        assert_eq!(read.header.kid.as_deref(), Some("k1"));
        assert!(read.header.x5t_s256.is_some_and(|print| print.len() == 43));
        assert_eq!(
            (&read.claims["iss"], &read.claims["sub"]),
            (&json!(CLIENT), &json!(CLIENT))
        );
        assert_eq!(read.claims["exp"], json!(now().timestamp() + 60));
        assert_eq!(read.claims["jti"].as_str().unwrap().len(), 32);
    }
}

#[tokio::test]
async fn only_a_sound_answer_of_the_token_endpoint_counts() {
    use RefusalCode::{OidcTokenEndpoint as Refused, OidcUnavailable as Away};
    let bench = bench(json!({})).await;
    let fine = r#""token_type":"Bearer","access_token":"a""#;
    let huge = format!(r#"{{{fine},"id_token":"{}"}}"#, "x".repeat(300 * 1024));
    let whole = |bytes: usize| {
        let token = "a".repeat(bytes);
        format!(r#"{{"token_type":"Bearer","access_token":"{token}","id_token":"x"}}"#)
    };
    for (status, body, code) in [
        (400, r#"{"error":"invalid_grant"}"#, Refused),
        (
            401,
            r#"{"error":"invalid_client","error_description":"no"}"#,
            Refused,
        ),
        (403, "no", Refused),
        (201, &whole(1), Refused),
        (400, &whole(1), Refused),
        (200, &whole(64 * 1024 + 1), Refused),
        (302, "{}", Refused),
        (500, "{}", Away),
        (200, "no", Refused),
        (200, "{}", Refused),
        (200, &format!("{{{fine}}}"), Refused),
        (200, &format!(r#"{{{fine},"id_token":""}}"#), Refused),
        (200, &format!(r#"{{{fine},"id_token":["x"]}}"#), Refused),
        (
            200,
            &format!(r#"{{{fine},"id_token":"a","id_token":"b"}}"#),
            Refused,
        ),
        (
            200,
            r#"{"token_type":"mac","access_token":"a","id_token":"x"}"#,
            Refused,
        ),
        (
            200,
            r#"{"token_type":"Bearer","access_token":"a\n","id_token":"x"}"#,
            Refused,
        ),
        (200, r#"{"token_type":"Bearer","id_token":"x"}"#, Refused),
        (200, &huge, Away),
    ] {
        bench.fake.then(status, "application/json", body);
        assert_eq!(bench.redeem().await, Err(code), "{status} {body:.80}");
    }
    assert_eq!(bench.fake.count("GET /keys"), 1, "no redirect is followed");
    for bytes in [1, 64 * 1024] {
        bench.fake.then(200, "application/json", whole(bytes));
        assert_eq!(bench.redeem().await, Ok(()), "{bytes}");
    }
}

#[tokio::test]
async fn userinfo_is_plain_json_about_the_same_person() {
    let bench = bench(json!({ "userinfo": true })).await;
    let refused = Err(RefusalCode::OidcUserinfo);
    let json = "application/json; charset=utf-8";
    for (status, kind, body, outcome) in [
        (200, json, r#"{"sub":"agent-7","x":1}"#, Ok(())),
        (200, json, r#"{"sub":"agent-8"}"#, refused),
        (200, json, r#"{"sub":"agent-7","sub":"agent-7"}"#, refused),
        (200, json, "", refused),
        (200, "application/jwt", "a.b.c", refused),
        (200, "text/html", r#"{"sub":"agent-7"}"#, refused),
        (302, json, r#"{"sub":"agent-7"}"#, refused),
        (401, json, r#"{"sub":"agent-7"}"#, refused),
    ] {
        // The tokens are asked for first.
        bench.gives(&json!({}));
        bench.fake.then(status, kind, body);
        let seen = bench.userinfo().await;
        assert_eq!(seen, outcome, "{status} {kind} {body}");
    }
    let (what, authorization, _) = bench.fake.last();
    assert_eq!(what, "GET /me");
    assert_eq!(authorization, format!("Bearer {ACCESS}"));
}

#[tokio::test]
async fn userinfo_is_asked_where_that_is_configured_only() {
    let bench = bench(json!({ "userinfo": false })).await;
    bench.gives(&json!({}));
    assert_eq!(bench.userinfo().await, Ok(()));
    assert_eq!(bench.fake.count("GET /me"), 0);
}

#[tokio::test]
async fn a_redirect_is_told_as_what_it_is() {
    let bench = bench(json!({})).await;
    let moved = format!("{}/moved", bench.fake.url);
    *bench.fake.discovery.lock().unwrap() = json!({ "jwks_uri": moved });
    for (status, redirect) in [(302, true), (500, false)] {
        bench.fake.then(status, "application/json", "");
        let error = bench.party.provider.refresh_now().await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Status);
        assert_eq!(error.detail.contains("a redirect"), redirect, "{error}");
    }
}

#[tokio::test]
async fn new_keys_are_looked_for_at_most_once_in_a_while() {
    let bench = bench(json!({})).await;
    let provider = &bench.party.provider;
    let seen = provider.current().unwrap().keys.clone();
    let forward = |seconds| *bench.clock.0.lock().unwrap() += TimeDelta::seconds(seconds);
    let seen = provider.newer_than(&seen).await.unwrap().keys.clone();
    assert_eq!(bench.fake.count("GET /keys"), 2);
    forward(29);
    assert!(provider.newer_than(&seen).await.is_none(), "asked just now");
    assert_eq!(bench.fake.count("GET /keys"), 2);
    forward(1);
    let rolled = json!({ "keys": [EC.jwk("ec", &json!({}))] });
    *bench.fake.keys.lock().unwrap() = rolled;
    // Many logins at once meet the new key: one asks.
    let (one, two, three) = tokio::join!(
        provider.newer_than(&seen),
        provider.newer_than(&seen),
        provider.newer_than(&seen)
    );
    for fresh in [one, two, three] {
        assert!(!Arc::ptr_eq(&fresh.unwrap().keys, &seen));
    }
    assert_eq!(bench.fake.count("GET /keys"), 3);

    // A key set that can't be used leaves the last good one, and says so.
    forward(30);
    *bench.fake.keys.lock().unwrap() = json!({ "keys": [] });
    let seen = provider.current().unwrap().keys.clone();
    assert!(provider.newer_than(&seen).await.is_none());
    assert!(Arc::ptr_eq(&provider.current().unwrap().keys, &seen));
    let failure = provider.status(now()).failure.unwrap();
    assert_eq!(failure.code, ErrorCode::Keys);
    // A clock that jumps back does not keep new keys away.
    forward(-3_600);
    *bench.fake.keys.lock().unwrap() = json!({ "keys": [RSA.jwk("rsa", &json!({}))] });
    assert!(provider.newer_than(&seen).await.is_some());
    assert!(provider.status(now()).failure.is_none());
}

#[tokio::test]
async fn a_provider_that_turns_bad_leaves_what_was_known() {
    let bench = bench(json!({})).await;
    let provider = &bench.party.provider;
    for (changes, code) in [
        (json!({ "issuer": "http://127.0.0.1:1" }), ErrorCode::Issuer),
        (
            json!({ "jwks_uri": "http://op.example/keys" }),
            ErrorCode::Invalid,
        ),
        (json!({ "x": "y".repeat(300 * 1024) }), ErrorCode::TooLarge),
        (
            json!({ "jwks_uri": "http://127.0.0.1:1/keys" }),
            ErrorCode::Unreachable,
        ),
        (
            json!({ "jwks_uri": format!("{}/token", bench.fake.url) }),
            ErrorCode::Status,
        ),
    ] {
        *bench.fake.discovery.lock().unwrap() = changes.clone();
        bench.fake.then(302, "text/plain", "");
        assert_eq!(
            provider.refresh_now().await.unwrap_err().code,
            code,
            "{changes:.80}"
        );
        assert!(provider.current().is_some());
    }
}

#[tokio::test]
async fn a_token_endpoint_that_hangs_is_given_up() {
    let bench = bench(json!({})).await;
    let hang = format!("{}/hang", bench.fake.url);
    *bench.fake.discovery.lock().unwrap() = json!({ "token_endpoint": hang });
    bench.party.provider.refresh_now().await.unwrap();
    let watch = crate::clock::Stopwatch::start();
    assert_eq!(bench.redeem().await, Err(RefusalCode::OidcUnavailable));
    assert!(
        watch.elapsed() < Duration::from_secs(8),
        "{:?}",
        watch.elapsed()
    );
}
