//! The company's identity provider: writes a response in canonical form and signs its assertion,
//! as large as the bench wants it.

use std::fmt::Write as _;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{SecondsFormat, TimeDelta};
use flexbridge::{clock::Timestamp, keys::GeneratedPair};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};

/// Its entity ID.
pub const ENTITY_ID: &str = "https://idp.company.example/metadata";
/// The agent.
pub const AGENT: &str = "ann.tan@company.example";
/// What the agent's `office` says.
pub const OFFICE: &str = "SG-01";

/// The company.
pub struct Company {
    key: RsaKeyPair,
    /// Its certificate, base64 of DER.
    pub certificate: String,
    /// The same in DER.
    pub certificate_der: Vec<u8>,
}

/// Which request is answered, and for whom.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub request_id: &'a str,
    pub audience: &'a str,
    pub acs_url: &'a str,
    pub now: Timestamp,
}

/// What is said of the agent besides what a login needs.
#[derive(Clone, Default)]
pub struct Says {
    /// Further attributes with one value each.
    pub attributes: usize,
    /// Values of `groups`.
    pub groups: usize,
    /// Values of `office` before the one that counts.
    pub offices: usize,
}

impl Company {
    /// One with this key.
    pub fn new(pair: &GeneratedPair) -> Self {
        Self::from_pem(
            pair.private_key_pem.expose(),
            pair.key.certificate_der().to_vec(),
        )
    }

    /// One with this key, PEM.
    pub fn from_pem(private_key: &str, certificate_der: Vec<u8>) -> Self {
        let key = PrivatePkcs8KeyDer::from_pem_slice(private_key.as_bytes()).unwrap();
        Self {
            key: RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap(),
            certificate: BASE64_STANDARD.encode(&certificate_der),
            certificate_der,
        }
    }

    /// Its metadata.
    pub fn metadata(&self) -> String {
        format!(
            r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{ENTITY_ID}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.company.example/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>"#,
            self.certificate
        )
    }

    /// The response of that number, base64: its IDs follow from the number alone.
    pub fn answer(&self, asked: Asked<'_>, says: &Says, number: u64) -> String {
        let Asked {
            request_id,
            audience,
            acs_url,
            now,
        } = asked;
        let time = |offset: i64| {
            (now + TimeDelta::seconds(offset)).to_rfc3339_opts(SecondsFormat::Millis, true)
        };
        let (issued, before, after) = (time(0), time(-30), time(300));
        let id = format!("_a{number:031x}");
        let head = format!(
            r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" IssueInstant="{issued}" Version="2.0"><saml:Issuer>{ENTITY_ID}</saml:Issuer>"#
        );
        let tail = format!(
            r#"<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">{AGENT}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="{request_id}" NotOnOrAfter="{after}" Recipient="{acs_url}"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{before}" NotOnOrAfter="{after}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{issued}" SessionIndex="{id}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{}</saml:AttributeStatement></saml:Assertion>"#,
            statements(says)
        );
        let signature = self.signature(&id, &format!("{head}{tail}"));
        let xml = format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r{number:031x}" Version="2.0" IssueInstant="{issued}" Destination="{acs_url}" InResponseTo="{request_id}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{ENTITY_ID}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{head}{signature}{tail}</samlp:Response>"#
        );
        BASE64_STANDARD.encode(xml)
    }

    /// The enveloped signature over `canonical`, with the certificate in it as everybody sends it.
    fn signature(&self, id: &str, canonical: &str) -> String {
        let digest = BASE64_STANDARD.encode(digest(&SHA256, canonical.as_bytes()));
        let inside = format!(
            r##"<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod><ds:Reference URI="#{id}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"##
        );
        let message =
            format!(r#"<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{inside}"#);
        let mut value = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut value)
            .unwrap();
        format!(
            r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>{inside}<ds:SignatureValue>{}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"#,
            BASE64_STANDARD.encode(value),
            self.certificate
        )
    }
}

fn statements(says: &Says) -> String {
    let mut text = String::new();
    for (name, value) in [
        ("email", AGENT),
        ("full_name", "Ann Tan"),
        ("roles", "agent"),
    ] {
        attribute(&mut text, name, [value.to_owned()]);
    }
    let offices = (0..says.offices).map(|number| format!("NOWHERE-{number:04}"));
    attribute(&mut text, "office", offices.chain([OFFICE.to_owned()]));
    let groups = (0..says.groups)
        .map(|number| format!("CN=Group number {number:04},OU=Groups,DC=company,DC=example"));
    if says.groups > 0 {
        attribute(&mut text, "groups", groups);
    }
    for number in 0..says.attributes {
        let name = format!("http://schemas.company.example/claims/attribute-{number:03}");
        let value = format!("value {number:03} of the company's directory");
        attribute(&mut text, &name, [value]);
    }
    text
}

fn attribute(text: &mut String, name: &str, values: impl IntoIterator<Item = String>) {
    let _ = write!(
        text,
        r#"<saml:Attribute Name="{name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">"#
    );
    for value in values {
        let _ = write!(text, "<saml:AttributeValue>{value}</saml:AttributeValue>");
    }
    text.push_str("</saml:Attribute>");
}
