//! Towards the company: how SimpleSAMLphp is asked, how it signs, and how it names people.

use flexbridge::identity::RefusalCode;

use crate::support::{
    bridge::{Bridge, Plan, Site},
    browser::Browser,
    flex::ENHANCED,
    forging::asked,
    log::Log,
    peers,
    simplesaml::{NameFormat, NameIdFormat, Signs, SimpleSaml, SpMetadata},
};

use super::{
    walk::{Real, flex_asks, received},
    witness::is_refused,
};

const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// SimpleSAMLphp's own metadata with one thing said otherwise.
async fn metadata(idp: &SimpleSaml, site: &Site, wants_signed: bool, by_post: bool) -> String {
    let mut xml = idp.metadata_xml().await;
    if wants_signed {
        xml = xml.replacen(
            "<md:IDPSSODescriptor ",
            "<md:IDPSSODescriptor WantAuthnRequestsSigned=\"true\" ",
            1,
        );
        assert!(xml.contains("WantAuthnRequestsSigned"));
    }
    let (redirect, post) = ("bindings:HTTP-Redirect", "bindings:HTTP-POST");
    assert!(xml.contains(redirect), "{xml}");
    if by_post {
        xml = xml.replace(redirect, post);
    }
    let path = site.file("hq.xml");
    std::fs::write(&path, xml).unwrap();
    format!(r#"{{ file = "{}" }}"#, path.display())
}

#[tokio::test]
async fn the_identity_provider_is_asked_as_its_metadata_says() {
    if !peers::require("simplesamlphp") {
        return;
    }
    for (wants_signed, by_post) in [(false, false), (false, true), (true, false), (true, true)] {
        eprintln!("signed {wants_signed}, by POST {by_post}");
        let idp = SimpleSaml::start(&[]);
        let site = Site::new();
        let plan = Plan {
            metadata: metadata(&idp, &site, wants_signed, by_post).await,
            ..Plan::default()
        };
        let bridge = Bridge::start_at(site, plan).await;
        let mut sp = SpMetadata::new(format!("{}/saml/sp/hq", bridge.url), bridge.acs_url());
        sp.certificate = Some(bridge.certificate.clone());
        sp.require_signed_requests = true;
        idp.trust(std::slice::from_ref(&sp));

        let mut browser = Browser::new();
        let start = flex_asks(&bridge);
        let page = browser.open_once(&start).await;
        let xml = asked(&page).xml;
        assert_eq!(page.status == 200, by_post);
        assert_eq!(xml.contains(SIGNATURE), wants_signed && by_post, "{xml}");
        let at_idp = if by_post {
            browser.submit(&page.form_with("SAMLRequest")).await
        } else {
            let url = page.headers["location"].to_str().unwrap().parse().unwrap();
            browser.open(&url).await
        };
        let login_page = at_idp
            .forms()
            .iter()
            .any(|form| form.field("password").is_some());
        assert_eq!(login_page, wants_signed, "SimpleSAMLphp insists on it");
        if !wants_signed {
            sp.require_signed_requests = false;
            idp.trust(&[sp]);
            let mut page = browser.open(&start).await;
            if by_post {
                page = browser.submit(&page.form_with("SAMLRequest")).await;
            }
            let signed_in = idp.sign_in_at(&mut browser, page, "ann").await;
            received(&browser.submit_once(&signed_in.form).await);
            continue;
        }
        let signed_in = idp.sign_in_at(&mut browser, at_idp, "ann").await;
        let got = received(&browser.submit_once(&signed_in.form).await);
        assert_eq!(got.name_id, "ann@company.example");
        sp.certificate = Some(idp.certificate().to_owned());
        idp.trust(&[sp]);
        let mut page = browser.open(&start).await;
        if by_post {
            page = browser.submit(&page.form_with("SAMLRequest")).await;
        }
        let passed = page
            .forms()
            .iter()
            .any(|form| form.field("SAMLResponse").is_some());
        assert!(!passed, "with another certificate it is not content");
    }
}

#[tokio::test]
async fn however_it_signs_the_agent_arrives() {
    if !peers::require("simplesamlphp") {
        return;
    }
    let company = Real::start(|_| {}).await;
    for signs in [Signs::Assertion, Signs::Response, Signs::Both] {
        for name_format in [NameFormat::Basic, NameFormat::Uri, NameFormat::Unspecified] {
            company.trust(|sp| (sp.signs, sp.name_format) = (signs, name_format));
            let page = company.login("bob").await;
            let got = received(&page);
            assert_eq!(got.name_id, "bob@company.example", "{signs:?}");
            assert_eq!(got.values("full_name").unwrap(), ["Bob Ødegård"]);
            assert_eq!(got.values("roles").unwrap(), ["agent", "supervisor"]);
            let form = page.form_with("SAMLResponse");
            assert_eq!(form.action.as_str(), ENHANCED.1);
        }
    }
}

#[tokio::test]
async fn the_name_of_the_agent_is_not_touched() {
    if !peers::require("simplesamlphp") {
        return;
    }
    let company = Real::start(|_| {}).await;
    for (format, uri) in [
        (
            NameIdFormat::EmailAddress,
            "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        ),
        (
            NameIdFormat::Persistent,
            "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        ),
    ] {
        company.trust(|sp| sp.name_id = format);
        let mut names = Vec::new();
        for _ in 0..2 {
            let mut browser = Browser::new();
            let signed_in = company.sign_in(&mut browser, "ann").await;
            let said = crate::support::flex::Received::read(&signed_in.response);
            let got = received(&browser.submit_once(&signed_in.form).await);
            assert_eq!((&got.name_id, &got.format), (&said.name_id, &said.format));
            assert_eq!(got.format.as_deref(), Some(uri));
            names.push(got.name_id);
        }
        assert_eq!(names[0], names[1], "the same agent each time");
    }
}

#[tokio::test]
async fn an_encrypted_assertion_is_refused_with_what_to_do() {
    if !peers::require("simplesamlphp") {
        return;
    }
    let log = Log::listen();
    let company = Real::start(|_| {}).await;
    let certificate = company.bridge.certificate.clone();
    company.trust(|sp| (sp.encrypt, sp.certificate) = (true, Some(certificate)));
    let page = company.login("ann").await;
    is_refused(&company.bridge, &log, &page, RefusalCode::ResponseEncrypted).await;
}
