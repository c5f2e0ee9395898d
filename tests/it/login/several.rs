//! Several identity providers for one Flex account: a hint, a memory, a page.

use chrono::TimeDelta;
use flexbridge::identity::RefusalCode;

use super::{
    companies::{Companies, DOMAINS},
    walk::{STATE, now, received},
    witness::is_refused,
};
use crate::support::{
    browser::{Browser, Page},
    clock::TestClock,
    flex::{enhanced_request, posted, redirect},
    forging::{ForgingIdp, asked},
    log::Log,
};

const MEMORY: &str = "flexbridge-idp-production";

#[tokio::test]
async fn asked_once_by_the_company_address_and_remembered() {
    let log = Log::listen();
    let companies = Companies::start(|_| {}).await;
    let mut browser = Browser::new();
    let page = companies.asks(&mut browser).await;
    assert!(
        !page.body.contains("Head"),
        "companies are nobody's business: {}",
        page.body
    );
    let form = page
        .form_with("email")
        .fill("email", " Ann.Secret@PARTNER.example ");
    let page = browser.submit_once(&form).await;
    assert_eq!(companies.who(&page), "partner");
    // What only was typed is not remembered yet: the login may turn out to be the wrong one.
    assert_eq!(browser.cookie(&companies.bridge.at("/"), MEMORY), None);
    let page = companies.finish(&mut browser, &page).await;
    received(&page);
    let out = page.form_with("SAMLResponse");
    assert_eq!(out.field("RelayState"), Some(STATE));
    assert_eq!(received(&page).request.as_deref(), Some("_flex-request"));
    let cookies = browser.cookies(&companies.bridge.at("/"));
    assert!(
        cookies.starts_with(MEMORY) && !cookies.contains(';'),
        "{cookies}"
    );
    assert!(!cookies.contains("partner"), "{cookies}");
    let set = page.headers.get_all("set-cookie").iter();
    let kept = set
        .map(|value| value.to_str().unwrap())
        .find(|text| text.starts_with(MEMORY));
    let kept = kept.unwrap();
    assert!(
        kept.ends_with("; Path=/; Secure; HttpOnly; SameSite=None; Max-Age=15552000"),
        "{kept}"
    );

    let page = browser.open_once(&companies.flex_asks("")).await;
    assert_eq!(companies.who(&page), "partner");
    received(&companies.finish(&mut browser, &page).await);
    // And how to change one's mind.
    let page = browser
        .open_once(&companies.bridge.at("/login/production?choose"))
        .await;
    assert_eq!(
        page.headers["location"],
        "https://flex.twilio.com/dancing-owl-1234"
    );
    assert_eq!(browser.cookies(&companies.bridge.at("/")), "");
    companies.asks(&mut browser).await;
    assert!(
        !log.text().to_lowercase().contains("secret"),
        "{}",
        log.text()
    );
}

#[tokio::test]
async fn a_hint_decides_before_memory_and_page() {
    let companies = Companies::start(|_| {}).await;
    let sso = companies.bridge.sso_url();
    let subject = |name: &str| {
        let xml = enhanced_request("_1", &sso);
        let subject = format!(
            "</saml:Issuer><saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:NameID>{name}</saml:NameID></saml:Subject>"
        );
        redirect(&sso, &xml.replace("</saml:Issuer>", &subject), "s")
    };
    let mut browser = Browser::new();
    for (url, who) in [
        (
            companies.flex_asks("&login_hint=ann%40company.example"),
            Some("hq"),
        ),
        (
            companies.flex_asks("&login_hint=ann%40partner.example"),
            Some("partner"),
        ),
        (
            companies.flex_asks("&login_hint=partner.example"),
            Some("partner"),
        ),
        (subject("ann@partner.example"), Some("partner")),
        (subject("ann"), None),
        (
            companies.flex_asks("&login_hint=ann%40evil.partner.example"),
            None,
        ),
        (companies.flex_asks("&login_hint="), None),
    ] {
        let page = browser.open_once(&url).await;
        match who {
            Some(who) => assert_eq!(companies.who(&page), who, "{url}"),
            None => assert!(page.body.contains("Which company"), "{url}: {}", page.body),
        }
    }
    let xml = enhanced_request("_1", &sso);
    let form = posted(&sso, &xml, None).fill("login_hint", "ann@partner.example");
    assert_eq!(companies.who(&browser.submit_once(&form).await), "partner");

    // A tile of the company's own: Flex knows nothing of it, the browser does.
    let tile = "/login/production?login_hint=%40partner.example";
    let page = browser.open_once(&companies.bridge.at(tile)).await;
    assert_eq!(
        page.headers["location"],
        "https://flex.twilio.com/dancing-owl-1234"
    );
    let page = browser.open_once(&companies.flex_asks("")).await;
    assert_eq!(companies.who(&page), "partner");
    let page = browser
        .open_once(&companies.flex_asks("&login_hint=a%40company.example"))
        .await;
    assert_eq!(companies.who(&page), "hq");
    // Somebody else's domain changes nothing.
    let tile = "/login/production?login_hint=%40other.example";
    let page = browser.open_once(&companies.bridge.at(tile)).await;
    assert!(!page.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn an_unknown_domain_is_said_plainly_and_leaves_a_choice() {
    let companies = Companies::start(|_| {}).await;
    let mut browser = Browser::new();
    let form = companies.asks(&mut browser).await.form_with("email");
    let page = browser
        .submit_once(&form.clone().fill("email", "not an address"))
        .await;
    assert!(page.body.contains("name@company.example") && !page.body.contains("Head"));
    let page = browser
        .submit_once(&form.clone().fill("email", "ann@<b>.example"))
        .await;
    assert!(!page.body.contains("<b>"), "{}", page.body);
    let page = browser
        .submit_once(&form.clone().fill("email", "ann@Elsewhere.example"))
        .await;
    assert!(page.body.contains("@elsewhere.example") && !page.body.contains("ann@"));
    assert!(page.body.contains("Head &#60;office&#62;"), "{}", page.body);
    assert!(page.body.contains(">partner</button>"), "{}", page.body);
    let choice = page.forms().pop().unwrap().fill("idp", "hq");
    let page = browser.submit_once(&choice).await;
    assert_eq!(companies.who(&page), "hq");
    received(&companies.finish(&mut browser, &page).await);

    // Where no address tells companies apart, the page lists them at once.
    let companies = Companies::start(|plan| plan.flex.clear()).await;
    let mut browser = Browser::new();
    let page = companies.asks(&mut browser).await;
    assert!(
        !page.body.contains("email") && page.body.contains("Head"),
        "{}",
        page.body
    );
    let choice = page.form_with("login").fill("idp", "partner");
    assert_eq!(
        companies.who(&browser.submit_once(&choice).await),
        "partner"
    );
    // Without a login link of Flex there is nowhere to go on to.
    let page = browser
        .open_once(&companies.bridge.at("/login/production?choose"))
        .await;
    assert!(page.status == 200 && page.body.contains("start again from Flex"));
    let page = browser
        .open_once(&companies.bridge.at("/login/production"))
        .await;
    assert_eq!(page.status, 404);
}

#[tokio::test]
async fn nobody_chooses_for_another_browser_or_account() {
    let log = Log::listen();
    let clock = TestClock::now_set();
    let companies = Companies::start(|plan| plan.clock = std::sync::Arc::new(clock.clone())).await;
    let bridge = &companies.bridge;
    let mut browser = Browser::new();
    let form = companies.asks(&mut browser).await.form_with("email");
    let form = form.fill("email", "ann@partner.example");
    let refused = async |page: &Page, code| drop(is_refused(bridge, &log, page, code).await);

    // A page elsewhere holds the form of its own browser's choice.
    let mut other = Browser::new();
    refused(&other.submit_once(&form).await, RefusalCode::LoginUnknown).await;
    companies.asks(&mut other).await;
    refused(&other.submit_once(&form).await, RefusalCode::LoginUnknown).await;
    for (name, value) in [
        ("login", "x"),
        ("idp", "nobody"),
        ("idp", "../hq"),
        ("idp", ""),
    ] {
        let page = browser.submit_once(&form.clone().fill(name, value)).await;
        refused(&page, RefusalCode::RequestParameter).await;
    }
    for name in ["login", "email"] {
        let mut twice = form.clone();
        twice.fields.push((name.to_owned(), "x".to_owned()));
        let page = browser.submit_once(&twice).await;
        refused(&page, RefusalCode::RequestParameter).await;
    }
    let mut nowhere = form.clone();
    nowhere.action = bridge.at("/saml/idp/other/choose");
    refused(&browser.submit_once(&nowhere).await, RefusalCode::NotFound).await;
    clock.advance(TimeDelta::seconds(599));
    assert_eq!(
        companies.who(&browser.clone().submit_once(&form).await),
        "partner"
    );
    clock.advance(TimeDelta::seconds(2));
    refused(&browser.submit_once(&form).await, RefusalCode::LoginExpired).await;
}

#[tokio::test]
async fn what_begins_at_one_company_does_not_end_at_another() {
    let log = Log::listen();
    let companies = Companies::start(|_| {}).await;
    let bridge = &companies.bridge;
    let mut browser = Browser::new();
    let page = browser
        .open_once(&companies.flex_asks("&login_hint=company.example"))
        .await;
    let asked = asked(&page);
    let acs = bridge.at("/saml/sp/partner/acs");
    let mut says = ForgingIdp::says(&asked, now());
    (says.acs, says.audience) = (acs.to_string(), bridge.at("/saml/sp/partner").to_string());
    let mut form = companies.partner.form(&asked, &says);
    form.action = acs;
    let page = browser.submit_once(&form).await;
    is_refused(bridge, &log, &page, RefusalCode::LoginOtherIdp).await;
    // An agent who ended up at the wrong company finds the way out on the page.
    assert!(
        page.body.contains("href=\"/login/production?choose\""),
        "{}",
        page.body
    );
    assert!(page.body.contains("Not your company?"), "{}", page.body);
    // The partner's hand under the other's answer.
    let form = companies
        .partner
        .form(&asked, &ForgingIdp::says(&asked, now()));
    let page = browser.submit_once(&form).await;
    is_refused(bridge, &log, &page, RefusalCode::ResponseIssuer).await;
}

#[tokio::test]
async fn a_company_that_is_switched_off_is_not_asked_remembered_or_listed() {
    let log = Log::listen();
    let companies = Companies::start(|_| {}).await;
    let bridge = &companies.bridge;
    let mut browser = Browser::new();
    let asks = companies.asks(&mut browser).await.form_with("email");
    let partners = asks.fill("email", "ann@partner.example");
    let mut at_partner = Browser::new();
    let hint = companies.flex_asks("&login_hint=partner.example");
    let under_way = asked(&at_partner.open_once(&hint).await);
    let tile = bridge.at("/login/production?login_hint=partner.example");
    browser.open_once(&tile).await;
    let page = browser.open_once(&companies.flex_asks("")).await;
    assert_eq!(companies.who(&page), "partner", "remembered");

    let mut plan = companies.plan.clone();
    plan.more.push_str("enabled = false\n");
    bridge.reload(&plan).await;
    let off = RefusalCode::LoginSwitchedOff;
    let page = browser.submit_once(&partners).await;
    is_refused(bridge, &log, &page, off).await;
    let page = browser.open_once(&hint).await;
    is_refused(bridge, &log, &page, off).await;
    let says = ForgingIdp::says(&under_way, now());
    let form = companies.partner.form(&under_way, &says);
    let page = at_partner.submit_once(&form).await;
    is_refused(bridge, &log, &page, off).await;
    // The one that is left needs no choice, whatever the browser remembers.
    let page = browser.open_once(&companies.flex_asks("")).await;
    assert_eq!(companies.who(&page), "hq");
    // Where nobody is left, nobody is asked to choose.
    plan.idp.push_str("enabled = false\n");
    bridge.reload(&plan).await;
    let page = browser.open_once(&companies.flex_asks("")).await;
    let record = is_refused(bridge, &log, &page, off).await;
    assert_eq!(record.flex.unwrap().as_str(), "production");
}

#[tokio::test]
async fn with_one_company_there_is_nothing_to_remember() {
    let companies = Companies::start(|plan| {
        plan.chosen = "\"hq\"".to_owned();
        plan.flex = DOMAINS.replace(", \"Partner.example\" = \"partner\"", "");
    })
    .await;
    let mut browser = Browser::new();
    for more in ["?login_hint=company.example", "?choose"] {
        let link = companies.bridge.at(&format!("/login/production{more}"));
        let page = browser.open_once(&link).await;
        assert!(
            page.headers["location"]
                .to_str()
                .unwrap()
                .contains("dancing-owl")
        );
        assert!(!page.headers.contains_key("set-cookie"), "{more}");
    }
    let page = browser.open_once(&companies.flex_asks("")).await;
    received(&companies.finish(&mut browser, &page).await);
    assert_eq!(browser.cookies(&companies.bridge.at("/")), "");
}
