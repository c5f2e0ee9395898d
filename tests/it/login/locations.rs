//! The list of defined locations, as it comes from Twilio's API: refreshed,
//! away, never there, empty. Logins never wait for it.

use std::time::Duration;

use flexbridge::{demo::twilio::Misbehaviour, identity::RefusalCode};
use serde_json::{Value, json};

use super::{
    walk::{Forged, received, set},
    witness::is_refused,
};
use crate::support::{
    bridge::{Bridge, Plan},
    browser::Browser,
    log::Log,
    twilio::{self, ACCOUNT, Running},
};

const OLD: &str = "Singapore Office";

fn from_twilio(plan: &mut Plan, demo: &Running) {
    ACCOUNT.clone_into(&mut plan.account_sid);
    plan.flex = format!("twilio = {}", demo.toml());
    r#"{ from = "twilio", refresh = "1s" }"#.clone_into(&mut plan.defined);
}

async fn location(company: &Forged, office: &str) -> Option<String> {
    let page = company
        .login(|says| set(says, "physicalDeliveryOfficeName", &[office]))
        .await;
    received(&page).location().map(str::to_owned)
}

/// Logins until one lands there.
async fn lands(company: &Forged, office: &str, wanted: Option<&str>) {
    let mut last = None;
    for _ in 0..100 {
        last = location(company, office).await;
        if last.as_deref() == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{office} lands on {last:?}, not on {wanted:?}");
}

/// What `/readyz` says of the list.
async fn readiness(bridge: &Bridge) -> (u16, Value) {
    let page = Browser::new().open(&bridge.admin_at("/readyz")).await;
    let told: Value = serde_json::from_str(&page.body).unwrap();
    let checks = told["checks"].as_array().unwrap();
    let found = checks
        .iter()
        .find(|check| check["name"] == "flex.production.locations");
    (page.status.as_u16(), found.unwrap().clone())
}

#[tokio::test]
async fn a_change_in_flex_is_followed_and_outlasts_an_outage_and_a_restart() {
    let demo = twilio::start().await;
    let company = Forged::start(|plan| from_twilio(plan, &demo)).await;
    assert_eq!(
        location(&company, " singapore office").await.as_deref(),
        Some(OLD)
    );
    demo.twilio.set_locations(json!([
        { "name": "Singapore HQ", "edge": ["singapore-ix", "singapore"] },
    ]));
    lands(&company, "singapore hq", Some("Singapore HQ")).await;
    assert_eq!(location(&company, OLD).await.as_deref(), Some(""));

    // Twilio is away from now on: nothing changes, before a restart and after it.
    demo.twilio
        .misbehave(10_000, &Misbehaviour::Refused(503, 20_500));
    let asked = demo.twilio.requests();
    while demo.twilio.requests() < asked + 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(
        location(&company, "Singapore HQ").await.as_deref(),
        Some("Singapore HQ")
    );
    let (idp, plan) = (company.idp, company.plan);
    let bridge = Bridge::start_at(company.bridge.stop().await, plan.clone()).await;
    let company = Forged { idp, bridge, plan };
    assert_eq!(
        location(&company, "Singapore HQ").await.as_deref(),
        Some("Singapore HQ")
    );
    let (status, check) = readiness(&company.bridge).await;
    assert_eq!(status, 200, "{check}");
    assert!(
        check["detail"].as_str().unwrap().contains("1 defined"),
        "{check}"
    );

    // And once it is back, it is followed again.
    demo.twilio
        .set_locations(json!([{ "name": "Singapore Bay", "edge": ["singapore"] }]));
    demo.twilio.behave();
    lands(&company, "singapore bay", Some("Singapore Bay")).await;
}

#[tokio::test]
async fn a_list_that_was_never_obtained_is_answered_as_configured() {
    let demo = twilio::start().await;
    let log = Log::listen();
    for (unavailable, wanted) in [
        ("", Ok(None)),
        ("unavailable = \"omit\"\n", Ok(None)),
        ("unavailable = \"clear\"\n", Ok(Some(""))),
        (
            "unavailable = \"refuse\"\n",
            Err(RefusalCode::LocationUnavailable),
        ),
    ] {
        demo.twilio.behave();
        demo.twilio
            .misbehave(10_000, &Misbehaviour::Refused(401, 20_003));
        let company = Forged::start(|plan| {
            from_twilio(plan, &demo);
            plan.location.push_str(unavailable);
            plan.location
                .push_str("no_match = { assign = \"San Francisco Office\" }\n");
        })
        .await;
        let page = company.login(|_| {}).await;
        match wanted {
            Ok(wanted) => assert_eq!(received(&page).location(), wanted, "{unavailable}"),
            Err(code) => drop(is_refused(&company.bridge, &log, &page, code).await),
        }
        let (status, check) = readiness(&company.bridge).await;
        assert_eq!((status, &check["ok"]), (503, &json!(false)), "{check}");
        let metrics = Browser::new()
            .open(&company.bridge.admin_at("/metrics"))
            .await
            .body;
        let counted = metrics.contains("cause=\"list_unavailable\"} 1");
        assert!(counted, "{metrics}");
        // It comes by itself as soon as Twilio gives it.
        demo.twilio.behave();
        let mut status = 503;
        for _ in 0..100 {
            status = readiness(&company.bridge).await.0;
            if status == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(status, 200);
        assert_eq!(location(&company, OLD).await.as_deref(), Some(OLD));
    }
}

#[tokio::test]
async fn an_account_without_locations_is_no_error() {
    for empty in [json!([]), Value::Null] {
        let demo = twilio::start().await;
        if empty.is_null() {
            demo.twilio.misbehave(
                10_000,
                &Misbehaviour::Property("ui_attributes", Value::Null),
            );
        } else {
            demo.twilio.set_locations(empty);
        }
        let company = Forged::start(|plan| from_twilio(plan, &demo)).await;
        assert_eq!(location(&company, OLD).await.as_deref(), Some(""));
        assert_eq!(readiness(&company.bridge).await.0, 200);
    }
}
