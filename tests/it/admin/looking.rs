//! Doctor and *before a change*, by page and API.

use serde_json::{Value, json};

use super::{
    desk::Desk,
    pages::{look, sign_in},
};
use crate::support::chromium::Chromium;

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_the_same_by_command_api_and_page() {
    let desk = Desk::start().await;
    let (status, told) = desk.post("/api/v1/doctor", &json!({})).await;
    assert_eq!(status, 200, "{told}");
    let lines = |told: &Value| -> Vec<(String, String)> {
        let all = told["findings"].as_array().unwrap().iter();
        let text = |one: &Value| one.as_str().unwrap().to_owned();
        all.map(|one| (text(&one["name"]), text(&one["health"])))
            .collect()
    };
    let found = lines(&told);
    for (name, health) in [
        ("store", "ok"),
        ("public_url", "ok"),
        ("cookies", "warning"),
    ] {
        let line = (name.to_owned(), health.to_owned());
        assert!(found.contains(&line), "{name}: {told}");
    }
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_flexbridge"))
        .arg("--config")
        .arg(desk.company.bridge.config())
        .args(["doctor", "--format", "json"])
        .output();
    let output = tokio::task::block_in_place(|| output).unwrap();
    let by_command: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(lines(&by_command), found);

    let Some(browser) = Chromium::start("admin").await else {
        return;
    };
    sign_in(&browser, &desk).await;
    browser.open(&desk.url("/doctor")).await;
    look(&browser, "doctor").await;
    browser.press("main button[type=submit]").await;
    let page = browser.text("#result").await;
    assert!(page.contains("cookies"), "{page}");
    assert!(browser.html().await.contains("<code>public_url</code>"));
    look(&browser, "doctor-looked").await;
}

/// The running configuration with another rule.
fn changed(desk: &Desk) -> String {
    let text = std::fs::read_to_string(desk.company.bridge.config()).unwrap();
    let rule = r#"when = { one_of = ["SG-01"] }"#;
    assert!(text.contains(rule), "{text}");
    text.replace(rule, r#"when = { one_of = ["Atlantis"] }"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_move_is_told_and_what_was_pasted_is_not_shown_again() {
    let desk = Desk::start().await;
    desk.logins().await;
    let body = json!({ "configuration": changed(&desk), "last": "7d" });
    let (status, told) = desk.post("/api/v1/against/production", &body).await;
    assert_eq!(status, 200, "{told}");
    let moves = told["moves"].as_array().unwrap();
    let to = |name: &str| {
        let mut all = moves.iter();
        all.any(|one| one["to"]["name"] == name && one["logins"] == 1)
    };
    assert!(to("Singapore Office"), "{told}");
    let same = desk.company.bridge.config();
    let same = json!({ "configuration": std::fs::read_to_string(same).unwrap() });
    let (_, told) = desk.post("/api/v1/against/production", &same).await;
    assert_eq!(
        (&told["moved"], &told["logins"]),
        (&json!(0), &json!(5)),
        "{told}"
    );
    for (wrong, code) in [
        ("version = \"hunter2\"".to_owned(), "admin.configuration"),
        (
            changed(&desk).replace("[flex.production", "[flex.other"),
            "admin.not_found",
        ),
    ] {
        let body = json!({ "configuration": wrong });
        let (_, problem) = desk.post("/api/v1/against/production", &body).await;
        assert_eq!(problem["code"], code, "{problem}");
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
    }

    let Some(browser) = Chromium::start("admin").await else {
        return;
    };
    sign_in(&browser, &desk).await;
    browser.open(&desk.url("/compare")).await;
    look(&browser, "compare").await;
    browser.type_into("#configuration", &changed(&desk)).await;
    browser.press("main button[type=submit]").await;
    let page = browser.text("#result").await;
    assert!(page.contains("Singapore Office"), "{page}");
    assert!(!browser.html().await.contains("public_url"));
    look(&browser, "compare-moved").await;
    browser
        .type_into("#configuration", "no = toml = this")
        .await;
    browser.press("main button[type=submit]").await;
    assert!(browser.text("[role=alert]").await.contains("not TOML"));
}
