//! The defined locations, changed from the page and by the API, against the demo Twilio API.

use http::Method;
use serde_json::{Value, json};

use super::{
    desk::{Desk, TOKEN},
    pages::{look, sign_in},
};
use crate::support::{
    chromium::Chromium,
    twilio::{ACCOUNT, Running, start},
};

pub async fn desk(token: bool) -> (Desk, Running) {
    let demo = start().await;
    let twilio = format!("twilio = {}", demo.toml());
    let desk = Desk::start_with(token, |plan| {
        plan.flex = twilio;
        ACCOUNT.clone_into(&mut plan.account_sid);
        r#"{ from = "twilio" }"#.clone_into(&mut plan.defined);
    });
    (desk.await, demo)
}

fn new_list() -> Value {
    json!([
        { "name": "Singapore Office", "edge": ["singapore"] },
        { "name": "Lisbon <Office>", "edge": "dublin" },
    ])
}

fn attributes(demo: &Running) -> Value {
    demo.twilio.configuration()["ui_attributes"].clone()
}

/// Everything but the locations.
fn rest(mut attributes: Value) -> Value {
    attributes.as_object_mut().unwrap().remove("locations");
    attributes
}

#[tokio::test]
async fn a_list_is_applied_and_put_back_in_two_calls_each() {
    let (desk, demo) = desk(true).await;
    let before = attributes(&demo);
    let at = |what: &str| format!("/api/v1/locations/production{what}");
    let listed = desk.json(&at("")).await;
    assert!(
        !listed["locations"].as_array().unwrap().is_empty(),
        "{listed}"
    );
    assert!(desk.json("/api/v1/lint/locations").await["accounts"].is_array());

    let (status, plan) = desk
        .post(&at("/diff"), &json!({ "document": new_list() }))
        .await;
    assert_eq!(status, 200, "{plan}");
    assert_eq!(attributes(&demo), before, "a plan writes nothing");
    let workers = desk.json("/api/v1/workers/production").await;
    assert!(workers["findings"]["workers"].is_number(), "{workers}");
    let counted = |one: &Value| one["workers"]["counted"].is_number();
    assert!(
        plan["dependents"].as_array().unwrap().iter().all(counted),
        "{plan}"
    );
    let shown = plan["fingerprint"].as_str().unwrap();
    let wrong = json!({ "document": new_list(), "fingerprint": "0".repeat(64) });
    let (status, problem) = desk.post(&at("/apply"), &wrong).await;
    assert_eq!(
        (status.as_u16(), problem["code"].as_str()),
        (409, Some("locations.changed"))
    );
    let other =
        json!({ "document": [{ "name": "Other", "edge": "dublin" }], "fingerprint": shown });
    assert_eq!(desk.post(&at("/apply"), &other).await.0, 409);
    assert_eq!(attributes(&demo), before);

    let right = json!({ "document": new_list(), "fingerprint": shown });
    let (status, applied) = desk.post(&at("/apply"), &right).await;
    assert_eq!(status, 200, "{applied}");
    assert_eq!(attributes(&demo)["locations"], new_list());
    assert_eq!(rest(attributes(&demo)), rest(before.clone()));

    let backups = desk.json(&at("/backups")).await;
    let path = backups[0]["path"].as_str().unwrap();
    let name = path.rsplit('/').next().unwrap();
    for elsewhere in ["../x", path, "/etc/passwd"] {
        let body = json!({ "backup": elsewhere });
        assert_eq!(
            desk.post(&at("/restoration"), &body).await.0,
            404,
            "{elsewhere}"
        );
    }
    let (status, plan) = desk
        .post(&at("/restoration"), &json!({ "backup": name }))
        .await;
    assert_eq!(status, 200, "{plan}");
    let body = json!({ "backup": name, "fingerprint": plan["fingerprint"] });
    assert_eq!(desk.post(&at("/restore"), &body).await.0, 200);
    assert_eq!(attributes(&demo), before);
}

/// The page and the API hold a file's list against Twilio's, as the command does.
#[tokio::test]
async fn a_file_that_is_not_what_twilio_has_is_told() {
    let demo = start().await;
    let twilio = format!("twilio = {}", demo.toml());
    let desk = Desk::start_with(true, |plan| {
        plan.flex = twilio;
        ACCOUNT.clone_into(&mut plan.account_sid);
    });
    let desk = desk.await;
    let page = async || desk.get("/locations").await.text().await.unwrap();
    let api = async || desk.json("/api/v1/lint/locations").await.to_string();
    for told in [page().await, api().await] {
        assert!(!told.contains("account.file_differs"), "{told}");
    }
    demo.twilio.set_locations(json!([
        { "name": "Singapore Office", "edge": "roaming" },
        { "name": "Lisbon", "edge": "dublin" }
    ]));
    for told in [page().await, api().await] {
        for words in [
            "account.file_differs",
            "1 only in the file, 1 only in Twilio, 1 with other edges",
        ] {
            assert!(told.contains(words), "{words}: {told}");
        }
    }
}

#[tokio::test]
async fn nobody_changes_anything_without_the_token_itself() {
    let (desk, demo) = desk(true).await;
    let before = attributes(&demo);
    let body = json!({ "document": new_list(), "fingerprint": "0".repeat(64) });
    let sent = desk
        .ask(Method::POST, "/sign-in")
        .header("sec-fetch-site", "same-origin");
    let sent = sent.form(&[("token", TOKEN)]).send().await.unwrap();
    let cookie = sent.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let apply = "/api/v1/locations/production/apply";
    let by_session = desk
        .ask(Method::POST, apply)
        .header("cookie", cookie)
        .json(&body);
    assert_eq!(by_session.send().await.unwrap().status(), 403);
    let by_nobody = desk.ask(Method::POST, apply).json(&body);
    assert_eq!(by_nobody.send().await.unwrap().status(), 401);
    // A page of somebody else's, in the administrator's browser.
    let forged = desk
        .ask(Method::POST, "/locations/apply")
        .header("cookie", cookie);
    let forged = forged
        .header("sec-fetch-site", "cross-site")
        .form(&[("token", TOKEN)]);
    assert_eq!(forged.send().await.unwrap().status(), 403);

    let (open, _) = self::desk(false).await;
    let local = open
        .ask(Method::POST, apply)
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(local.status(), 403);
    let told: Value = local.json().await.unwrap();
    assert_eq!(told["code"], "admin.token_required");
    assert_eq!(attributes(&demo), before);
}

#[tokio::test]
async fn the_page_shows_what_would_change_and_writes_it_for_who_says_the_token() {
    let (desk, demo) = desk(true).await;
    let Some(browser) = Chromium::start("admin").await else {
        return;
    };
    let before = attributes(&demo);
    sign_in(&browser, &desk).await;
    browser.open(&desk.url("/workers")).await;
    assert_eq!(browser.text("h1").await, "Workers");
    look(&browser, "workers").await;
    browser.open(&desk.url("/locations")).await;
    look(&browser, "locations").await;
    browser
        .type_into("#document", &new_list().to_string())
        .await;
    browser
        .press("form[action='/locations/plan'] button.button")
        .await;
    assert!(browser.text("#h-difference").await.contains("difference"));
    assert!(browser.text("main").await.contains("Lisbon <Office>"));
    look(&browser, "locations-plan").await;
    browser.type_into("#token", "a wrong one").await;
    browser.press(".button.danger").await;
    assert!(
        browser
            .text("[role=alert]")
            .await
            .contains("nothing was written")
    );
    assert_eq!(attributes(&demo), before);
    browser.type_into("#token", TOKEN).await;
    browser.press(".button.danger").await;
    assert!(
        browser
            .text("[role=status]")
            .await
            .contains("Written, and read back")
    );
    assert_eq!(attributes(&demo)["locations"], new_list());
    assert_eq!(rest(attributes(&demo)), rest(before.clone()));
    look(&browser, "locations-written").await;

    browser.press(".small-button.end").await;
    browser.type_into("#token", TOKEN).await;
    browser.press(".button.danger").await;
    assert!(browser.text("[role=status]").await.contains("Written"));
    assert_eq!(attributes(&demo), before);
}
