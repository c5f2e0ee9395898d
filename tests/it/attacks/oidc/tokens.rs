//! ID tokens: algorithms, keys, and every claim that binds one to this login.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE};
use flexbridge::{
    clock::{Clock as _, SystemClock},
    identity::RefusalCode as Code,
};
use serde_json::json;

use super::provider::{ACCESS, CLIENT, Key, Oidc, change};

fn at_hash(access_token: &str) -> String {
    URL_SAFE.encode(&digest(&SHA256, access_token.as_bytes()).as_ref()[..16])
}

#[tokio::test]
async fn what_a_token_says_must_be_of_this_login() {
    let mut company = Oidc::start("claims", "").await;
    let now = SystemClock.now().timestamp();
    let issuer = company.issuer.clone();
    for (changes, code) in [
        (json!({ "iss": "https://evil.example" }), Code::OidcIssuer),
        (json!({ "iss": format!("{issuer}/") }), Code::OidcIssuer),
        (json!({ "iss": null }), Code::OidcIdToken),
        (json!({ "iss": [issuer] }), Code::OidcIdToken),
        (json!({ "aud": "other" }), Code::OidcAudience),
        (json!({ "aud": "Bridge" }), Code::OidcAudience),
        (json!({ "aud": [CLIENT, "other"] }), Code::OidcAudience),
        (
            json!({ "aud": [CLIENT, "other"], "azp": CLIENT }),
            Code::OidcAudience,
        ),
        (json!({ "aud": [] }), Code::OidcIdToken),
        (json!({ "aud": [CLIENT, 1] }), Code::OidcIdToken),
        (json!({ "aud": null }), Code::OidcIdToken),
        (json!({ "azp": "other" }), Code::OidcAudience),
        (json!({ "azp": [CLIENT] }), Code::OidcIdToken),
        (json!({ "nonce": "of another login" }), Code::OidcNonce),
        (json!({ "nonce": null }), Code::OidcNonce),
        (json!({ "nonce": "" }), Code::OidcNonce),
        (json!({ "nonce": true }), Code::OidcIdToken),
        (
            json!({ "at_hash": at_hash("another token") }),
            Code::OidcAccessToken,
        ),
        (json!({ "at_hash": "" }), Code::OidcAccessToken),
        (json!({ "at_hash": 1 }), Code::OidcIdToken),
        (json!({ "sub": null }), Code::OidcIdToken),
        (json!({ "sub": "" }), Code::OidcIdToken),
        (json!({ "sub": 7 }), Code::OidcIdToken),
        (json!({ "sub": "x".repeat(256) }), Code::OidcIdToken),
        (json!({ "exp": now - 120 }), Code::OidcTime),
        (json!({ "exp": null }), Code::OidcIdToken),
        (json!({ "exp": (now + 300).to_string() }), Code::OidcIdToken),
        (json!({ "exp": 1e300 }), Code::OidcIdToken),
        (json!({ "exp": -1 }), Code::OidcIdToken),
        (json!({ "iat": now + 300 }), Code::OidcTime),
        (json!({ "iat": null }), Code::OidcIdToken),
        (json!({ "nbf": now + 300 }), Code::OidcTime),
        (json!({ "nbf": "now" }), Code::OidcIdToken),
        (json!({ "auth_time": true }), Code::OidcIdToken),
    ] {
        let case = format!("claims {changes:.60}");
        company
            .attack(&case, code, |company, nonce| company.token(nonce, &changes))
            .await;
    }
    for changes in [
        json!({}),
        json!({ "aud": [CLIENT] }),
        json!({ "azp": CLIENT }),
        json!({ "at_hash": at_hash(ACCESS) }),
        json!({ "nbf": now, "auth_time": now - 5, "acr": "1", "amr": ["pwd"] }),
        json!({ "exp": 4_102_444_800_i64, "updated_at": "2026-01-02T03:04:05.678Z" }),
    ] {
        let case = format!("claims {changes:.60}");
        company
            .honest(&case, |company, nonce| company.token(nonce, &changes))
            .await;
    }
    company.class.finish();
}

#[tokio::test]
async fn no_token_brings_its_own_algorithm_or_key() {
    let mut company = Oidc::start("keys", "").await;
    let stranger = Key::generate();
    let embedded = stranger.jwk("k");
    for (header, code) in [
        (json!({ "alg": "none" }), Code::OidcAlgorithm),
        (json!({ "alg": "None", "kid": "k" }), Code::OidcAlgorithm),
        (json!({ "alg": "nOnE", "kid": "k" }), Code::OidcAlgorithm),
        (json!({ "alg": "", "kid": "k" }), Code::OidcAlgorithm),
        (json!({ "kid": "k" }), Code::OidcAlgorithm),
        (json!({ "alg": "rs256", "kid": "k" }), Code::OidcAlgorithm),
        (json!({ "alg": "RS1", "kid": "k" }), Code::OidcAlgorithm),
        (json!({ "alg": "HS256", "kid": "k" }), Code::OidcAlgorithm),
        (json!({ "alg": ["RS256"], "kid": "k" }), Code::OidcAlgorithm),
        (
            json!({ "alg": "RS256", "jwk": embedded }),
            Code::OidcAlgorithm,
        ),
        (
            json!({ "alg": "RS256", "kid": "k", "jku": "https://evil.example/keys" }),
            Code::OidcAlgorithm,
        ),
        (
            json!({ "alg": "RS256", "kid": "k", "x5u": "https://evil.example/cert" }),
            Code::OidcAlgorithm,
        ),
        (
            json!({ "alg": "RS256", "kid": "k", "x5c": ["MII"] }),
            Code::OidcAlgorithm,
        ),
        (
            json!({ "alg": "RS256", "kid": "k", "crit": ["exp"], "exp": 1 }),
            Code::OidcAlgorithm,
        ),
        (
            json!({ "alg": "RS256", "kid": "k", "b64": false }),
            Code::OidcAlgorithm,
        ),
        (
            json!({ "alg": "RS256", "kid": "k", "zip": "DEF" }),
            Code::OidcAlgorithm,
        ),
        (
            json!({ "alg": "RS256", "kid": "k", "enc": "A128GCM" }),
            Code::OidcAlgorithm,
        ),
        (
            json!({ "alg": "RS256", "kid": "k", "typ": "at+jwt" }),
            Code::OidcIdToken,
        ),
        (
            json!({ "alg": "RS256", "kid": "k", "typ": "logout+jwt" }),
            Code::OidcIdToken,
        ),
        (json!({ "alg": "RS256", "kid": "other" }), Code::OidcKey),
        (
            json!({ "alg": "RS256", "kid": "../../dev/null" }),
            Code::OidcKey,
        ),
        (
            json!({ "alg": "RS256", "kid": "k' OR '1'='1" }),
            Code::OidcKey,
        ),
        (json!({ "alg": "RS256", "kid": ["k"] }), Code::OidcIdToken),
        (json!({ "alg": "PS256", "kid": "k" }), Code::OidcKey),
        (json!({ "alg": "ES256", "kid": "k" }), Code::OidcKey),
    ] {
        let case = format!("header {header:.60}");
        company
            .attack(&case, code, |company, nonce| {
                company
                    .key
                    .sign(&header.to_string(), &company.claims(nonce).to_string())
            })
            .await;
    }
    for (case, secret_of) in [
        (
            "HMAC with the public key",
            (|company: &Oidc| company.key.jwk("k").to_string()) as fn(&Oidc) -> String,
        ),
        ("HMAC with nothing", |_| String::new()),
        ("HMAC with the client's secret", |_| {
            "s3cret of the client".to_owned()
        }),
    ] {
        company
            .attack(case, Code::OidcAlgorithm, |company, nonce| {
                let key = jsonwebtoken::EncodingKey::from_secret(secret_of(company).as_bytes());
                let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
                header.kid = Some("k".to_owned());
                jsonwebtoken::encode(&header, &company.claims(nonce), &key).unwrap()
            })
            .await;
    }
    signatures(&mut company, &stranger).await;
    for header in [
        json!({ "alg": "RS256", "kid": "k" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "RS256", "kid": "k", "typ": "JWT", "x5t": "a" }),
    ] {
        company
            .honest(&format!("header {header}"), |company, nonce| {
                company
                    .key
                    .sign(&header.to_string(), &company.claims(nonce).to_string())
            })
            .await;
    }
    company.class.finish();
}

async fn signatures(company: &mut Oidc, stranger: &Key) {
    let header = r#"{"alg":"RS256","kid":"k"}"#;
    company
        .attack("a stranger's key", Code::OidcSignature, |company, nonce| {
            stranger.sign(header, &company.claims(nonce).to_string())
        })
        .await;
    company
        .attack(
            "a signature taken away",
            Code::OidcSignature,
            |company, nonce| {
                let token = company.token(nonce, &json!({}));
                format!("{}.", token.rsplit_once('.').unwrap().0)
            },
        )
        .await;
    company
        .attack("claims exchanged", Code::OidcSignature, |company, nonce| {
            let token = company.token(nonce, &json!({}));
            let parts: Vec<&str> = token.split('.').collect();
            let mut claims = company.claims(nonce);
            change(&mut claims, &json!({ "sub": "boss" }));
            format!(
                "{}.{}.{}",
                parts[0],
                URL_SAFE.encode(claims.to_string()),
                parts[2]
            )
        })
        .await;
    for (case, write) in [
        (
            "a member twice",
            (|company: &Oidc, nonce: &str| {
                company.key.sign(
                    r#"{"alg":"RS256","kid":"k"}"#,
                    &company
                        .claims(nonce)
                        .to_string()
                        .replacen('{', r#"{"sub":"boss","#, 1),
                )
            }) as fn(&Oidc, &str) -> String,
        ),
        ("a header's member twice", |company, nonce| {
            company.key.sign(
                r#"{"alg":"none","kid":"k","alg":"RS256"}"#,
                &company.claims(nonce).to_string(),
            )
        }),
        ("claims that are no object", |company, _| {
            company.key.sign(r#"{"alg":"RS256","kid":"k"}"#, "[]")
        }),
        ("claims of 100 KiB", |company, nonce| {
            company.token(nonce, &json!({ "x": "y".repeat(100_000) }))
        }),
        ("four parts", |company, nonce| {
            format!("{}.x", company.token(nonce, &json!({})))
        }),
        ("padding", |company, nonce| {
            format!("{}=", company.token(nonce, &json!({})))
        }),
        ("an encrypted token", |_, _| {
            "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d".to_owned()
        }),
        ("no token", |_, _| "hello".to_owned()),
    ] {
        company.attack(case, Code::OidcIdToken, write).await;
    }
}
