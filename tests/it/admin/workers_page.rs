//! Auditing and setting workers as an administrator does it, in a real Chromium.

use std::{fmt::Write as _, time::Duration};

use serde_json::json;

use super::{
    desk::TOKEN,
    locations::desk,
    pages::{look, sign_in},
    workers::{SINGAPORE, hire, location},
};
use crate::support::chromium::{Chromium, SCREENS};

#[tokio::test(flavor = "multi_thread")]
async fn the_page_audits_sets_and_shows_how_far_it_is() {
    let (desk, demo) = desk(true).await;
    let Some(browser) = Chromium::start("admin").await else {
        return;
    };
    desk.logins().await;
    hire(
        &demo,
        50,
        &json!({ "flex_location": "Old Office", "office": "SG-01" }),
    );
    sign_in(&browser, &desk).await;
    browser.open(&desk.url("/workers")).await;
    look(&browser, "workers-broken").await;
    browser.press("a[href^='/workers/audit']").await;
    look(&browser, "workers-audit").await;
    browser.type_into("#worker_attributes", "office").await;
    browser.press("main button[type=submit]").await;
    assert!(browser.text("#result").await.contains("agent0"));
    look(&browser, "workers-audited").await;

    browser.open(&desk.url("/workers/set")).await;
    look(&browser, "workers-set").await;
    let mut table = "worker,flex_location\n".to_owned();
    for number in 0..50 {
        writeln!(table, "agent{number},\"{SINGAPORE}\"").unwrap();
    }
    let wrong = format!("{table}nobody,\nagent1,Singapur\n");
    browser.type_into("#table", &wrong).await;
    browser.press("form[enctype] button").await;
    assert!(browser.text("#h-bad").await.contains("Wrong rows"));
    look(&browser, "workers-plan-wrong").await;
    browser.open(&desk.url("/workers/set")).await;
    browser.type_into("#table", &table).await;
    browser.press("form[enctype] button").await;
    assert!(browser.text(".button.danger").await.contains("50 workers"));
    look(&browser, "workers-plan").await;
    browser.type_into("#token", "a wrong one").await;
    browser.press(".button.danger").await;
    assert!(
        browser
            .text("[role=alert]")
            .await
            .contains("nothing was written")
    );
    assert_eq!(location(&demo, "agent0").1, 0);
    browser.type_into("#token", TOKEN).await;
    browser.press(".button.danger").await;
    assert_eq!(browser.text("h1 + .chip").await, "being done");
    // Without script a link looks again; with it the page does by itself.
    browser.press("a[href^='/workers/jobs/']").await;
    browser.type_into("#token", TOKEN).await;
    browser.press(".button.danger").await;
    for _ in 0..400 {
        if browser.text("h1 + .chip").await != "being done" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(browser.text("h1 + .chip").await, "stopped");
    look(&browser, "workers-job-stopped").await;
    browser.type_into("#token", TOKEN).await;
    browser.press("main button[type=submit]").await;
    assert_eq!(browser.text("h1 + .chip").await, "being done");
    browser.shoot("workers-job", SCREENS[0]).await;
    for _ in 0..800 {
        if browser.text("h1 + .chip").await == "done" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        browser.text("h1 + .chip").await,
        "done",
        "the page looks by itself"
    );
    look(&browser, "workers-job-done").await;
    for number in 0..50 {
        assert_eq!(
            location(&demo, &format!("agent{number}")),
            (json!(SINGAPORE), 1)
        );
    }
    let at: url::Url = browser.url().await.parse().unwrap();
    let report = desk.get(&format!("{}/report.csv", at.path())).await;
    assert_eq!(report.status(), 200);
    assert_eq!(report.text().await.unwrap().lines().count(), 51);
}
