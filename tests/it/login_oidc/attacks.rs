//! What must not work by OpenID Connect, as it comes by HTTP.

use flexbridge::identity::RefusalCode;
use url::Url;

use super::company::{Company, Wish, is_refused, received};
use crate::support::{browser::Browser, log::Log, peers};

/// The same address with one parameter changed, or removed.
fn with(url: &Url, name: &str, value: Option<&str>) -> Url {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let mut changed = url.clone();
    changed.set_query(None);
    for (known, old) in &pairs {
        let new = if known == name {
            value
        } else {
            Some(old.as_str())
        };
        if let Some(new) = new {
            changed.query_pairs_mut().append_pair(known, new);
        }
    }
    changed
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap().1.into_owned()
}

#[tokio::test]
async fn an_answer_is_bound_to_browser_login_and_issuer_and_used_once() {
    if !peers::require("node") {
        return;
    }
    let log = Log::listen();
    let company = Company::start(Wish::default()).await;
    let mut browser = Browser::new();
    let back = company.sign_in(&mut browser, "bob").await;
    let jar = browser.clone();

    // Login CSRF: somebody else's answer.
    let page = Browser::new().open_once(&back).await;
    is_refused(&log, &page, RefusalCode::LoginUnknown);
    for (name, value, code) in [
        ("iss", Some("https://evil.example"), RefusalCode::OidcIssuer),
        // The provider promises to name itself always.
        ("iss", None, RefusalCode::OidcIssuer),
        ("state", None, RefusalCode::OidcCallback),
        ("state", Some("x"), RefusalCode::LoginUnknown),
        (
            "state",
            Some("00000000000000000000000000000000"),
            RefusalCode::LoginUnknown,
        ),
        ("code", None, RefusalCode::OidcCallback),
        ("code", Some(""), RefusalCode::OidcCallback),
    ] {
        let page = browser.open_once(&with(&back, name, value)).await;
        is_refused(&log, &page, code);
    }
    let twice = format!("{back}&code=another").parse().unwrap();
    let page = browser.open_once(&twice).await;
    is_refused(&log, &page, RefusalCode::OidcCallback);

    // None of that has used the login up.
    assert_eq!(received(&browser.open_once(&back).await).name_id, "bob");
    let page = browser.open_once(&back).await;
    is_refused(&log, &page, RefusalCode::LoginUnknown);
    let page = jar.clone().open_once(&back).await;
    is_refused(&log, &page, RefusalCode::LoginReplayed);
}

#[tokio::test]
async fn a_code_is_of_no_use_in_another_login() {
    if !peers::require("node") {
        return;
    }
    let log = Log::listen();
    let company = Company::start(Wish::default()).await;
    let (mut thief, mut victim) = (Browser::new(), Browser::new());
    let stolen = company.sign_in(&mut victim, "ann").await;
    let own = company.sign_in(&mut thief, "eve").await;
    // Code injection: the provider itself sees by PKCE that another asked.
    let injected = with(&own, "code", Some(&parameter(&stolen, "code")));
    let page = thief.open_once(&injected).await;
    let detail = is_refused(&log, &page, RefusalCode::OidcTokenEndpoint);
    assert!(detail.contains("invalid_grant"), "{detail}");
    // The code was tried once, and so was the login.
    let page = thief.open_once(&own).await;
    is_refused(&log, &page, RefusalCode::LoginReplayed);
}

#[tokio::test]
async fn a_person_who_is_not_let_in_is_told_so() {
    if !peers::require("node") {
        return;
    }
    let log = Log::listen();
    let company = Company::start(Wish::default()).await;
    let mut browser = Browser::new();
    let page = browser.open(&company.start_url()).await;
    let form = page.form_with("login");
    let abort: Url = format!("{}/abort", form.action).parse().unwrap();
    let page = browser.open(&abort).await;
    let detail = is_refused(&log, &page, RefusalCode::StatusAccessDenied);
    assert!(detail.contains("access_denied"), "{detail}");
}

#[tokio::test]
async fn a_wrong_secret_is_a_refusal_with_the_providers_words() {
    if !peers::require("node") {
        return;
    }
    let log = Log::listen();
    let client = serde_json::json!({ "client_secret": "quite another secret" });
    let company = Company::start(Wish {
        client,
        ..Wish::default()
    })
    .await;
    let page = company.login("bob").await;
    let detail = is_refused(&log, &page, RefusalCode::OidcTokenEndpoint);
    assert!(detail.contains("invalid_client"), "{detail}");
    assert!(!log.text().contains("s3cret"));
}

#[tokio::test]
async fn one_protocols_addresses_are_not_there_for_the_other() {
    if !peers::require("node") {
        return;
    }
    let log = Log::listen();
    let company = Company::start(Wish::default()).await;
    let mut browser = Browser::new();
    let back = company.sign_in(&mut browser, "bob").await;
    let elsewhere = back.as_str().replace("/rp/hq/", "/rp/other/");
    let page = browser.open_once(&elsewhere.parse().unwrap()).await;
    is_refused(&log, &page, RefusalCode::NotFound);
    let metadata = company.bridge.at("/saml/sp/hq/metadata");
    assert_eq!(browser.open_once(&metadata).await.status, 404);
    let form = crate::support::forms::Form {
        action: company.bridge.acs_url().parse().unwrap(),
        post: true,
        fields: vec![("SAMLResponse".to_owned(), "PHg+".to_owned())],
    };
    let page = browser.submit_once(&form).await;
    is_refused(&log, &page, RefusalCode::NotFound);
    assert_eq!(received(&browser.open_once(&back).await).name_id, "bob");
}
