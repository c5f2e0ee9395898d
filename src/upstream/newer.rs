//! Asking only for what is new, whoever answers for the name.

use std::{sync::Arc, time::Duration};

use super::tests::{Bench, Server, good, raw};
use super::*;
use crate::saml::testing::{FOREIGN, RSA};

/// Answers with an `ETag`, and with 304 to whoever knows it.
fn tagged(server: &Server, body: &str, tag: &str) {
    let (body, tag) = (body.to_owned(), tag.to_owned());
    server.answers(Arc::new(move |request, connection| {
        let known = format!("if-none-match: {tag}\r\n");
        let answer = if request.to_ascii_lowercase().contains(&known) {
            "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned()
        } else {
            format!(
                "HTTP/1.1 200 OK\r\nETag: {tag}\r\nLast-Modified: Sun, 01 Mar 2026 09:00:00 GMT\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
        };
        let _ = std::io::Write::write_all(connection, answer.as_bytes());
    }));
}

fn last_request(server: &Server) -> String {
    let asked = server.asked.lock().unwrap();
    asked.last().unwrap().to_ascii_lowercase()
}

#[tokio::test]
async fn only_what_is_new_is_sent_again() {
    let (bench, server) = (Bench::new(), Server::start(""));
    tagged(&server, &good(&[&RSA]), "\"one\"");
    let watch = bench.by_url(&server);
    let first = watch.refresh_now().await.unwrap();
    assert!(!last_request(&server).contains("if-none-match"));
    bench.clock.forward(Duration::from_hours(1));
    let same = watch.refresh_now().await.unwrap();
    let request = last_request(&server);
    assert!(request.contains("if-none-match: \"one\""), "{request}");
    assert!(request.contains("if-modified-since: sun, 01 mar 2026 09:00:00 gmt"));
    assert!(Arc::ptr_eq(&first, &same), "nothing was read again");
    assert_eq!(
        watch.status(bench.now()).age_seconds,
        Some(0),
        "but it is fresh"
    );

    tagged(&server, &good(&[&FOREIGN]), "\"two\"");
    let new = watch.refresh_now().await.unwrap();
    assert!(!Arc::ptr_eq(&first, &new));
    assert_ne!(first.certificates.describe(), new.certificates.describe());
    // After a failure, and once a day, everything is asked for.
    server.answers(raw("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"));
    watch.refresh_now().await.unwrap_err();
    tagged(&server, &good(&[&FOREIGN]), "\"two\"");
    watch.refresh_now().await.unwrap();
    assert!(!last_request(&server).contains("if-none-match"));
    bench.clock.forward(Duration::from_hours(25));
    watch.refresh_now().await.unwrap();
    assert!(!last_request(&server).contains("if-none-match"));
}

#[tokio::test]
async fn nothing_new_does_not_lengthen_what_is_over() {
    let (bench, server) = (Bench::new(), Server::start(""));
    let text = crate::saml::testing::idp_metadata(
        "urn:hq",
        &[&RSA],
        "validUntil=\"2026-03-01T11:00:00Z\"",
    );
    tagged(&server, &text, "\"one\"");
    let watch = bench.by_url(&server);
    watch.refresh_now().await.unwrap();
    bench.clock.forward(Duration::from_mins(59));
    watch.refresh_now().await.unwrap();
    bench.clock.forward(Duration::from_mins(1));
    let error = watch.refresh_now().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Expired);
    assert!(watch.current(bench.now()).is_none());
}

#[tokio::test]
async fn a_304_that_nobody_asked_for_is_no_answer() {
    let (bench, server) = (Bench::new(), Server::start(""));
    server.answers(raw("HTTP/1.1 304 Not Modified\r\n\r\n"));
    let error = bench.by_url(&server).refresh_now().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Status);
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_followed() {
    let server = Server::start(&good(&[&RSA]));
    let url: url::Url = format!("http://localhost:{}/", server.address.port())
        .parse()
        .unwrap();
    // As if `localhost` were any name, which only its resolver tells.
    for (host, refused) in [("localhost", true), ("LOCALHOST.", true), ("other", false)] {
        let client = reqwest::Client::builder()
            .no_proxy()
            .dns_resolver(Arc::new(crate::outbound::PublicOnly::new(host)))
            .build()
            .unwrap();
        let answer = fetch::download(&client, &url, &Limits::default(), None).await;
        let code = answer.err().map(|error| error.code);
        assert_eq!(code, refused.then_some(ErrorCode::Private), "{host}");
    }
    let asked = server.asked();
    assert_eq!(asked, 1, "who is refused is not even connected to");
}

#[test]
fn every_private_name_gets_the_resolver_and_every_private_address_a_no() {
    for (url, allow, fine) in [
        ("https://10.0.0.1/m", false, false),
        ("https://169.254.169.254/m", false, false),
        ("https://[fd00::1]/m", false, false),
        ("https://[::ffff:10.0.0.1]/m", false, false),
        ("https://0x0a000001/m", false, false),
        ("https://100.64.1.1/m", false, false),
        ("https://10.0.0.1/m", true, true),
        ("https://[fd00::1]/m", true, true),
        ("https://8.8.8.8/m", false, true),
        ("http://127.0.0.1/m", false, true),
        ("http://10.0.0.1/m", true, false),
    ] {
        let settings = serde_json::json!({ "url": url, "allow_private": allow });
        let settings = serde_json::from_value(settings).unwrap();
        let source = Source::new(&settings, Limits::default());
        assert_eq!(source.is_ok(), fine, "{url} {allow}");
    }
}

#[tokio::test]
async fn who_must_have_signed_is_asked_of_the_copy_on_disk_too() {
    let (bench, server) = (Bench::new(), Server::start(&good(&[&RSA])));
    bench.by_url(&server).refresh_now().await.unwrap();
    let pem = bench.store.path().join("federation.pem");
    let lines = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        &FOREIGN.certificate,
    );
    let text = format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n");
    std::fs::write(&pem, text).unwrap();
    let pinned = serde_json::json!({ "url": server.url(), "signed_by": pem });
    let watch = bench.open(pinned);
    assert!(watch.current(bench.now()).is_none(), "an unsigned copy");
    let error = watch.refresh_now().await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Signature, "{error}");
    let none = serde_json::json!({ "file": "x", "signed_by": "/nowhere.pem" });
    let settings = serde_json::from_value(none).unwrap();
    let problem = Source::new(&settings, Limits::default()).unwrap_err();
    assert_eq!(problem.path.to_string(), "signed_by");
}
