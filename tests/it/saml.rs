//! Our SAML against strangers' implementations: what xmlsec1 signs we read, what
//! we sign xmlsec1, python3-saml and passport-wsfed-saml2 read.
//!
//! Must never: sign a document with what then checks it.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{SecondsFormat, TimeDelta};
use flexbridge::clock::{Clock as _, SystemClock, SystemRandom, Timestamp};
use flexbridge::identity::{Authentication, NameId, Refusal, RefusalCode};
use flexbridge::keys::SigningKey;
use flexbridge::saml::idp::{DownstreamResponse, FlexSp};
use flexbridge::saml::signature::TrustedCertificates;
use flexbridge::saml::sp::{Expected, Trust, VerifiedAssertion, verify};
use flexbridge::settings::Secret;

use crate::support::downstream::{self, ID_ATTRIBUTES, Question};
use crate::support::identity::SigningIdentity;
use crate::support::peers;

const SP: &str = "https://sso.example/saml/sp/hq";
const ACS: &str = "https://sso.example/saml/sp/hq/acs";
const IDP: &str = "https://idp.example/entity";
const REQUEST: &str = "_request-1";
const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// How a document is to be signed.
#[derive(Debug, Clone, Copy)]
struct Way {
    method: &'static str,
    digest: &'static str,
    prefixes: &'static str,
    /// The elements, the inner one first.
    signed: &'static [&'static str],
}

fn iso(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn signature(way: Way, of: &str) -> String {
    if !way.signed.contains(&of) {
        return String::new();
    }
    let Way {
        method,
        digest,
        prefixes,
        ..
    } = way;
    format!(
        r##"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
  <ds:SignedInfo>
    <ds:CanonicalizationMethod Algorithm="{EXC}"/>
    <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#{method}"/>
    <ds:Reference URI="#_{of}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="{EXC}"><ec:InclusiveNamespaces xmlns:ec="{EXC}" PrefixList="{prefixes}"/></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference>
  </ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>"##
    )
}

/// A document with all that canonicalisation has to think about.
fn document(way: Way, now: Timestamp) -> String {
    let (issued, end) = (iso(now), iso(now + TimeDelta::minutes(5)));
    let (on_response, on_assertion) = (signature(way, "Response"), signature(way, "Assertion"));
    format!(
        "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' xmlns:unused='urn:unused' xmlns:xs='http://www.w3.org/2001/XMLSchema'\n  Version='2.0' ID='_Response' IssueInstant='{issued}' Destination='{ACS}' InResponseTo='{REQUEST}'><Issuer xmlns='urn:oasis:names:tc:SAML:2.0:assertion'>{IDP}</Issuer>{on_response}<p:Status><p:StatusCode Value='urn:oasis:names:tc:SAML:2.0:status:Success'/></p:Status>
<Assertion xmlns='urn:oasis:names:tc:SAML:2.0:assertion' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xml:lang='en' Version='2.0' ID='_Assertion' IssueInstant='{issued}'><Issuer>{IDP}</Issuer>{on_assertion}<Subject><NameID> ann&amp;co </NameID><SubjectConfirmation Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'><SubjectConfirmationData Recipient='{ACS}' NotOnOrAfter='{end}' InResponseTo='{REQUEST}'/></SubjectConfirmation></Subject>
<Conditions NotBefore='{issued}' NotOnOrAfter='{end}'><AudienceRestriction><Audience>{SP}</Audience></AudienceRestriction></Conditions><AuthnStatement AuthnInstant='{issued}'><AuthnContext><AuthnContextClassRef>urn:x</AuthnContextClassRef></AuthnContext></AuthnStatement>
<AttributeStatement><Attribute Name='a\n\tb&#10;&quot;'><AttributeValue xsi:type='xs:string' xmlns:xs='http://www.w3.org/2001/XMLSchema'>東京<![CDATA[<&>]]>&#13;\r\n é</AttributeValue></Attribute></AttributeStatement></Assertion></p:Response>"
    )
}

/// Signed by the command; `key` is a private key in PEM.
fn signed_by_xmlsec1(way: Way, by: &SigningIdentity, now: Timestamp) -> String {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("key.pem"), &by.private_key).unwrap();
    fs::write(at("cert.pem"), &by.certificate).unwrap();
    fs::write(at("0.xml"), document(way, now)).unwrap();
    let pair = format!("{},{}", at("key.pem").display(), at("cert.pem").display());
    for (step, parent) in way.signed.iter().enumerate() {
        let place = format!("//*[local-name()='{parent}']/*[local-name()='Signature']");
        let output = Command::new(peers::program("xmlsec1"))
            .args(["--sign", "--privkey-pem", &pair])
            .args(ID_ATTRIBUTES)
            .args(["--node-xpath", &place, "--output"])
            .arg(at(&format!("{}.xml", step + 1)))
            .arg(at(&format!("{step}.xml")))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{way:?}: {said}");
    }
    fs::read_to_string(at(&format!("{}.xml", way.signed.len()))).unwrap()
}

fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    BASE64.decode(body).unwrap()
}

fn read(xml: &str, by: &SigningIdentity, now: Timestamp) -> Result<VerifiedAssertion, Refusal> {
    let trust = Trust {
        entity_id: IDP.to_owned(),
        certificates: TrustedCertificates::new(vec![der(&by.certificate)]).unwrap(),
        second_opinion: true,
        decryption: flexbridge::saml::encryption::Decryption::default(),
    };
    let expected = Expected {
        sp_entity_id: SP,
        acs_url: ACS,
        request_id: REQUEST,
        downstream_audience: "urn:flex:JQ1",
        skew: TimeDelta::zero(),
    };
    verify(&BASE64.encode(xml), &trust, &expected, now, &mut |_| {})
}

fn ec_identity() -> SigningIdentity {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::default()
        .self_signed(&key)
        .unwrap();
    SigningIdentity {
        certificate: certificate.pem(),
        private_key: key.serialize_pem(),
    }
}

#[test]
fn what_xmlsec1_signs_is_read_byte_for_byte() {
    if !peers::require("xmlsec1") {
        return;
    }
    let (rsa, ec) = (SigningIdentity::generate("idp"), ec_identity());
    let now = SystemClock.now();
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    let sha512 = "http://www.w3.org/2001/04/xmlenc#sha512";
    for (method, by) in [
        ("rsa-sha256", &rsa),
        ("rsa-sha384", &rsa),
        ("rsa-sha512", &rsa),
        ("ecdsa-sha256", &ec),
    ] {
        for signed in [
            &["Assertion"][..],
            &["Response"],
            &["Assertion", "Response"],
        ] {
            for (digest, prefixes) in [(sha256, ""), (sha512, "xs"), (sha256, "#default p unused")]
            {
                let way = Way {
                    method,
                    digest,
                    prefixes,
                    signed,
                };
                let xml = signed_by_xmlsec1(way, by, now);
                let verified = read(&xml, by, now)
                    .unwrap_or_else(|refusal| panic!("{way:?}: {refusal}\n{xml}"));
                assert_eq!(
                    verified.attributes().values("a  b\n\""),
                    ["東京<&>\r\n é"],
                    "{way:?}"
                );
                let identity = verified.into_identity("hq".parse().unwrap());
                assert_eq!(identity.name_id.value, " ann&co ");
                let touched = xml.replacen("ann&amp;co", "bob&amp;co", 1);
                assert_eq!(
                    read(&touched, by, now).unwrap_err().code,
                    RefusalCode::SignatureInvalid
                );
            }
        }
    }
}

/// Our own answer, with what is awkward in it.
fn ours(by: &SigningIdentity, flex: &FlexSp, now: Timestamp) -> String {
    let key = Secret::new(by.private_key.clone());
    let key = SigningKey::from_pem(by.certificate.as_bytes(), &key).unwrap();
    let one = |text: &str| vec![text.to_owned()];
    let values = [
        ("email", one("ann@example.com")),
        ("full_name", one("Ann <b>Tan</b> & 東京 \"x\"")),
        ("roles", vec!["agent".to_owned(), "supervisor".to_owned()]),
        ("flex_location", one("Singapore Office")),
    ];
    let attributes: Vec<(&str, &[String])> = values
        .iter()
        .map(|(name, values)| (*name, values.as_slice()))
        .collect();
    DownstreamResponse {
        issuer: IDP,
        flex,
        in_response_to: REQUEST,
        name_id: &NameId {
            value: "ann@example.com".to_owned(),
            format: Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".to_owned()),
        },
        attributes: &attributes,
        authentication: &Authentication {
            instant: now,
            context_class: None,
        },
        now,
    }
    .sign(&key, &SystemRandom)
    .unwrap()
}

#[test]
fn what_we_sign_strangers_read() {
    if !(peers::require("xmlsec1") && peers::require("python") && peers::require("node")) {
        return;
    }
    let by = SigningIdentity::generate("bridge");
    let flex = FlexSp {
        entity_id: "urn:flex:JQ1".to_owned(),
        acs_url: "https://login.flex.us1.twilio.com/login/callback?connection=JQ1"
            .parse()
            .unwrap(),
    };
    let xml = ours(&by, &flex, SystemClock.now());
    let question = Question {
        response: BASE64.encode(&xml),
        sp_entity_id: flex.entity_id.clone(),
        acs_url: flex.acs_url.to_string(),
        idp_entity_id: IDP.to_owned(),
        idp_certificate: by.certificate.clone(),
        request_id: Some(REQUEST.to_owned()),
        now: None,
    };
    downstream::xmlsec1(&question.response, &by.certificate).unwrap();
    let touched = BASE64.encode(xml.replacen("Singapore", "Sydney", 1));
    assert!(downstream::xmlsec1(&touched, &by.certificate).is_err());
    let python = downstream::python3_saml(&question);
    assert!(python.ok, "{:?}", python.errors);
    assert_eq!(python.name_id.as_deref(), Some("ann@example.com"));
    let passport = downstream::passport_wsfed(&question);
    assert!(passport.ok, "{:?}", passport.errors);
    assert_eq!(passport.profile["flex_location"], "Singapore Office");
    assert_eq!(passport.profile["full_name"], "Ann <b>Tan</b> & 東京 \"x\"");
    assert_eq!(
        passport
            .attribute_names
            .iter()
            .filter(|name| name.to_lowercase().starts_with("flex_location"))
            .count(),
        1
    );
}
