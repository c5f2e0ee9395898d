//! What Flex asks, in every way it may, and what it gets back.

use std::path::Path;

use aws_lc_rs::{rand::SystemRandom, signature};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bergshamra::{DsigContext, KeysManager, keys::loader};
use flexbridge::identity::RefusalCode;
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject as _};

use super::{
    walk::{Forged, received},
    witness::is_refused,
};
use crate::support::{
    browser::{Browser, Page},
    downstream::{self, Question},
    flex::{ENHANCED, LEGACY, enhanced_request, legacy_request, posted, redirect},
    forging::{ForgingIdp, asked},
    forms::Form,
    identity::SigningIdentity,
    log::Log,
    peers,
};

const CUSTOM: (&str, &str) = (
    "https://sp.example/entity",
    "https://SP.example:443/acs?tenant=1&x=é",
);

/// The rest of a login, after Flex's request: what is handed over to Flex.
async fn finish(company: &Forged, browser: &mut Browser, page: &Page) -> Form {
    assert!([200, 303].contains(&page.status.as_u16()), "{}", page.body);
    let asked = asked(page);
    let says = ForgingIdp::says(&asked, super::walk::now());
    let page = browser.submit_once(&company.idp.form(&asked, &says)).await;
    received(&page);
    page.form_with("SAMLResponse")
}

/// Both kinds of service provider in Flex's place accept it as their own.
fn accepted(company: &Forged, form: &Form, sp: (&str, &str), request: &str) {
    let response = form.field("SAMLResponse").unwrap().to_owned();
    let question = Question {
        response,
        sp_entity_id: sp.0.to_owned(),
        acs_url: sp.1.to_owned(),
        idp_entity_id: company.bridge.idp_entity_id(),
        idp_certificate: company.bridge.certificate.clone(),
        request_id: Some(request.to_owned()),
        now: None,
    };
    if peers::require("python") {
        let verdict = downstream::python3_saml(&question);
        assert!(verdict.ok, "{:?}", verdict.errors);
    }
    if peers::require("node") {
        let verdict = downstream::passport_wsfed(&question);
        assert!(verdict.ok, "{:?}", verdict.errors);
    }
    if peers::require("xmlsec1") {
        downstream::xmlsec1(&question.response, &question.idp_certificate).unwrap();
    }
}

#[tokio::test]
async fn each_profile_is_answered_by_both_bindings() {
    let sid = "AC00000000000000000000000000000000";
    let custom = format!(
        r#"{{ profile = "custom", entity_id = "{}", acs_url = "{}" }}"#,
        CUSTOM.0, CUSTOM.1
    );
    let profiles = [
        (
            r#"{ profile = "enhanced", connection = "JQ0123456789" }"#,
            ENHANCED,
        ),
        (r#""legacy""#, LEGACY),
        (r#"{ profile = "legacy" }"#, LEGACY),
        (&custom, CUSTOM),
    ];
    for (sso, sp) in profiles {
        let company = Forged::start(|plan| {
            plan.sso = sso.to_owned();
            assert!(sp != LEGACY || sp.1.contains(sid));
        })
        .await;
        let sso_url = company.bridge.sso_url();
        let as_enhanced = enhanced_request("_by-redirect", &sso_url)
            .replace(ENHANCED.0, sp.0)
            .replace(ENHANCED.1, sp.1)
            .replace("?tenant=1&x", "?tenant=1&amp;x");
        let as_legacy = legacy_request("ONELOGIN_by-post", &sso_url)
            .replace(&format!(">{}<", LEGACY.0), &format!(">{}<", sp.0))
            .replace(
                &format!("\"{}\"", LEGACY.1),
                &format!("\"{}\"", sp.1.replace('&', "&amp;")),
            );
        let mut browser = Browser::new();
        let page = browser
            .open_once(&redirect(&sso_url, &as_enhanced, "s"))
            .await;
        let form = finish(&company, &mut browser, &page).await;
        let url: url::Url = sp.1.parse().unwrap();
        assert_eq!(form.action, url, "{sso}");
        accepted(&company, &form, sp, "_by-redirect");

        let mut browser = Browser::new();
        let page = browser
            .submit_once(&posted(&sso_url, &as_legacy, Some("s")))
            .await;
        let form = finish(&company, &mut browser, &page).await;
        assert_eq!(form.action, url, "{sso}");
        accepted(&company, &form, sp, "ONELOGIN_by-post");
    }
}

#[tokio::test]
async fn only_the_configured_flex_is_answered_whatever_it_asks() {
    let log = Log::listen();
    let company = Forged::start(|_| {}).await;
    let sso_url = company.bridge.sso_url();
    let right = enhanced_request("_1", &sso_url);
    let acs = format!(" AssertionConsumerServiceURL=\"{}\"", ENHANCED.1);
    let binding = " ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\"";
    let destination = format!(" Destination=\"{sso_url}\"");
    let inside = "</samlp:AuthnRequest>";
    let policy = format!(
        r#"<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient" AllowCreate="false"/>{inside}"#
    );
    let context = format!(
        r#"<samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">urn:oasis:names:tc:SAML:2.0:ac:classes:X509</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>{inside}"#
    );
    let cases = [
        ("as it comes", right.clone(), None),
        ("no ACS", right.replace(&acs, ""), None),
        ("no binding", right.replace(binding, ""), None),
        ("no destination", right.replace(&destination, ""), None),
        (
            "nothing that may be left out",
            right
                .replace(&acs, "")
                .replace(binding, "")
                .replace(&destination, ""),
            None,
        ),
        ("NameIDPolicy", right.replace(inside, &policy), None),
        ("context", right.replace(inside, &context), None),
        (
            "ForceAuthn",
            right.replace(" ID=", " ForceAuthn=\"true\" ID="),
            None,
        ),
        (
            "IsPassive",
            right.replace(" ID=", " IsPassive=\"true\" ID="),
            None,
        ),
        (
            "another issuer",
            right.replace("JQ0123456789<", "JQ9876543210<"),
            Some(RefusalCode::RequestUnknownIssuer),
        ),
        (
            "another ACS",
            right.replace(ENHANCED.1, "https://evil.example/acs"),
            Some(RefusalCode::RequestAcs),
        ),
        (
            "another ACS path",
            right.replace("/login/callback", "/login/elsewhere"),
            Some(RefusalCode::RequestAcs),
        ),
        (
            "another binding",
            right.replace("HTTP-POST", "HTTP-Artifact"),
            Some(RefusalCode::RequestAcs),
        ),
        (
            "another destination",
            right.replace(&destination, " Destination=\"https://other.example/sso\""),
            Some(RefusalCode::RequestDestination),
        ),
        (
            "another message",
            right.replace("AuthnRequest", "LogoutRequest"),
            Some(RefusalCode::RequestMalformed),
        ),
        (
            "a DOCTYPE",
            format!("<!DOCTYPE a>{right}"),
            Some(RefusalCode::RequestMalformed),
        ),
        (
            "another version",
            right.replace("Version=\"2.0\"", "Version=\"1.1\""),
            Some(RefusalCode::RequestMalformed),
        ),
    ];
    for (case, xml, refused) in cases {
        eprintln!("{case}");
        assert!(case == "as it comes" || xml != right, "{case} changes");
        for by_post in [false, true] {
            let mut browser = Browser::new();
            let page = if by_post {
                browser
                    .submit_once(&posted(&sso_url, &xml, Some("s")))
                    .await
            } else {
                browser.open_once(&redirect(&sso_url, &xml, "s")).await
            };
            if let Some(code) = refused {
                is_refused(&company.bridge, &log, &page, code).await;
            } else {
                let form = finish(&company, &mut browser, &page).await;
                assert_eq!(form.action.as_str(), ENHANCED.1, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn the_relay_state_comes_back_byte_for_byte() {
    let company = Forged::start(|_| {}).await;
    let sso_url = company.bridge.sso_url();
    let long = "+/=é".repeat(409) + "abc";
    assert_eq!(long.len(), 2_048);
    let states = [
        "x",
        "%20+%2B &amp; &#65; <script>alert('\"')</script>",
        "  blanks  ",
        "São Paulo 東京 🙂 \u{202e}",
        "../../etc?a=b&RelayState=c#d;e",
        "AAAAAS5GQVNfUzNfS01TX3YxOjo6==",
        "0123456789abcdef0123456789abcdef",
        &long,
    ];
    let xml = enhanced_request("_1", &sso_url);
    for state in states {
        for by_post in [false, true] {
            let mut browser = Browser::new();
            let page = if by_post {
                browser
                    .submit_once(&posted(&sso_url, &xml, Some(state)))
                    .await
            } else {
                browser.open_once(&redirect(&sso_url, &xml, state)).await
            };
            let upstream = asked(&page).relay_state;
            assert!(upstream.len() <= 80 && upstream != state, "{upstream}");
            let form = finish(&company, &mut browser, &page).await;
            assert_eq!(form.field("RelayState"), Some(state));
        }
    }
    let mut browser = Browser::new();
    let page = browser.submit_once(&posted(&sso_url, &xml, None)).await;
    let form = finish(&company, &mut browser, &page).await;
    assert_eq!(form.field("RelayState"), None, "none is none");
}

/// Signs the query as Bindings §3.4.4.1 says.
fn query_signed(sso_url: &str, xml: &str, key: &SigningIdentity) -> url::Url {
    let url = redirect(sso_url, xml, "s&t");
    let algorithm: String =
        form_urlencoded::byte_serialize(b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256")
            .collect();
    let signed = format!("{}&SigAlg={algorithm}", url.query().unwrap());
    let der = PrivatePkcs8KeyDer::from_pem_slice(key.private_key.as_bytes()).unwrap();
    let pair = signature::RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let mut value = vec![0; pair.public_modulus_len()];
    let (padding, random) = (&signature::RSA_PKCS1_SHA256, SystemRandom::new());
    pair.sign(padding, &random, signed.as_bytes(), &mut value)
        .unwrap();
    let value = BASE64.encode(value);
    let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let mut url = url;
    url.set_query(Some(&format!("{signed}&Signature={value}")));
    url
}

/// Signs the request as Core §5.4 says.
fn enveloped_signed(xml: &str, key: &SigningIdentity) -> String {
    let template = r##"</saml:Issuer><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_1"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"##;
    let key = loader::load_rsa_private_pem(key.private_key.as_bytes()).unwrap();
    let mut keys = KeysManager::new();
    keys.add_key(key);
    let xml = xml.replace("</saml:Issuer>", template);
    bergshamra::sign(&DsigContext::new_permissive(keys), &xml).unwrap()
}

#[tokio::test]
async fn signatures_of_flex_count_where_its_certificates_are_configured() {
    let log = Log::listen();
    let (flex, stranger) = (
        SigningIdentity::generate("flex"),
        SigningIdentity::generate("stranger"),
    );
    let folder = tempfile::tempdir().unwrap();
    let certificate = folder.path().join("flex.pem");
    std::fs::write(&certificate, &flex.certificate).unwrap();
    let company = Forged::start(|_| {}).await;
    is_judged(&company, &log, &flex, &stranger, None).await;
    let company = Forged::start(|plan| plan.flex = requires(&certificate)).await;
    is_judged(
        &company,
        &log,
        &flex,
        &stranger,
        Some(RefusalCode::RequestSignature),
    )
    .await;
}

fn requires(certificate: &Path) -> String {
    format!("request_certificates = [\"{}\"]", certificate.display())
}

/// Right signatures let in; wrong ones and none do what `otherwise` says.
async fn is_judged(
    company: &Forged,
    log: &Log,
    flex: &SigningIdentity,
    stranger: &SigningIdentity,
    otherwise: Option<RefusalCode>,
) {
    let sso_url = company.bridge.sso_url();
    let xml = enhanced_request("_1", &sso_url);
    let other = enhanced_request("_2", &sso_url);
    let swapped = {
        let (signed, other) = (
            query_signed(&sso_url, &xml, flex),
            redirect(&sso_url, &other, "s&t"),
        );
        let (_, tail) = signed.query().unwrap().split_once("&SigAlg=").unwrap();
        let mut url = other.clone();
        url.set_query(Some(&format!("{}&SigAlg={tail}", other.query().unwrap())));
        url
    };
    let tampered = enveloped_signed(&xml, flex).replace(" ID=", " IsPassive=\"true\" ID=");
    for (case, url, refused) in [
        ("right", query_signed(&sso_url, &xml, flex), None),
        (
            "stranger's",
            query_signed(&sso_url, &xml, stranger),
            otherwise,
        ),
        ("another request's", swapped, otherwise),
        ("none", redirect(&sso_url, &xml, "s&t"), otherwise),
    ] {
        let mut browser = Browser::new();
        let page = browser.open_once(&url).await;
        ends(company, log, &mut browser, &page, refused, case).await;
    }
    for (case, xml, refused) in [
        ("right", enveloped_signed(&xml, flex), None),
        ("stranger's", enveloped_signed(&xml, stranger), otherwise),
        ("tampered", tampered, otherwise),
        ("none", xml.clone(), otherwise),
    ] {
        let mut browser = Browser::new();
        let page = browser
            .submit_once(&posted(&sso_url, &xml, Some("s&t")))
            .await;
        ends(company, log, &mut browser, &page, refused, case).await;
    }
}

async fn ends(
    company: &Forged,
    log: &Log,
    browser: &mut Browser,
    page: &Page,
    refused: Option<RefusalCode>,
    case: &str,
) {
    eprintln!("{case}");
    if let Some(code) = refused {
        is_refused(&company.bridge, log, page, code).await;
    } else {
        let form = finish(company, browser, page).await;
        assert_eq!(form.field("RelayState"), Some("s&t"), "{case}");
    }
}
