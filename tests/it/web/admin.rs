//! Who is told what at the administrator's address.

use flexbridge::{settings::Secret, web::AdminAccess};

use super::bridge::{Bridge, client, exchange};

const TOKEN: &str = "4f9d0c6e2b7a4f9d0c6e2b7a";

#[tokio::test]
async fn with_a_token_only_who_bears_it_is_told_more_than_a_word() {
    let access = AdminAccess {
        token: Some(Secret::new(TOKEN.to_owned())),
        ..AdminAccess::default()
    };
    let bridge = Bridge::start_for(access, None, None);
    for (path, open, known) in [
        ("/", 401, 200),
        ("/metrics", 401, 200),
        ("/nowhere", 401, 404),
        ("/healthz", 200, 200),
        ("/readyz", 503, 503),
    ] {
        let url = bridge.admin_url(path);
        let wrong = format!("{}x", &TOKEN[1..]);
        for (token, status) in [
            (None, open),
            (Some(wrong.as_str()), open),
            (Some(TOKEN), known),
        ] {
            let mut request = client().get(&url);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), status, "{path} {token:?}");
            assert_eq!(
                response.headers().contains_key("www-authenticate"),
                status == 401
            );
            let text = response.text().await.unwrap();
            let told = text.contains("the disk is full");
            assert!(path != "/" || !text.contains("<img"), "{text}");
            let details = token == Some(TOKEN) && matches!(path, "/" | "/readyz");
            assert_eq!(told, details, "{path} {token:?}: {text}");
            if path == "/readyz" {
                let body: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert_eq!(body["ready"], false);
            }
        }
    }
    bridge.stop().await;
}

/// A page that has given its own name our loopback address (DNS rebinding) learns nothing.
#[tokio::test]
async fn without_a_token_only_this_machine_by_its_own_names() {
    let bridge = Bridge::start();
    for (host, path, status) in [
        ("localhost:9443", "/metrics", 200),
        ("127.0.0.1", "/metrics", 200),
        ("rebound.example.com:9443", "/metrics", 421),
        ("rebound.example.com", "/", 421),
        ("rebound.example.com", "/healthz", 200),
        ("rebound.example.com", "/readyz", 503),
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = exchange(bridge.admin, request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{host} {path}: {answer}"
        );
        assert!(
            !host.starts_with("rebound") || !answer.contains("the disk is full"),
            "{answer}"
        );
    }
    bridge.stop().await;
}
