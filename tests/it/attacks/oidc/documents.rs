//! What the provider's endpoints give: tokens, userinfo, keys, discovery; and where they lead.

use std::time::Duration;

use flexbridge::identity::RefusalCode as Code;
use serde_json::{Value, json};

use super::provider::{Key, Oidc};
use crate::{
    login::walk::flex_asks,
    support::browser::{Browser, Page},
};

impl Oidc {
    /// A login to which the token endpoint says this.
    async fn token_answer(&self, status: u16, body: impl FnOnce(String) -> String) -> Page {
        let mut begun = self.begin().await;
        let token = self.token(&begun.nonce, &json!({}));
        self.says.lock().unwrap().token = (status, body(token));
        let back = self.back(&format!("state={}&code=c", begun.state));
        begun.browser.open_once(&back).await
    }
}

#[tokio::test]
async fn token_answers() {
    let mut company = Oidc::start("token endpoint", "").await;
    let with = |members: Value| {
        move |token: String| {
            let mut body =
                json!({ "token_type": "Bearer", "access_token": "a", "id_token": token });
            super::provider::change(&mut body, &members);
            body.to_string()
        }
    };
    for (case, status, members, code) in [
        (
            "an error",
            400,
            json!({ "error": "invalid_grant" }),
            Code::OidcTokenEndpoint,
        ),
        ("a redirect", 302, json!({}), Code::OidcTokenEndpoint),
        (
            "no ID token",
            200,
            json!({ "id_token": null }),
            Code::OidcTokenEndpoint,
        ),
        (
            "an empty one",
            200,
            json!({ "id_token": "" }),
            Code::OidcTokenEndpoint,
        ),
        (
            "a list of them",
            200,
            json!({ "id_token": ["a.b.c"] }),
            Code::OidcTokenEndpoint,
        ),
        (
            "another kind of token",
            200,
            json!({ "token_type": "mac" }),
            Code::OidcTokenEndpoint,
        ),
        (
            "a line break in the access token",
            200,
            json!({ "access_token": "a\r\nX: y" }),
            Code::OidcTokenEndpoint,
        ),
        (
            "an answer of 300 KiB",
            200,
            json!({ "x": "y".repeat(300 * 1024) }),
            Code::OidcUnavailable,
        ),
    ] {
        let page = company.token_answer(status, with(members)).await;
        company.page(case, &page, code);
    }
    let page = company
        .token_answer(200, |token| format!(r#"{{"token_type":"Bearer","access_token":"a","id_token":"x","id_token":"{token}"}}"#))
        .await;
    company.page("the ID token twice", &page, Code::OidcTokenEndpoint);
    let page = company.token_answer(200, |_| "<html>".to_owned()).await;
    company.page("no JSON", &page, Code::OidcTokenEndpoint);
    let page = company
        .token_answer(200, with(json!({ "expires_in": 60 })))
        .await;
    company.arrives("the usual answer", &page);
    assert!(
        !company
            .says
            .lock()
            .unwrap()
            .asked
            .iter()
            .any(|one| one.contains("elsewhere")),
        "a redirect was followed"
    );
    company.class.finish();
}

#[tokio::test]
async fn userinfo_is_of_the_same_person() {
    let mut company = Oidc::start("userinfo", "userinfo = true").await;
    let plain = "application/json";
    for (case, status, kind, body) in [
        ("another person", 200, plain, r#"{"sub":"boss"}"#),
        (
            "the same in other letters",
            200,
            plain,
            r#"{"sub":"Agent-7"}"#,
        ),
        (
            "a list with the person",
            200,
            plain,
            r#"{"sub":["agent-7"]}"#,
        ),
        ("nobody", 200, plain, r#"{"email":"boss@company.example"}"#),
        (
            "a person twice",
            200,
            plain,
            r#"{"sub":"boss","sub":"agent-7"}"#,
        ),
        ("signed", 200, "application/jwt", "a.b.c"),
        ("a page", 200, "text/html", r#"{"sub":"agent-7"}"#),
        ("a redirect", 302, plain, r#"{"sub":"agent-7"}"#),
        ("no leave", 401, plain, r#"{"sub":"agent-7"}"#),
        ("nothing", 200, plain, ""),
    ] {
        company.says.lock().unwrap().userinfo = (status, kind, body.to_owned());
        company
            .attack(case, Code::OidcUserinfo, |company, nonce| {
                company.token(nonce, &json!({}))
            })
            .await;
    }
    // It may add, never overrule.
    let more = r#"{"sub":"agent-7","office":"San Francisco Office","email":"boss@company.example","roles":["admin"]}"#;
    company.says.lock().unwrap().userinfo = (200, plain, more.to_owned());
    company
        .honest("what says otherwise is not heard", |company, nonce| {
            company.token(nonce, &json!({}))
        })
        .await;
    company.says.lock().unwrap().userinfo = (
        200,
        plain,
        r#"{"sub":"agent-7","office":"Singapore Office"}"#.to_owned(),
    );
    company
        .honest("what was missing is added", |company, nonce| {
            company.token(nonce, &json!({ "office": null }))
        })
        .await;
    assert!(
        !company
            .says
            .lock()
            .unwrap()
            .asked
            .iter()
            .any(|one| one.contains("elsewhere")),
        "a redirect was followed"
    );
    company.class.finish();
}

/// Key sets and discovery documents that nobody may be signed in by: a bridge is
/// started before each, and the document put right again.
#[tokio::test]
async fn documents_that_lead_elsewhere() {
    let mut company = Oidc::start("documents", "").await;
    let good = company.says.lock().unwrap().discovery.clone();
    let keys = company.says.lock().unwrap().keys.clone();
    let stranger = Key::generate();
    for (case, changes) in [
        (
            "another issuer",
            json!({ "issuer": "https://evil.example" }),
        ),
        ("no issuer", json!({ "issuer": null })),
        (
            "SSRF: keys in a private network",
            json!({ "jwks_uri": "http://169.254.169.254/latest/meta-data" }),
        ),
        (
            "SSRF: keys in a file",
            json!({ "jwks_uri": "file:///etc/passwd" }),
        ),
        (
            "SSRF: tokens without TLS",
            json!({ "token_endpoint": "http://op.example/token" }),
        ),
        (
            "SSRF: userinfo without TLS",
            json!({ "userinfo_endpoint": "http://10.0.0.1/me" }),
        ),
        (
            "SSRF: a user before the host",
            json!({ "token_endpoint": "https://u:p@op.example/token" }),
        ),
        (
            "a script as an address",
            json!({ "authorization_endpoint": "javascript:alert(1)" }),
        ),
        (
            "no algorithm but HMAC",
            json!({ "id_token_signing_alg_values_supported": ["HS256", "none"] }),
        ),
        (
            "no code flow",
            json!({ "response_types_supported": ["id_token token"] }),
        ),
        ("300 KiB", json!({ "x": "y".repeat(300 * 1024) })),
    ] {
        super::provider::change(&mut company.says.lock().unwrap().discovery, &changes);
        let fresh = company.fresh().await;
        company.page(case, &fresh, Code::OidcUnavailable);
        company.says.lock().unwrap().discovery = good.clone();
    }
    let mut private = company.key.jwk("k");
    private["d"] = json!("AQAB");
    let mut weak = company.key.jwk("k");
    weak["e"] = json!("AQ");
    for (case, set) in [
        ("no keys", json!({ "keys": [] })),
        ("keys that are none", json!({ "keys": "k" })),
        (
            "a secret among the keys",
            json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0", "kid": "k" }] }),
        ),
        ("a private key among the keys", json!({ "keys": [private] })),
        ("an exponent of one", json!({ "keys": [weak] })),
    ] {
        company.says.lock().unwrap().keys = set;
        let fresh = company.fresh().await;
        company.page(case, &fresh, Code::OidcUnavailable);
        company.says.lock().unwrap().keys = keys.clone();
    }
    // A key set that grows a stranger's key under another ID changes nothing for the rest.
    company
        .attack(
            "a stranger's key that is not in the set",
            Code::OidcSignature,
            |company, nonce| {
                stranger.sign(
                    r#"{"alg":"RS256","kid":"k"}"#,
                    &company.claims(nonce).to_string(),
                )
            },
        )
        .await;
    let before = company.count("/keys");
    for _ in 0..10 {
        company
            .attack(
                "an unknown key, again and again",
                Code::OidcKey,
                |company, nonce| {
                    company.key.sign(
                        r#"{"alg":"RS256","kid":"no such"}"#,
                        &company.claims(nonce).to_string(),
                    )
                },
            )
            .await;
    }
    assert!(
        company.count("/keys") <= before + 1,
        "an unknown key floods the provider"
    );
    company
        .honest("the good documents", |company, nonce| {
            company.token(nonce, &json!({}))
        })
        .await;
    company.class.finish();
}

impl Oidc {
    fn count(&self, path: &str) -> usize {
        let says = self.says.lock().unwrap();
        says.asked.iter().filter(|one| one.ends_with(path)).count()
    }

    /// What a login says that begins at a bridge which has never seen a good document.
    async fn fresh(&self) -> Page {
        let bridge = super::provider::bridge(&self.issuer, "").await;
        let page = Browser::new().open_once(&flex_asks(&bridge)).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
        page
    }
}
