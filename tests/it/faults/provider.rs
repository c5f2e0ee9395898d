//! The OpenID Connect provider goes wrong in every way: its discovery document and keys, which
//! are kept, and the endpoint at which each login is redeemed, which can't be.

use std::{sync::Arc, time::Duration};

use flexbridge::clock::Stopwatch;
use futures_util::future::join_all;

use super::moody::{Mood, Moody};
use crate::{
    login::witness::reference,
    login_oidc::{
        company::received,
        forged::{FLEX_REQUEST, STATE},
    },
    support::{
        bridge::{Bridge, Plan, Site},
        browser::{Browser, Page},
        chaos::{Fault, Tried},
        flex::{enhanced_request, redirect},
        forging_provider::{AskedProvider, ForgingProvider},
        log::Log,
    },
};

/// The longest that somebody waits for an answer of ours, on a busy machine.
const SOON: Duration = Duration::from_secs(15);

struct Company {
    provider: ForgingProvider,
    moody: Moody,
    bridge: Bridge,
}

impl Company {
    /// A provider whose moods concern `path` alone.
    async fn start(path: &'static str, mood: Mood) -> Self {
        let (site, moody) = (Site::new(), Moody::start(path).await);
        let (provider, address) = ForgingProvider::start_behind(&moody.url).await;
        moody.stand_before(address);
        moody.be(mood);
        let section = provider.section(&site.file("client.secret"));
        let plan = Plan {
            protocol: format!("{section}refresh = \"1s\"\n"),
            ..Plan::default()
        };
        let bridge = Bridge::start_at(site, plan).await;
        Self {
            provider,
            moody,
            bridge,
        }
    }

    async fn login(&self) -> Page {
        let sso = self.bridge.sso_url();
        let url = redirect(&sso, &enhanced_request(FLEX_REQUEST, &sso), STATE);
        let mut browser = Browser::new();
        let page = browser.open_once(&url).await;
        if page.status != 303 {
            return page;
        }
        let asked = AskedProvider::of(&page);
        let back = self.provider.answer(&asked, self.provider.claims(&asked));
        browser.open_once(&back).await
    }

    async fn signs_in(&self) -> Result<(), String> {
        let since = Stopwatch::start();
        let page = self.login().await;
        if page.status != 200 || since.elapsed() > SOON {
            return Err(format!("{} after {:?}", page.status, since.elapsed()));
        }
        received(&page);
        Ok(())
    }

    async fn until(&self, part: &str, said: bool) -> Result<(), String> {
        let mut body = String::new();
        for _ in 0..900 {
            body = Browser::new()
                .open(&self.bridge.admin_at("/readyz"))
                .await
                .body;
            if body.contains(part) == said {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("/readyz says {body}"))
    }
}

fn ways() -> Vec<(&'static str, Mood)> {
    vec![
        ("gone", Mood::Gone),
        ("status 503", Mood::Status(503)),
        (
            "a web page",
            Mood::Says("<html><p>Sign in</html>".to_owned()),
        ),
        ("nothing", Mood::Says(String::new())),
        ("another object", Mood::Says("{\"keys\":[]}".to_owned())),
        ("garbage", Mood::Garbage),
        ("huge", Mood::Huge),
        ("cut off", Mood::CutOff),
        (
            "a redirect",
            Mood::Redirect("https://elsewhere.example/".to_owned()),
        ),
        ("crawling", Mood::Crawling),
        ("silent", Mood::Silent),
    ]
}

async fn one_way(path: &'static str, case: &str, mood: Mood) -> Vec<Tried> {
    let company = Company::start(path, Mood::Well).await;
    let case = format!("{path} {case}");
    let mut tried = Vec::new();
    company.moody.be(mood);
    let told = company.until("provider.", true).await;
    tried.push((format!("{case}: told"), told));
    tried.push((format!("{case}: people sign in"), company.signs_in().await));
    company.moody.be(Mood::Well);
    let over = company.until("provider.", false).await;
    tried.push((format!("{case}: got over"), over));
    tried
}

#[tokio::test]
async fn wrong_documents_and_keys_are_told_and_left_aside() {
    let mut fault = Fault::new(
        "OpenID Connect keys away, wrong, slow, garbage, huge",
        "known",
    );
    for path in ["/.well-known/openid-configuration", "/keys"] {
        // All at once: some take their time to be told.
        let ways = ways().into_iter();
        let ways = ways.map(|(case, mood)| one_way(path, case, mood));
        for tried in join_all(ways).await {
            fault.cases(tried);
        }
    }
    fault.finish();
}

#[tokio::test]
async fn with_none_at_the_start_they_are_taken_as_soon_as_they_are_there() {
    let mut fault = Fault::new(
        "OpenID Connect keys away, wrong, slow, garbage, huge",
        "unknown",
    );
    for path in ["/.well-known/openid-configuration", "/keys"] {
        let company = Company::start(path, Mood::Gone).await;
        let refused = company.login().await;
        fault.holds("nobody is trusted", refused.status != 200, &refused.status);
        company.moody.be(Mood::Well);
        let ready = company.until("\"ready\":true", true).await;
        fault.case("it is ready by itself", ready);
        fault.case("people sign in", company.signs_in().await);
    }
    fault.finish();
}

#[tokio::test]
async fn a_token_endpoint_that_goes_wrong_costs_that_login_and_no_other() {
    let log = Log::listen();
    let mut fault = Fault::new("OpenID Connect token endpoint away, wrong, slow", "");
    let company = Arc::new(Company::start("/token", Mood::Well).await);
    for (case, mood) in ways() {
        company.moody.be(mood);
        let since = Stopwatch::start();
        let page = company.login().await;
        let took = since.elapsed();
        let line = log.of_login(&reference(&page));
        let code = line["code"].as_str().unwrap_or_default();
        let right = code.starts_with("oidc.") && page.status != 200 && took < SOON;
        fault.holds(
            case,
            right,
            &format!("{} {code} after {took:?}", page.status),
        );
        company.moody.be(Mood::Well);
        fault.case(&format!("{case}: the next one"), company.signs_in().await);
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    fault.finish();
}
