//! What Flex asks beyond signing somebody in, and the company's ways to say no.

use chrono::TimeDelta;
use flexbridge::identity::RefusalCode;

use super::{
    walk::{FLEX_REQUEST, Forged, Real, STATE, now, received},
    witness::is_refused,
};
use crate::support::{
    browser::{Browser, Page},
    downstream,
    flex::{ENHANCED, decoded, enhanced_request, redirect},
    forging::{Asked, ForgingIdp, asked},
    log::Log,
    peers,
};

const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
const MFA: &str = "https://refeds.org/profile/mfa";
const NO_PASSIVE: &str = "urn:oasis:names:tc:SAML:2.0:status:NoPassive";

/// Flex's request with more attributes and content.
fn flex_asks(sso_url: &str, attributes: &str, inside: &str) -> url::Url {
    let xml = enhanced_request(FLEX_REQUEST, sso_url)
        .replacen(" ID=", &format!(" {attributes} ID="), 1)
        .replacen(
            "</samlp:AuthnRequest>",
            &format!("{inside}</samlp:AuthnRequest>"),
            1,
        );
    redirect(sso_url, &xml, STATE)
}

/// Flex's legacy service asks for exactly this.
fn password() -> String {
    format!(
        r#"<samlp:RequestedAuthnContext Comparison="exact"><saml:AuthnContextClassRef xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{PASSWORD}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"#
    )
}

impl Forged {
    async fn begin_with(&self, browser: &mut Browser, attributes: &str, inside: &str) -> Asked {
        let url = flex_asks(&self.bridge.sso_url(), attributes, inside);
        asked(&browser.open_once(&url).await)
    }
}

/// The form for Flex that says `NoPassive`, signed, with nobody in it.
fn says_no_passive(page: &Page, certificate: &str) {
    assert_eq!(page.status, 200, "{}", page.body);
    let form = page.form_with("SAMLResponse");
    assert_eq!(form.action.as_str(), ENHANCED.1);
    assert_eq!(form.field("RelayState"), Some(STATE));
    let response = form.field("SAMLResponse").unwrap();
    let xml = decoded(response);
    assert!(
        xml.contains(NO_PASSIVE) && !xml.contains("Assertion>"),
        "{xml}"
    );
    assert!(
        xml.contains(&format!("InResponseTo=\"{FLEX_REQUEST}\"")),
        "{xml}"
    );
    if peers::require("xmlsec1") {
        downstream::xmlsec1_response(response, certificate).unwrap();
    }
    let removed = page.headers["set-cookie"].to_str().unwrap();
    assert!(removed.contains("Max-Age=0"), "{removed}");
}

#[tokio::test]
async fn who_must_sign_in_anew_must_have_done_so() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    for (attributes, passed) in [
        ("ForceAuthn=\"true\"", true),
        ("ForceAuthn=\"1\"", true),
        ("ForceAuthn=\"false\"", false),
        ("", false),
    ] {
        for (ago, fresh) in [(TimeDelta::zero(), true), (TimeDelta::hours(2), false)] {
            let mut browser = Browser::new();
            let asked = company.begin_with(&mut browser, attributes, "").await;
            assert_eq!(
                asked.xml.contains("ForceAuthn=\"true\""),
                passed,
                "{}",
                asked.xml
            );
            let mut says = ForgingIdp::says(&asked, now());
            says.signed_in = now() - ago;
            let page = browser.submit_once(&company.idp.form(&asked, &says)).await;
            if passed && !fresh {
                let code = RefusalCode::AssertionNotFresh;
                is_refused(&company.bridge, &log, &page, code).await;
            } else {
                received(&page);
            }
        }
    }
    let mut plan = company.plan.clone();
    plan.flex = "pass_on = { force_authn = false, is_passive = false }".to_owned();
    company.bridge.reload(&plan).await;
    let mut browser = Browser::new();
    let both = "ForceAuthn=\"true\" IsPassive=\"true\"";
    let asked = company.begin_with(&mut browser, both, "").await;
    assert!(!asked.xml.contains("ForceAuthn") && !asked.xml.contains("IsPassive"));
    let mut says = ForgingIdp::says(&asked, now());
    says.signed_in = now() - TimeDelta::hours(2);
    received(&browser.submit_once(&company.idp.form(&asked, &says)).await);
}

#[tokio::test]
async fn the_context_is_dropped_or_translated_and_then_held_to() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let mut browser = Browser::new();
    let asked = company.begin_with(&mut browser, "", &password()).await;
    assert!(
        !asked.xml.contains("RequestedAuthnContext"),
        "{}",
        asked.xml
    );
    let mut says = ForgingIdp::says(&asked, now());
    MFA.clone_into(&mut says.context);
    let page = browser.submit_once(&company.idp.form(&asked, &says)).await;
    let told = |page: &Page, class: &str| {
        let xml = decoded(
            page.form_with("SAMLResponse")
                .field("SAMLResponse")
                .unwrap(),
        );
        assert!(
            xml.contains(&format!(">{class}</saml:AuthnContextClassRef>")),
            "{xml}"
        );
    };
    told(&page, MFA);

    let mut plan = company.plan.clone();
    plan.flex = format!(
        "pass_on = {{ authn_context = {{ \"{PASSWORD}\" = \"{MFA}\" }} }}\nreport_authn_context = \"{PASSWORD}\""
    );
    company.bridge.reload(&plan).await;
    for (class, enough) in [(MFA, true), (PASSWORD, false)] {
        let mut browser = Browser::new();
        let asked = company.begin_with(&mut browser, "", &password()).await;
        let wanted = format!(">{MFA}</saml:AuthnContextClassRef>");
        assert!(asked.xml.contains(&wanted) && asked.xml.contains("Comparison=\"exact\""));
        let mut says = ForgingIdp::says(&asked, now());
        class.clone_into(&mut says.context);
        let page = browser.submit_once(&company.idp.form(&asked, &says)).await;
        if enough {
            told(&page, PASSWORD);
        } else {
            let code = RefusalCode::AssertionAuthnContext;
            is_refused(&company.bridge, &log, &page, code).await;
        }
    }
    plan.flex = "report_authn_context = \"unspecified\"".to_owned();
    company.bridge.reload(&plan).await;
    let page = company.login(|_| {}).await;
    told(&page, "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified");
}

#[tokio::test]
async fn each_no_is_a_sentence_of_its_own() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    for (statuses, code) in [
        (&["Responder"][..], RefusalCode::StatusNotSuccess),
        (
            &["Responder", "AuthnFailed"],
            RefusalCode::StatusAuthnFailed,
        ),
        (
            &["Requester", "RequestDenied"],
            RefusalCode::StatusRequestDenied,
        ),
        (&["Responder", "NoPassive"], RefusalCode::StatusNoPassive),
        (
            &["Requester", "NoAuthnContext"],
            RefusalCode::StatusNoAuthnContext,
        ),
    ] {
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser).await;
        let page = browser
            .submit_once(&company.idp.says_no(&asked, statuses))
            .await;
        is_refused(&company.bridge, &log, &page, code).await;
    }
}

#[tokio::test]
async fn a_passive_no_goes_to_flex_and_everything_else_to_our_page() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let passive = "IsPassive=\"true\"";
    for statuses in [
        &["Responder", "NoPassive"][..],
        &["Responder", "AuthnFailed"],
    ] {
        let mut browser = Browser::new();
        let asked = company.begin_with(&mut browser, passive, "").await;
        assert!(asked.xml.contains(passive), "{}", asked.xml);
        let page = browser
            .submit_once(&company.idp.says_no(&asked, statuses))
            .await;
        says_no_passive(&page, &company.bridge.certificate);
    }
    let recorded = log.text();
    let times = |code: &str| recorded.matches(&format!("\"{code}\"")).count();
    assert_eq!(
        (times("status.no_passive"), times("status.authn_failed")),
        (1, 1),
        "{recorded}"
    );

    // Who answers another request than ours gets no answer for Flex out of us.
    let mut browser = Browser::new();
    let mut asked = company.begin_with(&mut browser, passive, "").await;
    "_another".clone_into(&mut asked.id);
    let no = company.idp.says_no(&asked, &["Responder", "NoPassive"]);
    let page = browser.submit_once(&no).await;
    is_refused(&company.bridge, &log, &page, RefusalCode::StatusNoPassive).await;
    // Who is signed in is signed in; who is refused by us sees our page.
    let asked = company.begin_with(&mut browser, passive, "").await;
    let says = ForgingIdp::says(&asked, now());
    received(&browser.submit_once(&company.idp.form(&asked, &says)).await);
    let asked = company.begin_with(&mut browser, passive, "").await;
    let mut says = ForgingIdp::says(&asked, now());
    says.attributes.retain(|(name, _)| name != "roles");
    let page = browser.submit_once(&company.idp.form(&asked, &says)).await;
    is_refused(&company.bridge, &log, &page, RefusalCode::ReleaseMissing).await;
}

#[tokio::test]
async fn simplesamlphp_asks_again_when_forced_and_nobody_when_passive() {
    if !peers::require("simplesamlphp") {
        return;
    }
    let company = Real::start(|_| {}).await;
    let sso_url = company.bridge.sso_url();
    let mut browser = Browser::new();
    let asks_password = |page: &Page| {
        page.forms()
            .iter()
            .any(|form| form.field("password").is_some())
    };

    let passive = flex_asks(&sso_url, "IsPassive=\"true\"", "");
    let nobody = browser.open(&passive).await;
    assert!(!asks_password(&nobody), "{}", nobody.body);
    let page = browser.submit(&nobody.form_with("SAMLResponse")).await;
    says_no_passive(&page, &company.bridge.certificate);

    let signed_in = company.sign_in(&mut browser, "ann").await;
    received(&browser.submit_once(&signed_in.form).await);
    let again = browser.open(&flex_asks(&sso_url, "", "")).await;
    assert!(!asks_password(&again), "she is signed in");
    let quietly = browser.open(&passive).await;
    let page = browser
        .submit_once(&quietly.form_with("SAMLResponse"))
        .await;
    assert_eq!(received(&page).name_id, "ann@company.example");

    let forced = browser
        .open(&flex_asks(&sso_url, "ForceAuthn=\"true\"", ""))
        .await;
    assert!(
        asks_password(&forced),
        "she signs in again: {}",
        forced.body
    );
    let signed_in = company.idp.sign_in_at(&mut browser, forced, "ann").await;
    assert_eq!(
        received(&browser.submit_once(&signed_in.form).await).name_id,
        "ann@company.example"
    );
}
