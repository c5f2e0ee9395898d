//! What Flex asks beyond signing somebody in reaches an OpenID Connect provider, and is held to.

use chrono::TimeDelta;
use flexbridge::{
    clock::{Clock as _, SystemClock},
    identity::RefusalCode,
};
use serde_json::json;

use super::{
    company::{Company, FLEX_REQUEST, Wish, is_refused, peers_are_there, received},
    forged::{Forged, STATE},
};
use crate::support::{
    browser::{Browser, Page},
    downstream,
    flex::{ENHANCED, decoded, enhanced_request, redirect},
    log::Log,
    peers,
};

const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
const MFA: &str = "https://refeds.org/profile/mfa";
const NO_PASSIVE: &str = "urn:oasis:names:tc:SAML:2.0:status:NoPassive";

/// Flex's legacy service asks for exactly this.
fn password() -> String {
    format!(
        r#"<samlp:RequestedAuthnContext Comparison="exact"><saml:AuthnContextClassRef xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{PASSWORD}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>"#
    )
}

/// The form for Flex that says `NoPassive`, signed, with nobody in it.
fn says_no_passive(page: &Page, certificate: &str, state: &str) {
    assert_eq!(page.status, 200, "{}", page.body);
    let form = page.form_with("SAMLResponse");
    assert_eq!(form.action.as_str(), ENHANCED.1);
    assert_eq!(form.field("RelayState"), Some(state));
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
}

#[tokio::test]
async fn who_must_sign_in_anew_must_have_done_so_and_the_provider_must_say_when() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let now = SystemClock.now();
    let hours_ago = (now - TimeDelta::hours(2)).timestamp();
    for (attributes, forced) in [
        ("ForceAuthn=\"true\"", true),
        ("ForceAuthn=\"false\"", false),
        ("", false),
    ] {
        for (auth_time, fresh) in [
            (json!(now.timestamp()), true),
            (json!(hours_ago), false),
            (json!(null), false),
        ] {
            let mut browser = Browser::new();
            let asked = company.begin(&mut browser, attributes, "").await;
            let words = forced.then(|| "login".to_owned());
            assert_eq!(asked.get("prompt"), words, "{attributes}");
            assert_eq!(asked.get("max_age"), forced.then(|| "0".to_owned()));
            let mut claims = company.provider.claims(&asked);
            if auth_time.is_null() {
                claims.as_object_mut().unwrap().remove("auth_time");
            } else {
                claims["auth_time"] = auth_time.clone();
            }
            let back = company.provider.answer(&asked, claims);
            let page = browser.open_once(&back).await;
            if forced && !fresh {
                is_refused(&log, &page, RefusalCode::AssertionNotFresh);
            } else {
                assert_eq!(received(&page).name_id, "ann");
            }
        }
    }
    let mut plan = company.plan.clone();
    plan.flex = "pass_on = { force_authn = false, is_passive = false }".to_owned();
    company.bridge.reload(&plan).await;
    let both = "ForceAuthn=\"true\" IsPassive=\"true\"";
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser, both, "").await;
    assert_eq!((asked.get("prompt"), asked.get("max_age")), (None, None));
}

#[tokio::test]
async fn a_passive_no_goes_to_flex_and_everything_else_to_our_page() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let passive = "IsPassive=\"true\"";
    for (error, code) in [
        ("login_required", RefusalCode::StatusNoPassive),
        ("interaction_required", RefusalCode::StatusNoPassive),
        ("account_selection_required", RefusalCode::StatusNoPassive),
        ("consent_required", RefusalCode::StatusNoPassive),
        ("access_denied", RefusalCode::StatusAccessDenied),
        ("server_error", RefusalCode::StatusNotSuccess),
    ] {
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser, passive, "").await;
        assert_eq!(asked.get("prompt").as_deref(), Some("none"));
        assert_eq!(asked.get("max_age"), None);
        let no = company.provider.says_no(&asked, error);
        // Somebody else's browser gets no answer for Flex out of us.
        let page = Browser::new().open_once(&no).await;
        is_refused(&log, &page, RefusalCode::LoginUnknown);
        let page = browser.open_once(&no).await;
        says_no_passive(&page, &company.bridge.certificate, STATE);
        let text = log.text();
        assert!(text.contains(&format!("\"{}\"", code.as_str())), "{error}");
        // Where Flex did not ask for that, the agent reads why.
        let asked = company.begin(&mut browser, "", "").await;
        let no = company.provider.says_no(&asked, error);
        is_refused(&log, &browser.open_once(&no).await, code);
    }
    // Both at once: nobody is asked, and signed in anew is nobody without being asked.
    let mut browser = Browser::new();
    let both = "ForceAuthn=\"true\" IsPassive=\"true\"";
    let asked = company.begin(&mut browser, both, "").await;
    assert_eq!(asked.get("prompt").as_deref(), Some("none"));
    assert_eq!(asked.get("max_age").as_deref(), Some("0"));
    // Who is signed in is signed in; who is refused by us sees our page.
    let asked = company.begin(&mut browser, passive, "").await;
    let back = company
        .provider
        .answer(&asked, company.provider.claims(&asked));
    received(&browser.open_once(&back).await);
    let asked = company.begin(&mut browser, passive, "").await;
    let mut claims = company.provider.claims(&asked);
    claims["nonce"] = json!("another");
    let page = browser
        .open_once(&company.provider.answer(&asked, claims))
        .await;
    is_refused(&log, &page, RefusalCode::OidcNonce);
}

#[tokio::test]
async fn the_context_is_dropped_or_translated_and_then_held_to() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let told = |page: &Page, class: &str| {
        let form = page.form_with("SAMLResponse");
        let xml = decoded(form.field("SAMLResponse").unwrap());
        let wanted = format!(">{class}</saml:AuthnContextClassRef>");
        assert!(xml.contains(&wanted), "{xml}");
    };
    let login = async |acr: Option<&str>, asked_for: Option<&str>| {
        let mut browser = Browser::new();
        let asked = company.begin(&mut browser, "", &password()).await;
        assert_eq!(asked.get("acr_values").as_deref(), asked_for);
        let mut claims = company.provider.claims(&asked);
        if let Some(acr) = acr {
            claims["acr"] = json!(acr);
        }
        let back = company.provider.answer(&asked, claims);
        browser.open_once(&back).await
    };
    told(&login(Some(MFA), None).await, MFA);
    let unspecified = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";
    told(&login(Some("1"), None).await, unspecified);

    // The names of OpenID Connect need not be URIs.
    for (class, reported) in [(MFA, MFA), ("gold", unspecified)] {
        let mut plan = company.plan.clone();
        plan.flex = format!("pass_on = {{ authn_context = {{ \"{PASSWORD}\" = \"{class}\" }} }}");
        company.bridge.reload(&plan).await;
        told(&login(Some(class), Some(class)).await, reported);
        for other in [Some("silver"), None] {
            let page = login(other, Some(class)).await;
            is_refused(&log, &page, RefusalCode::AssertionAuthnContext);
        }
        plan.flex = format!("{}\nreport_authn_context = \"{PASSWORD}\"", plan.flex);
        company.bridge.reload(&plan).await;
        told(&login(Some(class), Some(class)).await, PASSWORD);
    }
    let mut browser = Browser::new();
    let asked = company.begin(&mut browser, "", "").await;
    let no = company
        .provider
        .says_no(&asked, "unmet_authentication_requirements");
    let page = browser.open_once(&no).await;
    is_refused(&log, &page, RefusalCode::StatusNoAuthnContext);
}

#[tokio::test]
async fn oidc_provider_asks_again_when_forced_and_nobody_when_passive() {
    if !peers_are_there() {
        return;
    }
    let company = Company::start(Wish::default()).await;
    let sso = company.bridge.sso_url();
    let asks = |attributes: &str| {
        let xml = enhanced_request(FLEX_REQUEST, &sso);
        redirect(
            &sso,
            &xml.replacen(" ID=", &format!(" {attributes} ID="), 1),
            STATE,
        )
    };
    let mut browser = Browser::new();
    let page = browser.open(&asks("IsPassive=\"true\"")).await;
    says_no_passive(&page, &company.bridge.certificate, STATE);

    let back = company.walk(&mut browser, &asks(""), "ann").await;
    assert_eq!(received(&browser.open_once(&back).await).name_id, "ann");
    for quietly in ["", "IsPassive=\"true\""] {
        let page = browser.open(&asks(quietly)).await;
        assert_eq!(received(&page).name_id, "ann", "she is signed in");
    }
    let page = browser.open(&asks("ForceAuthn=\"true\"")).await;
    let form = page.form_with("login").fill("login", "ann");
    let page = browser.submit(&form.fill("password", "any")).await;
    assert_eq!(received(&page).name_id, "ann", "she has signed in again");
}
