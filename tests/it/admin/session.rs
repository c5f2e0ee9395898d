//! Signing in by the token, and what a session may.

use http::Method;
use reqwest::Response;

use super::desk::{Desk, TOKEN};
use crate::support::browser::Browser;

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

async fn sign_in(desk: &Desk, token: &str, more: &[(&str, &str)]) -> Response {
    let form = [("token", token), ("to", "/logins?outcome=refused")];
    let mut request = desk.ask(Method::POST, "/sign-in").form(&form);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

#[tokio::test]
async fn the_token_opens_a_session_that_ends_when_it_is_ended() {
    let desk = Desk::start().await;
    let unknown = desk.ask(Method::GET, "/logins?outcome=refused").send();
    let unknown = unknown.await.unwrap();
    assert_eq!(unknown.status(), 401);
    assert_eq!(header(&unknown, "www-authenticate"), "Bearer");
    let page = unknown.text().await.unwrap();
    assert!(
        page.contains(r#"name="to" value="/logins?outcome=refused""#),
        "{page}"
    );

    let begun = sign_in(&desk, TOKEN, &[OURS]).await;
    assert_eq!(begun.status(), 303);
    let cookie = header(&begun, "set-cookie").to_owned();
    let value = cookie.split(';').next().unwrap().to_owned();
    assert!(value.starts_with("__Host-flexbridge-admin="), "{cookie}");
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains(TOKEN) && !cookie.contains("Domain"));
    let to = header(&begun, "location").to_owned();
    let with = |path: String, cookie: &str| {
        let request = desk.ask(Method::GET, &path).header("cookie", cookie);
        async move { request.send().await.unwrap() }
    };
    let kept = with(to.clone(), &value).await;
    assert_eq!(header(&kept, "location"), "/logins?outcome=refused");
    // A browser that did not keep the cookie is told so, not sent round and round.
    let lost = desk.ask(Method::GET, &to).send().await.unwrap();
    assert!(
        lost.text()
            .await
            .unwrap()
            .contains("did not keep the session")
    );

    let page = with("/logins".to_owned(), &value).await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    let token = page.split(r#"name="form_token" value=""#).nth(1).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    assert_eq!(
        with("/api/v1/status".to_owned(), &value).await.status(),
        200
    );

    let out = |form_token: &str, site: &str| {
        let request = desk.ask(Method::POST, "/sign-out");
        let request = request
            .header("cookie", &value)
            .header("sec-fetch-site", site);
        let request = request.form(&[("form_token", form_token)]);
        async move { request.send().await.unwrap() }
    };
    assert_eq!(out("another", "same-origin").await.status(), 403);
    assert_eq!(out(&token, "cross-site").await.status(), 403);
    assert_eq!(with("/logins".to_owned(), &value).await.status(), 200);
    let gone = out(&token, "same-origin").await;
    assert!(header(&gone, "set-cookie").contains("Max-Age=0"));
    // The cookie is worth nothing from now on, whoever kept a copy.
    assert_eq!(with("/logins".to_owned(), &value).await.status(), 401);
}

#[tokio::test]
async fn a_wrong_token_a_foreign_page_and_the_eleventh_guess_open_nothing() {
    let desk = Desk::start().await;
    for more in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        let response = sign_in(&desk, TOKEN, more).await;
        assert_eq!(response.status(), 403, "{more:?}");
        assert_eq!(header(&response, "set-cookie"), "");
        assert!(
            response
                .text()
                .await
                .unwrap()
                .contains("admin.other_origin")
        );
    }
    let origin = desk.url("");
    let origin = ("origin", origin.trim_end_matches('/'));
    assert_eq!(sign_in(&desk, TOKEN, &[origin]).await.status(), 303);

    for guess in 0..10 {
        let response = sign_in(&desk, &format!("wrong {guess}"), &[OURS]).await;
        assert_eq!(response.status(), 401, "{guess}");
        assert_eq!(header(&response, "set-cookie"), "");
    }
    // From here on the address waits, whatever it says and however.
    let response = sign_in(&desk, TOKEN, &[OURS]).await;
    assert_eq!(response.status(), 429);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("Too many wrong tokens")
    );
    let response = desk.get("/api/v1/status").await;
    assert_eq!(response.status(), 429);
    assert!(
        response
            .text()
            .await
            .unwrap()
            .contains("admin.too_many_attempts")
    );
}

#[tokio::test]
async fn without_a_token_this_machine_may_look() {
    let desk = Desk::start_as(false).await;
    let mut browser = Browser::new();
    let page = browser.open(&desk.company.bridge.admin_at("/")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Reading only"));
    let page = browser
        .open(&desk.company.bridge.admin_at("/sign-in?to=//evil.example"))
        .await;
    assert_eq!(page.url.path(), "/");
    let sent = sign_in(&desk, TOKEN, &[OURS]).await;
    assert_eq!(sent.status(), 403);
    assert!(sent.text().await.unwrap().contains("admin.token_required"));
    let rebound = desk
        .ask(Method::GET, "/api/v1/status")
        .header("host", "rebound.example.com");
    let rebound = rebound.send().await.unwrap();
    assert_eq!(rebound.status(), 421);
    assert_eq!(header(&rebound, "content-type"), "application/problem+json");
}

#[tokio::test]
async fn every_answer_is_harmless() {
    let desk = Desk::start().await;
    for path in [
        "/",
        "/logins",
        "/try",
        "/setup",
        "/nowhere",
        "/api/v1/status",
        "/api/v1/x",
    ] {
        let response = desk.get(path).await;
        let policy = header(&response, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        // With no-referrer a form's Origin would be null.
        assert_eq!(
            header(&response, "referrer-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(header(&response, "cache-control"), "no-store", "{path}");
        assert_eq!(
            header(&response, "x-content-type-options"),
            "nosniff",
            "{path}"
        );
        let body = response.text().await.unwrap();
        assert!(!body.contains(TOKEN), "{path}");
        for outside in [" src=", "url(", "@import", "<link", " style="] {
            assert!(!body.contains(outside), "{path}: {outside}");
        }
    }
}
