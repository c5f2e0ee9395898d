//! What comes back: status, headers, pages.

use super::bridge::{Bridge, client};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn each_route_answers() {
    let bridge = Bridge::start();
    let client = client();
    for (path, status) in [
        ("/saml/idp/production/sso?SAMLRequest=a%2Bb&x=%zz", 303),
        ("/saml/idp/unknown/sso", 404),
        ("/saml/idp/production/metadata", 200),
        ("/saml/idp/other/metadata", 404),
        ("/saml/sp/hq/metadata", 200),
        ("/saml/sp/other/metadata", 404),
        ("/saml/sp/hq/acs", 405),
        ("/login/production", 303),
        ("/login/other", 404),
        ("/healthz", 200),
        ("/", 404),
        ("/metrics", 404),
        ("/readyz", 404),
        ("/saml/idp/%ff/sso", 404),
        ("/saml/idp/production/sso/", 404),
    ] {
        let response = client.get(bridge.url(path)).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
    // The query arrives exactly as it was sent.
    assert_eq!(
        bridge.asked()[0],
        "begin production SAMLRequest=a%2Bb&x=%zz"
    );
    bridge.stop().await;
}

#[tokio::test]
async fn a_login_is_sent_on_with_its_cookie() {
    let bridge = Bridge::start();
    let response = client()
        .post(bridge.url("/saml/idp/production/sso"))
        .header(
            "content-type",
            "application/x-www-form-urlencoded; charset=UTF-8",
        )
        .body("SAMLRequest=x")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(
        response.headers()["location"],
        "https://idp.example.com/?a=b"
    );
    assert_eq!(
        response.headers()["set-cookie"],
        "__Host-fb=sealed; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=600"
    );
    let response = client()
        .post(bridge.url("/saml/sp/hq/acs"))
        .header("content-type", FORM)
        .body("SAMLResponse=x")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let page = response.text().await.unwrap();
    assert!(
        page.contains(r#"action="https://flex.example.com/acs""#),
        "{page}"
    );
    bridge.stop().await;
}

#[tokio::test]
async fn every_answer_is_harmless() {
    let bridge = Bridge::start();
    let client = client();
    for (method, path) in [
        ("GET", "/saml/idp/production/sso"),
        ("GET", "/saml/idp/unknown/sso"),
        ("GET", "/saml/idp/panics/sso"),
        ("GET", "/saml/idp/production/metadata"),
        ("POST", "/saml/sp/hq/acs"),
        ("PUT", "/saml/sp/hq/acs"),
        ("GET", "/login/production"),
        ("GET", "/healthz"),
        ("GET", "/nowhere"),
    ] {
        let method = method.parse().unwrap();
        let response = client
            .request(method, bridge.url(path))
            .send()
            .await
            .unwrap();
        let header = |name: &str| {
            let values: Vec<_> = response.headers().get_all(name).iter().collect();
            assert_eq!(values.len(), 1, "{path} {name}");
            values[0].to_str().unwrap().to_owned()
        };
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("strict-transport-security"), "max-age=31536000");
        let policy = header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !response
                .headers()
                .contains_key("cross-origin-opener-policy")
        );
    }
    bridge.stop().await;
}

#[tokio::test]
async fn a_wrong_method_is_told_which_is_right() {
    let bridge = Bridge::start();
    let client = client();
    for (method, path, allow) in [
        ("GET", "/saml/sp/hq/acs", "POST"),
        ("DELETE", "/saml/idp/production/sso", "GET,HEAD,POST"),
        ("POST", "/healthz", "GET,HEAD"),
    ] {
        let response = client
            .request(method.parse().unwrap(), bridge.url(path))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 405, "{path}");
        assert_eq!(response.headers()["allow"], allow, "{path}");
        assert!(response.text().await.unwrap().contains("<h1>"));
    }
    let head = client.head(bridge.url("/healthz")).send().await.unwrap();
    assert_eq!(head.status(), 200);
    bridge.stop().await;
}

#[tokio::test]
async fn a_fault_ends_one_request_only() {
    let bridge = Bridge::start();
    let client = client();
    let broken = client
        .get(bridge.url("/saml/idp/panics/sso"))
        .send()
        .await
        .unwrap();
    assert_eq!(broken.status(), 500);
    let page = broken.text().await.unwrap();
    assert!(page.contains("our mistake") && !page.contains("on purpose"));
    let next = client.get(bridge.url("/healthz")).send().await.unwrap();
    assert_eq!(next.status(), 200);
    bridge.stop().await;
}

#[tokio::test]
async fn the_administrators_address_tells_how_it_is() {
    let bridge = Bridge::start();
    let client = client();
    let metrics = client
        .get(bridge.admin_url("/metrics"))
        .send()
        .await
        .unwrap();
    let kind = metrics.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    assert_eq!(metrics.text().await.unwrap(), "# EOF\n");

    let ready = client
        .get(bridge.admin_url("/readyz"))
        .send()
        .await
        .unwrap();
    assert_eq!(ready.status(), 503);
    let body: serde_json::Value = ready.json().await.unwrap();
    assert_eq!(body["ready"], false);
    assert_eq!(body["checks"][0]["detail"], "the disk is full");

    let page = client.get(bridge.admin_url("/")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("the disk is full"));
    let public = client
        .get(bridge.admin_url("/login/production"))
        .send()
        .await
        .unwrap();
    assert_eq!(public.status(), 404);
    bridge.stop().await;
}
