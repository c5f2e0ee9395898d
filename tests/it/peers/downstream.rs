//! The downstream service providers accept a right response and refuse it once
//! anything about it is wrong. The responses are made and signed with xmlsec1.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{SecondsFormat, TimeDelta};
use flexbridge::clock::{Clock as _, SystemClock, Timestamp};

use crate::support::downstream::{self, ID_ATTRIBUTES, Question};
use crate::support::identity::SigningIdentity;
use crate::support::peers;

const FLEX: &str = "urn:flex:JQ00000000000000000000000000000000";
const ACS: &str = "https://login.flex.us1.twilio.com/login/callback?connection=JQ0";
const IDP: &str = "https://sso.company.example/saml/idp/production";
const REQUEST: &str = "_request-1";
const CLAIMS: [(&str, &str); 3] = [
    ("email", "ann@company.example"),
    ("full_name", "Ann Tan"),
    ("flex_location", "Singapore Office"),
];

/// What a response says; one field changed makes each of the wrong ones.
struct Sample {
    issued: Timestamp,
    audience: &'static str,
    recipient: &'static str,
    request: &'static str,
    claims: Vec<(&'static str, &'static str)>,
}

impl Sample {
    fn right() -> Self {
        Self {
            issued: SystemClock.now(),
            audience: FLEX,
            recipient: ACS,
            request: REQUEST,
            claims: CLAIMS.to_vec(),
        }
    }

    fn xml(&self) -> String {
        let issued = iso(self.issued);
        let (begin, end) = (
            iso(self.issued - TimeDelta::seconds(30)),
            iso(self.issued + TimeDelta::seconds(300)),
        );
        let Self {
            audience,
            recipient,
            request,
            ..
        } = self;
        let recipient = recipient.replace('&', "&amp;");
        let attributes: String = self.claims.iter().map(attribute).collect();
        let (of_response, of_assertion) = (signature("_response"), signature("_assertion"));
        format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response" Version="2.0" IssueInstant="{issued}" Destination="{recipient}" InResponseTo="{request}"><saml:Issuer>{IDP}</saml:Issuer>{of_response}<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status><saml:Assertion ID="_assertion" Version="2.0" IssueInstant="{issued}"><saml:Issuer>{IDP}</saml:Issuer>{of_assertion}<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ann@company.example</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="{request}" NotOnOrAfter="{end}" Recipient="{recipient}"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{begin}" NotOnOrAfter="{end}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{issued}" SessionIndex="_session"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion></samlp:Response>"#
        )
    }

    /// Signed like Flex wants it: the assertion first, then the response around it.
    fn signed(&self, by: &SigningIdentity) -> String {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("key.pem"), &by.private_key).unwrap();
        fs::write(at("cert.pem"), &by.certificate).unwrap();
        fs::write(at("0.xml"), self.xml()).unwrap();
        let pair = format!("{},{}", at("key.pem").display(), at("cert.pem").display());
        for (step, parent) in [(0, "Assertion"), (1, "Response")] {
            let place = format!("//*[local-name()='{parent}']/*[local-name()='Signature']");
            let output = Command::new(peers::program("xmlsec1"))
                .args(["--sign", "--privkey-pem", &pair])
                .args(ID_ATTRIBUTES)
                .args(["--node-xpath", &place, "--output"])
                .arg(at(&format!("{}.xml", step + 1)))
                .arg(at(&format!("{step}.xml")))
                .output()
                .unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        fs::read_to_string(at("2.xml")).unwrap()
    }
}

fn iso(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn attribute((name, value): &(&str, &str)) -> String {
    format!(
        r#"<saml:Attribute Name="{name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"#
    )
}

fn signature(of: &str) -> String {
    format!(
        r##"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod><ds:Reference URI="#{of}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue></ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate></ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"##
    )
}

fn question(xml: &str, trusted: &SigningIdentity) -> Question {
    Question {
        response: BASE64.encode(xml),
        sp_entity_id: FLEX.to_owned(),
        acs_url: ACS.to_owned(),
        idp_entity_id: IDP.to_owned(),
        idp_certificate: trusted.certificate.clone(),
        request_id: Some(REQUEST.to_owned()),
        now: None,
    }
}

/// Name, question, and what each of python3-saml, passport-wsfed-saml2 and
/// xmlsec1 must say about it: the fragment of its refusal, or nothing.
type Case = (&'static str, Question, [Option<&'static str>; 3]);

fn cases(idp: &SigningIdentity) -> Vec<Case> {
    let right = Sample::right().signed(idp);
    let tampered = right.replacen("Singapore Office", "Sydney Office", 1);
    let status = right.replacen("_session", "_sessio2", 1);
    let stranger = SigningIdentity::generate("somebody else");
    let with = |change: fn(&mut Sample)| {
        let mut sample = Sample::right();
        change(&mut sample);
        question(&sample.signed(idp), idp)
    };
    vec![
        ("right", question(&right, idp), [None, None, None]),
        (
            "tampered",
            question(&tampered, idp),
            [Some("ignature"), Some("ignature"), Some("FAIL")],
        ),
        (
            "tampered session",
            question(&status, idp),
            [Some("ignature"), Some("ignature"), Some("FAIL")],
        ),
        (
            "another key",
            question(&right, &stranger),
            [Some("ignature"), Some("ignature"), Some("FAIL")],
        ),
        (
            "audience",
            with(|sample| sample.audience = "urn:flex:JQ1"),
            [Some("audience"), Some("Audience"), None],
        ),
        (
            "recipient",
            with(|sample| sample.recipient = "https://other.example/"),
            [Some("instead of"), Some("did not match"), None],
        ),
        (
            "request",
            with(|sample| sample.request = "_other"),
            [Some("InResponseTo"), Some("InResponseTo"), None],
        ),
        (
            "expired",
            with(|sample| sample.issued -= TimeDelta::hours(1)),
            [Some("xpired"), Some("expired"), None],
        ),
        (
            "not yet valid",
            with(|sample| sample.issued += TimeDelta::hours(1)),
            [Some("not yet valid"), Some("expired"), None],
        ),
        (
            "one attribute twice",
            with(|sample| sample.claims.push(("email", "eve@company.example"))),
            [Some("uplicated"), None, None],
        ),
    ]
}

fn agrees(peer: &str, case: &str, wanted: Option<&str>, errors: &[String]) {
    let said = errors.join("; ");
    match wanted {
        None => assert!(errors.is_empty(), "{peer} refused `{case}`: {said}"),
        Some(part) => assert!(
            said.contains(part),
            "{peer} should refuse `{case}` for {part:?} and said {said:?}"
        ),
    }
}

#[test]
fn each_verifier_says_yes_and_no_for_the_right_reason() {
    if !(peers::require("python") && peers::require("node") && peers::require("xmlsec1")) {
        return;
    }
    let idp = SigningIdentity::generate("Flexbridge");
    for (case, question, [python, passport, xmlsec1]) in cases(&idp) {
        let verdict = downstream::python3_saml(&question);
        agrees("python3-saml", case, python, &verdict.errors);
        assert_eq!(verdict.ok, python.is_none());
        let verdict = downstream::passport_wsfed(&question);
        agrees("passport-wsfed-saml2", case, passport, &verdict.errors);
        assert_eq!(verdict.ok, passport.is_none());
        let said = downstream::xmlsec1(&question.response, &question.idp_certificate);
        agrees(
            "xmlsec1",
            case,
            xmlsec1,
            &said.err().into_iter().collect::<Vec<_>>(),
        );
    }
}

#[test]
fn what_was_accepted_is_told_in_full() {
    if !(peers::require("python") && peers::require("node") && peers::require("xmlsec1")) {
        return;
    }
    let idp = SigningIdentity::generate("Flexbridge");
    let mut sample = Sample::right();
    sample.issued -= TimeDelta::days(400);
    let mut question = question(&sample.signed(&idp), &idp);
    question.now = Some(sample.issued.timestamp());
    let python = downstream::python3_saml(&question);
    assert!(python.ok, "{:?}", python.errors);
    assert_eq!(python.name_id.as_deref(), Some("ann@company.example"));
    assert_eq!(
        python.name_id_format.as_deref(),
        Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")
    );
    assert_eq!(python.session_index.as_deref(), Some("_session"));
    assert_eq!(python.in_response_to.as_deref(), Some(REQUEST));
    assert_eq!(python.attributes["flex_location"][0], "Singapore Office");

    let mut sample = Sample::right();
    sample.claims.push(("email", "eve@company.example"));
    let passport = downstream::passport_wsfed(&self::question(&sample.signed(&idp), &idp));
    assert!(passport.ok, "{:?}", passport.errors);
    assert_eq!(
        passport.profile["email"], "eve@company.example",
        "it keeps the last one"
    );
    assert_eq!(
        passport.attribute_names,
        ["email", "full_name", "flex_location", "email"]
    );
}

#[test]
fn a_signature_over_something_else_is_none() {
    if !peers::require("xmlsec1") {
        return;
    }
    let idp = SigningIdentity::generate("Flexbridge");
    let signed = Sample::right().signed(&idp);
    let swapped = signed.replacen("#_response", "#_assertion", 1);
    let refused = downstream::xmlsec1_response(&BASE64.encode(swapped), &idp.certificate);
    assert!(refused.unwrap_err().contains("refers to #_assertion"));
}
