//! The answer in the browser: state, mix-up, code injection, doubled parameters, replay.

use flexbridge::identity::RefusalCode as Code;
use serde_json::json;

use super::provider::Oidc;
use crate::support::browser::Browser;

#[tokio::test]
async fn an_answer_is_of_this_browser_login_and_provider() {
    let mut company = Oidc::start("callback", "").await;
    let begun = company.begin().await;
    let other = company.begin().await;
    company.gives(&company.token(&begun.nonce, &json!({})));
    let state = &begun.state;
    let mut browser = begun.browser.clone();
    let right = company.back(&format!("state={state}&code=c"));

    let page = Browser::new().open_once(&right).await;
    company.page("login CSRF: no browser asked", &page, Code::LoginUnknown);
    let page = other.browser.clone().open_once(&right).await;
    company.page(
        "login CSRF: another browser asked",
        &page,
        Code::LoginUnknown,
    );
    let issuer: String = form_urlencoded::byte_serialize(company.issuer.as_bytes()).collect();
    for (case, query, code) in [
        ("no state", "code=c".to_owned(), Code::OidcCallback),
        (
            "another state",
            "state=x&code=c".to_owned(),
            Code::LoginUnknown,
        ),
        (
            "a state of the right form",
            format!("state={}&code=c", "0".repeat(32)),
            Code::LoginUnknown,
        ),
        (
            "another login's state",
            format!("state={}&code=c", other.state),
            Code::LoginUnknown,
        ),
        (
            "mix-up: another issuer",
            format!("state={state}&code=c&iss=https%3A%2F%2Fevil.example"),
            Code::OidcIssuer,
        ),
        (
            "mix-up: an issuer that begins alike",
            format!("state={state}&code=c&iss={issuer}%2F"),
            Code::OidcIssuer,
        ),
        (
            "mix-up: an empty issuer",
            format!("state={state}&code=c&iss="),
            Code::OidcIssuer,
        ),
        (
            "code twice",
            format!("state={state}&code=c&code=d"),
            Code::OidcCallback,
        ),
        (
            "state twice",
            format!("state={state}&code=c&state=x"),
            Code::OidcCallback,
        ),
        (
            "something else twice",
            format!("state={state}&code=c&x=1&x=2"),
            Code::OidcCallback,
        ),
        (
            "code, spelt in another way",
            format!("state={state}&code=c&%63ode=d"),
            Code::OidcCallback,
        ),
        (
            "code and error",
            format!("state={state}&code=c&error=x"),
            Code::OidcCallback,
        ),
        ("neither", format!("state={state}"), Code::OidcCallback),
        (
            "an empty code",
            format!("state={state}&code="),
            Code::OidcCallback,
        ),
        (
            "a code of 9 KiB",
            format!("state={state}&code={}", "c".repeat(9 * 1024)),
            Code::OidcCallback,
        ),
        (
            "not UTF-8",
            format!("state={state}&code=%ff"),
            Code::OidcCallback,
        ),
        (
            "tokens in the query",
            format!("state={state}&id_token=a.b.c"),
            Code::OidcCallback,
        ),
    ] {
        let page = browser.open_once(&company.back(&query)).await;
        company.page(case, &page, code);
    }
    // None of it has used the login up; once is once.
    let jar = browser.clone();
    let page = browser.open_once(&right).await;
    company.arrives("the right answer", &page);
    let page = browser.open_once(&right).await;
    company.page("again, in the same browser", &page, Code::LoginUnknown);
    let page = jar.clone().open_once(&right).await;
    company.page("again, with a copied cookie", &page, Code::LoginReplayed);

    // The victim's token, injected through a code into the attacker's login.
    let victim = company.begin().await;
    let mut thief = company.begin().await;
    company.gives(&company.token(&victim.nonce, &json!({})));
    let page = thief
        .browser
        .open_once(&company.back(&format!("state={}&code=stolen", thief.state)))
        .await;
    company.page(
        "code injection: another login's token",
        &page,
        Code::OidcNonce,
    );
    let page = thief
        .browser
        .open_once(&company.back(&format!("state={}&code=own", thief.state)))
        .await;
    company.page("a second try of it", &page, Code::LoginReplayed);
    let mut victim = victim;
    let page = victim
        .browser
        .open_once(&company.back(&format!("state={}&code=v&iss={issuer}", victim.state)))
        .await;
    company.arrives("the victim, by an answer that names its issuer", &page);
    company.class.finish();
}

#[tokio::test]
async fn a_provider_that_names_itself_always_does() {
    let mut company = Oidc::start("mix-up", "").await;
    company.says.lock().unwrap().discovery["authorization_response_iss_parameter_supported"] =
        json!(true);
    // The new document is read with the configuration.
    company.bridge.running.reload().await.unwrap();
    for _ in 0..100 {
        let asked = company.says.lock().unwrap().asked.clone();
        if asked
            .iter()
            .filter(|one| one.ends_with("openid-configuration"))
            .count()
            > 1
        {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let mut begun = company.begin().await;
    company.gives(&company.token(&begun.nonce, &json!({})));
    let query = format!("state={}&code=c", begun.state);
    let page = begun.browser.open_once(&company.back(&query)).await;
    company.page(
        "no issuer where there always is one",
        &page,
        Code::OidcIssuer,
    );
    let issuer: String = form_urlencoded::byte_serialize(company.issuer.as_bytes()).collect();
    let page = begun
        .browser
        .open_once(&company.back(&format!("{query}&iss={issuer}")))
        .await;
    company.arrives("the right one", &page);
    company.class.finish();
}
