//! Each page in a real Chromium: what people do there, by hand and by keyboard, on a phone
//! and a wide screen, in light and dark, with and without script; and axe-core's opinion.

use super::desk::{Desk, TOKEN};
use crate::support::chromium::{Chromium, SCREENS};

/// Tab and Enter, as `WebDriver` has them.
const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";

pub async fn sign_in(browser: &Chromium, desk: &Desk) {
    browser.open(&desk.url("/")).await;
    browser.type_into("#token", TOKEN).await;
    browser.press("button[type=submit]").await;
    assert_eq!(browser.text("nav [aria-current]").await, "Overview");
}

/// The page as it is, on every screen: fits, is told apart, and axe finds nothing.
pub async fn look(browser: &Chromium, name: &str) {
    for screen in SCREENS {
        browser.become_screen(screen).await;
        let found = browser.axe().await;
        assert!(found.is_empty(), "{name} {}: {found:#?}", screen.name);
        assert!(
            !browser.overflows().await,
            "{name} {} is too wide",
            screen.name
        );
        browser.shoot(name, screen).await;
    }
    browser.become_screen(SCREENS[0]).await;
}

#[tokio::test]
async fn every_page_can_be_read_by_everybody() {
    let desk = Desk::start().await;
    let Some(browser) = Chromium::start("admin").await else {
        return;
    };
    desk.logins().await;
    browser.open(&desk.url("/logins")).await;
    look(&browser, "sign-in").await;
    browser.type_into("#token", "a wrong one").await;
    browser.press("button[type=submit]").await;
    assert!(browser.text("[role=alert]").await.contains("not the token"));
    look(&browser, "sign-in-wrong").await;
    sign_in(&browser, &desk).await;
    let refused = desk.json("/api/v1/logins?outcome=refused").await;
    let refused = refused["records"][0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let nowhere = desk.json("/api/v1/logins?no_match=true").await;
    let nowhere = nowhere["records"][0]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    for (name, path) in [
        ("overview", "/"),
        ("logins", "/logins"),
        ("logins-none", "/logins?code=login.replayed"),
        ("login-refused", &format!("/logins/{refused}")),
        ("login-no-match", &format!("/logins/{nowhere}")),
        ("try", "/try"),
        ("coverage", "/coverage"),
        ("setup", "/setup"),
        ("trouble", "/nowhere"),
    ] {
        browser.open(&desk.url(path)).await;
        look(&browser, name).await;
    }
}

#[tokio::test]
async fn a_refused_login_is_found_by_its_reference_and_tried_with_attributes() {
    let desk = Desk::start().await;
    let Some(browser) = Chromium::start("admin").await else {
        return;
    };
    desk.logins().await;
    sign_in(&browser, &desk).await;
    assert_eq!(browser.text(".figures div:nth-child(2) dd").await, "1");
    let refused = desk.json("/api/v1/logins?outcome=refused").await;
    let reference = refused["records"][0]["reference"].as_str().unwrap();

    browser.open(&desk.url("/logins")).await;
    browser
        .type_into("#reference", &reference.to_lowercase())
        .await;
    browser.keys(ENTER).await;
    assert!(browser.text("h1").await.contains(reference));
    assert!(browser.text(".note.bad").await.contains("What to do"));
    assert_eq!(browser.text("dd.mono").await, "assertion.audience");

    browser.press("main a.button").await;
    let typed = "office = SG-01\nemail = ann@company.example\ndisplayName = Ann\nroles = agent";
    browser.type_into("#attributes", typed).await;
    browser.press("main button[type=submit]").await;
    let told = browser.text("#result").await;
    assert!(told.contains("would be accepted"), "{told}");
    assert!(told.contains("singapore-ix, then singapore"), "{told}");
    assert!(browser.html().await.contains("Rule 1 holds for “SG-01”"));
    look(&browser, "try-accepted").await;
    // What was typed is there still, to be changed and tried again.
    browser.type_into("#attributes", "office = Atlantis").await;
    browser.press("main button[type=submit]").await;
    assert!(
        browser
            .text("#result .note.bad")
            .await
            .contains("release.missing")
    );
    look(&browser, "try-refused").await;
    browser.type_into("#attributes", "no equals sign").await;
    browser.press("main button[type=submit]").await;
    assert!(
        browser
            .text("[role=alert]")
            .await
            .contains("Line 1 of the attributes")
    );
}

#[tokio::test]
async fn everything_works_without_script_and_by_keyboard() {
    let desk = Desk::start().await;
    let Some(browser) = Chromium::start("admin").await else {
        return;
    };
    browser.run_script(false).await;
    browser.open(&desk.url("/setup")).await;
    browser.type_into("#token", TOKEN).await;
    browser.keys(ENTER).await;
    // Signing in leads to where one was going.
    assert_eq!(browser.text("h1").await, "Setup");
    assert!(
        browser
            .text("#twilio-3")
            .await
            .ends_with("/saml/idp/production")
    );
    browser.open(&desk.url("/setup")).await;
    browser.keys(TAB).await;
    browser.keys(ENTER).await;
    assert!(
        browser.url().await.ends_with("#main"),
        "the first stop skips the navigation"
    );
    browser.press("form[action='/sign-out'] button").await;
    assert!(browser.text("main").await.contains("For administrators"));
    browser.open(&desk.url("/setup")).await;
    assert!(browser.text("main").await.contains("For administrators"));
}

#[tokio::test]
async fn copy_buttons_copy() {
    let desk = Desk::start().await;
    let Some(browser) = Chromium::start("admin").await else {
        return;
    };
    sign_in(&browser, &desk).await;
    browser.open(&desk.url("/setup")).await;
    browser.press("[data-copy=twilio-3]").await;
    for _ in 0..100 {
        if browser.text("[data-copy=twilio-3]").await != "Copy" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // A browser that lets no page write to the clipboard has the text selected instead.
    let said = browser.text("[data-copy=twilio-3]").await;
    assert!(said == "Copied" || said == "Selected", "{said}");
}
