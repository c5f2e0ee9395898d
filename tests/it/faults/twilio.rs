//! Twilio's API goes wrong in every way: the list of locations that was good goes on, logins wait
//! for nothing, and what is good again is taken by itself.

use std::{fmt::Write as _, time::Duration};

use flexbridge::{clock::Stopwatch, demo::twilio::Misbehaviour, identity::RefusalCode};
use futures_util::future::join_all;
use serde_json::json;

use crate::{
    login::{
        walk::{Forged, received},
        witness::reference,
    },
    support::{
        bridge::Plan,
        browser::Browser,
        chaos::{Fault, Tried},
        log::Log,
        twilio::{self, ACCOUNT, Running},
    },
};

/// The longest that a login may take meanwhile, on a busy machine.
const SOON: Duration = Duration::from_secs(10);
const OFFICE: &str = "Singapore Office";

fn from_twilio(plan: &mut Plan, demo: &Running) {
    ACCOUNT.clone_into(&mut plan.account_sid);
    plan.flex = format!("twilio = {}", demo.toml());
    r#"{ from = "twilio", refresh = "1s" }"#.clone_into(&mut plan.defined);
}

fn ways() -> Vec<(&'static str, Misbehaviour, &'static str)> {
    let other = json!("ACffffffffffffffffffffffffffffffff");
    vec![
        ("gone", Misbehaviour::Lost, "twilio.unreachable"),
        ("503", Misbehaviour::Refused(503, 20_500), "twilio.server"),
        (
            "401",
            Misbehaviour::Refused(401, 20_003),
            "twilio.unauthorized",
        ),
        (
            "403",
            Misbehaviour::Refused(403, 20_003),
            "twilio.forbidden",
        ),
        (
            "404",
            Misbehaviour::Refused(404, 20_404),
            "twilio.not_found",
        ),
        ("a web page", Misbehaviour::WebPage, "twilio.malformed"),
        ("half an answer", Misbehaviour::Half, "twilio.malformed"),
        ("cut off", Misbehaviour::Truncated, "twilio."),
        ("huge", Misbehaviour::Huge(64 << 20), "twilio.too_large"),
        (
            "huge, announced",
            Misbehaviour::HugeAnnounced(64 << 20),
            "twilio.too_large",
        ),
        (
            "another account",
            Misbehaviour::Property("account_sid", other),
            "twilio.other_account",
        ),
        (
            "no list",
            Misbehaviour::Property("ui_attributes", json!("soon")),
            "locations.not_a_list",
        ),
        (
            "a redirect",
            Misbehaviour::Redirect("https://elsewhere.example/".to_owned()),
            "twilio.",
        ),
    ]
}

async fn login(company: &Forged) -> Result<(), String> {
    let since = Stopwatch::start();
    let page = company.login(|_| {}).await;
    if page.status != 200 || since.elapsed() > SOON {
        return Err(format!("{} after {:?}", page.status, since.elapsed()));
    }
    let got = received(&page);
    (got.location() == Some(OFFICE))
        .then_some(())
        .ok_or_else(|| format!("lands on {:?}", got.location()))
}

async fn until(company: &Forged, part: &str, said: bool) -> Result<(), String> {
    let mut body = String::new();
    for _ in 0..1_800 {
        body = Browser::new()
            .open(&company.bridge.admin_at("/readyz"))
            .await
            .body;
        if body.contains(part) == said {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("/readyz says {body}"))
}

async fn one_way(case: &str, how: Misbehaviour, code: &str) -> Vec<Tried> {
    let demo = twilio::start().await;
    let company = Forged::start(|plan| from_twilio(plan, &demo)).await;
    let mut tried = vec![(format!("{case}: before"), login(&company).await)];
    demo.twilio.misbehave(10_000, &how);
    let told = until(&company, code, true).await;
    tried.push((format!("{case}: told as {code}"), told));
    tried.push((format!("{case}: people sign in"), login(&company).await));
    let ready = until(&company, "\"ready\":true", true).await;
    tried.push((format!("{case}: it is ready"), ready));
    demo.twilio.behave();
    let over = until(&company, code, false).await;
    tried.push((format!("{case}: got over"), over));
    tried
}

#[tokio::test]
async fn whatever_it_says_logins_go_on_with_the_last_good_list() {
    let mut fault = Fault::new("Twilio away, wrong, slow, garbage, huge", "known");
    // All at once: some are tried several times before they are told.
    let ways = ways().into_iter();
    for tried in join_all(ways.map(|(case, how, code)| one_way(case, how, code))).await {
        fault.cases(tried);
    }
    fault.finish();
}

#[tokio::test]
async fn while_it_says_nothing_nobody_waits() {
    let mut fault = Fault::new("Twilio away, wrong, slow, garbage, huge", "silent");
    let demo = twilio::start().await;
    let company = Forged::start(|plan| from_twilio(plan, &demo)).await;
    let asked = demo.twilio.requests();
    let slow = Misbehaviour::Slow(Duration::from_mins(10));
    demo.twilio.misbehave(10_000, &slow);
    for _ in 0..200 {
        if demo.twilio.requests() > asked {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fault.holds("it is being asked", demo.twilio.requests() > asked, &asked);
    for _ in 0..10 {
        fault.case("people sign in meanwhile", login(&company).await);
    }
    fault.finish();
}

#[tokio::test]
async fn never_reached_it_is_as_the_administrator_chose() {
    let mut fault = Fault::new("Twilio away, wrong, slow, garbage, huge", "unknown");
    for (unavailable, location) in [("omit", None), ("clear", Some("")), ("refuse", None)] {
        let log = Log::listen();
        let demo = twilio::start().await;
        demo.twilio
            .misbehave(10_000, &Misbehaviour::Refused(401, 20_003));
        let company = Forged::start(|plan| {
            from_twilio(plan, &demo);
            let _ = writeln!(plan.location, "unavailable = \"{unavailable}\"");
        })
        .await;
        let page = company.login(|_| {}).await;
        if unavailable == "refuse" {
            let code = log.of_login(&reference(&page))["code"].clone();
            let right = code == RefusalCode::LocationUnavailable.as_str();
            fault.holds("refuse: refused", right, &code);
        } else {
            let got = received(&page);
            let right = got.location() == location;
            fault.holds(unavailable, right, &format!("{:?}", got.location()));
        }
        demo.twilio.behave();
        let taken = async {
            for _ in 0..900 {
                if login(&company).await.is_ok() {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err("the list is never taken".to_owned())
        };
        fault.case(
            &format!("{unavailable}: the list is taken by itself"),
            taken.await,
        );
    }
    fault.finish();
}
