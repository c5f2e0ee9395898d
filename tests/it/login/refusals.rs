//! Honest mistakes and attacks, as they come by HTTP: refused, each with one
//! sentence and a reference that page, log, metric and journal share.

use std::sync::Arc;

use chrono::TimeDelta;
use flexbridge::identity::RefusalCode;

use super::{
    walk::{Forged, Real, flex_asks, received, set},
    witness::{is_refused, is_refused_as},
};
use crate::support::{
    browser::{Browser, Page},
    clock::TestClock,
    flex::{enhanced_request, posted, redirect},
    forging::{Asked, ForgingIdp, Says},
    forms::Form,
    log::Log,
    peers,
};

#[tokio::test]
async fn a_login_is_finished_once() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser).await;
    // The cookie as it was before the login removed it: what a thief would have copied.
    let jar = browser.clone();
    let form = company.idp.form(&asked, &says(&company, &asked));
    received(&browser.submit_once(&form).await);

    let back = browser.submit_once(&form).await;
    is_refused(&company.bridge, &log, &back, RefusalCode::LoginUnknown).await;
    let replayed = jar.clone().submit_once(&form).await;
    is_refused(&company.bridge, &log, &replayed, RefusalCode::LoginReplayed).await;
    let mut fresh = says(&company, &asked);
    fresh.assertion = "_another".to_owned();
    let again = jar
        .clone()
        .submit_once(&company.idp.form(&asked, &fresh))
        .await;
    is_refused(&company.bridge, &log, &again, RefusalCode::LoginReplayed).await;
}

#[tokio::test]
async fn an_assertion_is_used_once_even_in_another_login() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let once = |says: &mut Says| "_the-same".clone_into(&mut says.assertion);
    received(&company.login(once).await);
    let page = company.login(once).await;
    is_refused(&company.bridge, &log, &page, RefusalCode::AssertionReplayed).await;
}

#[tokio::test]
async fn only_the_browser_that_began_can_finish() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let (mut victim, mut stranger) = (Browser::new(), Browser::new());
    let asked = company.begin(&mut victim).await;
    let other = company.begin(&mut stranger).await;
    let form = company.idp.form(&asked, &says(&company, &asked));

    let without = Browser::new().submit_once(&form).await;
    is_refused(&company.bridge, &log, &without, RefusalCode::LoginUnknown).await;
    let elsewhere = stranger.submit_once(&form).await;
    is_refused(&company.bridge, &log, &elsewhere, RefusalCode::LoginUnknown).await;
    // The stranger's answer under the victim's login, as a login forced upon the victim would be.
    let forced = form.clone().fill(
        "SAMLResponse",
        company
            .idp
            .form(&other, &says(&company, &other))
            .field("SAMLResponse")
            .unwrap(),
    );
    let forced = victim.submit_once(&forced).await;
    is_refused(
        &company.bridge,
        &log,
        &forced,
        RefusalCode::ResponseInResponseTo,
    )
    .await;
    received(&victim.submit_once(&form).await);
}

type Change = fn(&Forged, &mut Form, &mut Says);

#[tokio::test]
async fn what_the_identity_provider_says_must_fit_the_login() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let cases: [(&str, Change, RefusalCode); 10] = [
        (
            "from an hour ago",
            |_, _, says| says.issued -= TimeDelta::hours(1),
            RefusalCode::AssertionConfirmation,
        ),
        (
            "expired",
            |_, _, says| says.holds = -TimeDelta::minutes(2),
            RefusalCode::AssertionExpired,
        ),
        (
            "from the future",
            |_, _, says| says.issued += TimeDelta::hours(1),
            RefusalCode::AssertionNotYetValid,
        ),
        (
            "unsolicited",
            |_, _, says| says.request = None,
            RefusalCode::ResponseUnsolicited,
        ),
        (
            "for somebody else",
            |_, _, says| says.audience = "https://other.example".to_owned(),
            RefusalCode::AssertionAudience,
        ),
        (
            "another address",
            |_, _, says| says.acs = "https://other.example/acs".to_owned(),
            RefusalCode::ResponseDestination,
        ),
        (
            "another request",
            |_, _, says| says.request = Some("_other".to_owned()),
            RefusalCode::ResponseInResponseTo,
        ),
        (
            "tampered",
            |company, form, says| {
                let xml = company.idp.sign(says);
                let xml = xml.replace("Singapore Office", "San Francisco Office");
                *form = posted(form.action.as_str(), &xml, form.field("RelayState"));
                form.fields[0].0 = "SAMLResponse".to_owned();
            },
            RefusalCode::SignatureInvalid,
        ),
        (
            "another key",
            |_, form, says| {
                let xml = ForgingIdp::new("hq").sign(says);
                *form = posted(form.action.as_str(), &xml, form.field("RelayState"));
                form.fields[0].0 = "SAMLResponse".to_owned();
            },
            RefusalCode::SignatureInvalid,
        ),
        (
            "no message",
            |_, form, _| {
                *form = form
                    .clone()
                    .fill("SAMLResponse", "this is <no> message, ann@");
            },
            RefusalCode::ResponseMalformed,
        ),
    ];
    for (case, change, code) in cases {
        eprintln!("{case}");
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser).await;
        let mut says = says(&company, &asked);
        let mut form = company.idp.form(&asked, &says);
        let before = form.clone();
        change(&company, &mut form, &mut says);
        if form == before {
            form = company.idp.form(&asked, &says);
        }
        let page = browser.submit_once(&form).await;
        let record = is_refused(&company.bridge, &log, &page, code).await;
        assert_eq!(record.flex.unwrap().as_str(), "production", "{case}");
        // A refusal uses nothing up: the right answer still lets the person in.
        received(&browser.submit_once(&before).await);
    }
}

#[tokio::test]
async fn ten_minutes_are_enough() {
    let log = Log::listen();
    let clock = TestClock::now_set();
    let company = Forged::start(|plan| plan.clock = std::sync::Arc::new(clock.clone())).await;
    for (seconds, refused) in [(599, None), (601, Some(RefusalCode::LoginExpired))] {
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser).await;
        clock.advance(TimeDelta::seconds(seconds));
        let form = company.idp.form(&asked, &says(&company, &asked));
        let page = browser.submit_once(&form).await;
        match refused {
            None => drop(received(&page)),
            Some(code) => drop(is_refused(&company.bridge, &log, &page, code).await),
        }
    }
}

#[tokio::test]
async fn the_answer_must_come_to_the_address_of_who_was_asked() {
    let log = Log::listen();
    let site = crate::support::bridge::Site::new();
    let partner = ForgingIdp::new("partner");
    let metadata = partner.metadata_file(&site.file("partner.xml"));
    let company = Forged::start_at(site, |plan| {
        plan.more = format!("[idp.partner]\nprotocol = \"saml\"\nmetadata = {metadata}\n");
    })
    .await;
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser).await;
    let acs = company.bridge.at("/saml/sp/partner/acs");
    // The partner's own genuine signature, at its own address, for the other's login.
    let mut theirs = says(&company, &asked);
    theirs.acs = acs.to_string();
    theirs.audience = company.bridge.at("/saml/sp/partner").to_string();
    let mut form = partner.form(&asked, &theirs);
    form.action = acs;
    let page = browser.submit_once(&form).await;
    is_refused(&company.bridge, &log, &page, RefusalCode::LoginOtherIdp).await;
    // The same person's right answer, by the partner's hand.
    let form = partner.form(&asked, &says(&company, &asked));
    let page = browser.submit_once(&form).await;
    is_refused(&company.bridge, &log, &page, RefusalCode::ResponseIssuer).await;
}

#[tokio::test]
async fn nobody_comes_in_without_having_begun() {
    if !peers::require("simplesamlphp") {
        return;
    }
    let log = Log::listen();
    let company = Real::start(|_| {}).await;
    let entity_id = format!("{}/saml/sp/hq", company.bridge.url);
    let start = company
        .idp
        .idp_initiated_url(&entity_id, "https://flex.twilio.com/company");
    let mut browser = Browser::new();
    let signed_in = company.idp.sign_in(&mut browser, &start, "ann").await;
    let page = browser.submit_once(&signed_in.form).await;
    is_refused(
        &company.bridge,
        &log,
        &page,
        RefusalCode::ResponseUnsolicited,
    )
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_it_is_read() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let bridge = &company.bridge;
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser).await;
    let form = company.idp.form(&asked, &says(&company, &asked));

    let twice = |name: &str| {
        let mut form = form.clone();
        let value = form.field(name).unwrap().to_owned();
        form.fields.push((name.to_owned(), value));
        form
    };
    for name in ["SAMLResponse", "RelayState"] {
        let page = browser.submit_once(&twice(name)).await;
        is_refused(bridge, &log, &page, RefusalCode::ResponseParameter).await;
    }
    let mut none = form.clone();
    none.fields.remove(0);
    let page = browser.submit_once(&none).await;
    is_refused(bridge, &log, &page, RefusalCode::ResponseParameter).await;
    let large = form.clone().fill("SAMLResponse", &"A".repeat(520 * 1024));
    let page = browser.submit_once(&large).await;
    is_refused(bridge, &log, &page, RefusalCode::ResponseTooLarge).await;
    let huge = form.clone().fill("SAMLResponse", &"A".repeat(600 * 1024));
    let page = browser.submit_once(&huge).await;
    is_refused_as(bridge, &log, &page, RefusalCode::ResponseTooLarge, 413).await;

    let mut url = flex_asks(bridge);
    let again = url.query().unwrap().to_owned();
    url.set_query(Some(&format!("{again}&{again}")));
    let page = browser.open_once(&url).await;
    is_refused(bridge, &log, &page, RefusalCode::RequestParameter).await;
    let page = browser
        .open_once(&bridge.at("/saml/idp/production/sso"))
        .await;
    is_refused(bridge, &log, &page, RefusalCode::RequestParameter).await;
    let xml = enhanced_request("_1", &bridge.sso_url());
    for state in ["x".repeat(2_049), "é".repeat(1_025)] {
        let page = browser
            .open_once(&redirect(&bridge.sso_url(), &xml, &state))
            .await;
        is_refused(bridge, &log, &page, RefusalCode::RequestTooLarge).await;
    }
    let huge = posted(&bridge.sso_url(), &" ".repeat(600 * 1024), None);
    let page = browser.submit_once(&huge).await;
    is_refused_as(bridge, &log, &page, RefusalCode::RequestTooLarge, 413).await;
    received(&browser.submit_once(&form).await);
}

#[tokio::test]
async fn unknown_names_are_no_pages() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser).await;
    let form = company.idp.form(&asked, &says(&company, &asked));
    let stray = async |page: Page| {
        let record = is_refused(&company.bridge, &log, &page, RefusalCode::NotFound).await;
        assert_eq!((record.flex, record.idp), (None, None));
    };
    for path in ["/saml/idp/other/sso", "/saml/idp/%E6%9D%B1/sso"] {
        let mut url = company.bridge.at(path);
        url.set_query(flex_asks(&company.bridge).query());
        stray(browser.open_once(&url).await).await;
    }
    let mut other = form.clone();
    other.action = company.bridge.at("/saml/sp/other/acs");
    stray(browser.submit_once(&other).await).await;
    for path in [
        "/saml/idp/other/metadata",
        "/saml/sp/other/metadata",
        "/login/other",
        "/metrics",
        "/readyz",
        "/",
    ] {
        let page = browser.open_once(&company.bridge.at(path)).await;
        assert_eq!(page.status, 404, "{path}");
    }
}

fn says(company: &Forged, asked: &Asked) -> Says {
    let mut says = ForgingIdp::says(asked, company.plan.clock.now());
    set(&mut says, "department", &["Sales"]);
    says
}

#[tokio::test]
async fn many_strangers_in_one_second_are_counted_and_told_in_one_line() {
    let log = Log::listen();
    let clock = TestClock::now_set();
    let company = Forged::start(|plan| plan.clock = Arc::new(clock.clone())).await;
    let nowhere = company.bridge.at("/saml/idp/nobody/sso?SAMLRequest=x");
    let stranger = async || assert_eq!(Browser::new().open_once(&nowhere).await.status, 404);
    let lines = |with: &str| {
        let text = log.text();
        text.lines().filter(|line| line.contains(with)).count()
    };
    let (refused, left_out) = ("\"code\":\"not_found\"", "were counted, not written");
    for _ in 0..25 {
        stranger().await;
    }
    assert_eq!((lines(refused), lines(left_out)), (20, 0));
    clock.advance(TimeDelta::seconds(1));
    stranger().await;
    assert_eq!((lines(refused), lines(left_out)), (21, 1));
    assert_eq!(lines("\"left_out\":5"), 1, "{}", log.text());
}
