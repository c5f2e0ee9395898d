//! The identity provider's metadata goes wrong in every way: logins go on with the last that were
//! good, `/readyz` says what is wrong, and what is good again is taken by itself.

use std::time::Duration;

use flexbridge::{clock::Stopwatch, identity::RefusalCode};
use futures_util::future::join_all;

use super::moody::{Mood, Moody, saying};
use crate::{
    login::{
        walk::{begin, now, received},
        witness::reference,
    },
    support::{
        bridge::{Bridge, Plan},
        browser::Browser,
        chaos::{Fault, Tried},
        forging::ForgingIdp,
        log::Log,
    },
};

/// The longest that a login may take meanwhile, on a busy machine.
const SOON: Duration = Duration::from_secs(10);

fn other_ways(idp: &ForgingIdp) -> Vec<(&'static str, Mood, &'static str)> {
    let good = idp.metadata();
    let over = good.replacen(
        " entityID=",
        " validUntil=\"2020-01-01T00:00:00Z\" entityID=",
        1,
    );
    let from = good.find("<md:KeyDescriptor").unwrap();
    let to = good.find("</md:KeyDescriptor>").unwrap() + "</md:KeyDescriptor>".len();
    let keyless = format!("{}{}", &good[..from], &good[to..]);
    let other = ForgingIdp::new("other").metadata();
    let bomb = format!("<!DOCTYPE x [<!ENTITY a \"aaaa\">]>{good}");
    vec![
        ("gone", Mood::Gone, "metadata.unreachable"),
        ("status 503", Mood::Status(503), "metadata.status"),
        ("status 404", Mood::Status(404), "metadata.status"),
        (
            "a web page",
            Mood::Says("<html><p>Sign in</html>".to_owned()),
            "metadata.invalid",
        ),
        ("nothing", Mood::Says(String::new()), "metadata.invalid"),
        ("garbage", Mood::Garbage, "metadata.invalid"),
        ("huge", Mood::Huge, "metadata.too_large"),
        ("cut off", Mood::CutOff, "metadata.unreachable"),
        ("with a DOCTYPE", Mood::Says(bomb), "metadata.invalid"),
        ("without a key", Mood::Says(keyless), "metadata.invalid"),
        ("another's", Mood::Says(other), "metadata.other_entity"),
        ("over", Mood::Says(over), "metadata.expired"),
        (
            "a redirect",
            Mood::Redirect("https://elsewhere.example/".to_owned()),
            "metadata.status",
        ),
        ("crawling", Mood::Crawling, "metadata.timeout"),
        ("silent", Mood::Silent, "metadata.timeout"),
    ]
}

async fn login(bridge: &Bridge, idp: &ForgingIdp) -> Result<(), String> {
    let since = Stopwatch::start();
    let mut browser = Browser::new();
    let asked = begin(&bridge.site, &mut browser).await;
    let form = idp.form(&asked, &ForgingIdp::says(&asked, now()));
    let page = browser.submit_once(&form).await;
    if page.status != 200 || since.elapsed() > SOON {
        return Err(format!(
            "{} after {:?}: {:.300}",
            page.status,
            since.elapsed(),
            page.body
        ));
    }
    received(&page);
    Ok(())
}

/// Waits until `/readyz` says this, or does not.
async fn until(bridge: &Bridge, part: &str, said: bool) -> Result<(), String> {
    let mut body = String::new();
    for _ in 0..900 {
        body = Browser::new().open(&bridge.admin_at("/readyz")).await.body;
        if body.contains(part) == said {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("/readyz says {body}"))
}

async fn one_way(case: &str, mood: Mood, code: &str, idp: &ForgingIdp) -> Vec<Tried> {
    let moody = Moody::start("/metadata").await;
    moody.stand_before(saying(idp.metadata()).await);
    let bridge = Bridge::start(Plan {
        metadata: format!(r#"{{ url = "{}/metadata", refresh = "1s" }}"#, moody.url),
        ..Plan::default()
    })
    .await;
    let mut tried = Vec::new();
    moody.be(mood);
    let told = until(&bridge, code, true).await;
    tried.push((format!("{case}: told as {code}"), told));
    tried.push((format!("{case}: people sign in"), login(&bridge, idp).await));
    let ready = until(&bridge, "\"ready\":true", true).await;
    tried.push((format!("{case}: it is ready"), ready));
    moody.be(Mood::Well);
    let told = until(&bridge, code, false).await;
    tried.push((format!("{case}: got over"), told));
    tried
}

// On threads of their own the servers answer while the next bridge's keys are made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_metadata_are_told_and_left_aside() {
    let idp = ForgingIdp::new("hq");
    let mut fault = Fault::new("metadata away, wrong, slow, garbage, huge", "known");
    // All at once: some take their time to be told.
    let ways = other_ways(&idp).into_iter();
    let ways = ways.map(|(case, mood, code)| one_way(case, mood, code, &idp));
    for tried in join_all(ways).await {
        fault.cases(tried);
    }
    fault.finish();
}

#[tokio::test]
async fn with_none_at_the_start_they_are_taken_as_soon_as_they_are_there() {
    let log = Log::listen();
    let idp = ForgingIdp::new("hq");
    let mut fault = Fault::new("metadata away, wrong, slow, garbage, huge", "unknown");
    for mood in [Mood::Gone, Mood::Status(500), Mood::Garbage] {
        let moody = Moody::start("/metadata").await;
        moody.stand_before(saying(idp.metadata()).await);
        moody.be(mood.clone());
        let bridge = Bridge::start(Plan {
            metadata: format!(r#"{{ url = "{}/metadata", refresh = "1s" }}"#, moody.url),
            ..Plan::default()
        })
        .await;
        let page = Browser::new()
            .open_once(&crate::login::walk::flex_asks(&bridge.site))
            .await;
        let code = log.of_login(&reference(&page))["code"].clone();
        let right = code == RefusalCode::MetadataUnavailable.as_str();
        fault.holds(&format!("{mood:?}: nobody is trusted"), right, &code);
        let ready = Browser::new()
            .open(&bridge.admin_at("/readyz"))
            .await
            .status;
        fault.holds(&format!("{mood:?}: it is not ready"), ready == 503, &ready);
        moody.be(Mood::Well);
        let ready = until(&bridge, "\"ready\":true", true).await;
        fault.case(&format!("{mood:?}: it is ready by itself"), ready);
        fault.case(
            &format!("{mood:?}: people sign in"),
            login(&bridge, &idp).await,
        );
    }
    fault.finish();
}
