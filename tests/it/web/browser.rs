//! The page that hands over, in a real browser.

use std::process::Command;

use super::bridge::Bridge;
use crate::support::peers;

/// Opens an address and waits until the page rests; false without Chromium.
async fn open(url: String) -> bool {
    let browser = tokio::task::spawn_blocking(move || {
        let profile = tempfile::tempdir().unwrap();
        Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args(["--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(["--timeout=5000", "--dump-dom"])
            .arg(url)
            .output()
    });
    match browser.await.unwrap() {
        Ok(_) => true,
        Err(error) => {
            peers::skip(&format!("chromium does not start here: {error}"));
            false
        }
    }
}

/// The policy lets our script send the form, and what receives it may redirect to other origins.
#[tokio::test]
async fn the_form_sends_itself_and_redirects_after_it_are_followed() {
    let bridge = Bridge::start();
    let target = bridge.url("/saml/idp/landed/sso");
    if !open(bridge.url(&format!("/saml/idp/posts/sso?{target}"))).await {
        return;
    }
    let asked = bridge.asked();
    let paths: Vec<_> = asked
        .iter()
        .map(|words| words.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(paths, ["posts", "landed", "arrived"], "{asked:?}");
    bridge.stop().await;
}
