//! What arrives behind a proxy, as the running bridge sees it for `doctor`.

use super::bridge::{Bridge, client};

async fn told(bridge: &Bridge, headers: &[(&str, &str)]) -> Option<String> {
    let mut request = client().get(bridge.url("/healthz"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let answer = response.headers().get("x-flexbridge-doctor").cloned();
    assert_eq!(response.text().await.unwrap(), "ok\n");
    answer.map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn only_a_sealed_question_is_answered_with_what_arrived() {
    let asked = ("x-flexbridge-doctor", "sealed");
    for (proxy, from_proxy) in [(None, false), (Some("127.0.0.0/8"), true)] {
        let bridge = Bridge::start_with(None, proxy);
        assert_eq!(told(&bridge, &[]).await, None);
        let other = ("x-flexbridge-doctor", "guessed");
        assert_eq!(told(&bridge, &[other]).await, None);

        let answer = told(&bridge, &[asked]).await.unwrap();
        let seen: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(seen["peer"], "127.0.0.1");
        assert_eq!(seen["host"], "127.0.0.1");
        assert_eq!(seen["from_proxy"], from_proxy);
        assert_eq!(seen["forwarded_for"], false);

        let long = "x".repeat(300);
        let forwarded = [
            asked,
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-proto", "https"),
            ("host", "sso.example.com:443"),
        ];
        let answer = told(&bridge, &forwarded).await.unwrap();
        let seen: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(seen["host"], "sso.example.com");
        assert_eq!(seen["forwarded_proto"], "https");
        assert_eq!(
            (&seen["forwarded_for"], &seen["tls"]),
            (&true.into(), &false.into())
        );
        let answer = told(&bridge, &[asked, ("x-forwarded-proto", &long)]).await;
        assert!(!answer.unwrap().contains("xxx"));
        bridge.stop().await;
    }
}
