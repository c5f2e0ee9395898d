//! A response of which each part can be changed.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{ACS, DIGEST, IDP, Pair, REQUEST, SP, VALUE, sign};
use crate::saml::names::{RSA_SHA256, SHA256};

/// Which elements are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The assertion.
    Assertion,
    /// The response.
    Response,
    /// Both.
    Both,
    /// Neither.
    Nothing,
}

/// A response to be written; the fields are what tests change.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What is signed.
    pub signed: Signed,
    /// The signature algorithm.
    pub signature_method: &'static str,
    /// The digest algorithm.
    pub digest_method: &'static str,
    /// The `CanonicalizationMethod`, whole.
    pub canonicalisation: String,
    /// What stands in `Transforms`.
    pub transforms: String,
    /// What stands behind `SignatureValue`.
    pub key_info: String,
    /// What stands before the root.
    pub declaration: &'static str,
    /// The response's attributes.
    pub response_attributes: String,
    /// The response's issuer.
    pub response_issuer: String,
    /// `Extensions`, if any.
    pub extensions: String,
    /// The status.
    pub status: String,
    /// The assertion's attributes.
    pub assertion_attributes: String,
    /// The assertion's issuer.
    pub issuer: String,
    /// The subject.
    pub subject: String,
    /// The conditions.
    pub conditions: String,
    /// The authentication statements.
    pub statements: String,
    /// The attribute statements.
    pub attributes: String,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            signed: Signed::Assertion,
            signature_method: RSA_SHA256,
            digest_method: SHA256,
            canonicalisation: "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>".to_owned(),
            transforms: "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
                <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>".to_owned(),
            key_info: String::new(),
            declaration: "",
            response_attributes: format!("ID=\"_r\" Version=\"2.0\" IssueInstant=\"2026-03-01T09:59:59Z\" Destination=\"{ACS}\" InResponseTo=\"{REQUEST}\""),
            response_issuer: format!("<saml:Issuer>{IDP}</saml:Issuer>"),
            extensions: String::new(),
            status: "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:Status>".to_owned(),
            assertion_attributes: "ID=\"_a\" Version=\"2.0\" IssueInstant=\"2026-03-01T09:59:59Z\"".to_owned(),
            issuer: format!("<saml:Issuer>{IDP}</saml:Issuer>"),
            subject: format!("<saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress\">ann@example.com</saml:NameID><saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData NotOnOrAfter=\"2026-03-01T10:05:00Z\" Recipient=\"{ACS}\" InResponseTo=\"{REQUEST}\"/></saml:SubjectConfirmation></saml:Subject>"),
            conditions: format!("<saml:Conditions NotBefore=\"2026-03-01T09:59:00Z\" NotOnOrAfter=\"2026-03-01T10:05:00Z\"><saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"),
            statements: "<saml:AuthnStatement AuthnInstant=\"2026-03-01T09:59:58Z\" SessionIndex=\"s\"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>".to_owned(),
            attributes: "<saml:AttributeStatement><saml:Attribute Name=\"department\"><saml:AttributeValue>Singapore HQ </saml:AttributeValue></saml:Attribute></saml:AttributeStatement>".to_owned(),
        }
    }
}

impl Sample {
    /// With the one value of the attribute `department` written like this.
    pub fn with_value(written: &str) -> Self {
        Self {
            attributes: format!(
                "<saml:AttributeStatement><saml:Attribute Name=\"department\"><saml:AttributeValue>{written}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
            ),
            ..Self::default()
        }
    }

    /// The unsigned XML, with signature templates where signatures are wanted.
    pub fn template(&self) -> String {
        let Self {
            declaration,
            response_attributes,
            response_issuer,
            extensions,
            status,
            ..
        } = self;
        let on_response = matches!(self.signed, Signed::Response | Signed::Both);
        let signature = self.signature(on_response, "_r");
        let assertion = self.assertion();
        format!(
            "{declaration}<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" {response_attributes}>{response_issuer}{signature}{extensions}{status}{assertion}</samlp:Response>"
        )
    }

    fn assertion(&self) -> String {
        let Self {
            assertion_attributes,
            issuer,
            subject,
            conditions,
            statements,
            attributes,
            ..
        } = self;
        let on_assertion = matches!(self.signed, Signed::Assertion | Signed::Both);
        let signature = self.signature(on_assertion, "_a");
        format!(
            "<saml:Assertion {assertion_attributes}>{issuer}{signature}{subject}{conditions}{statements}{attributes}</saml:Assertion>"
        )
    }

    fn signature(&self, wanted: bool, id: &str) -> String {
        if !wanted {
            return String::new();
        }
        let Self {
            canonicalisation,
            signature_method,
            transforms,
            digest_method,
            key_info,
            ..
        } = self;
        format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>{canonicalisation}<ds:SignatureMethod Algorithm=\"{signature_method}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod Algorithm=\"{digest_method}\"/><ds:DigestValue>{DIGEST}</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>{VALUE}</ds:SignatureValue>{key_info}</ds:Signature>"
        )
    }

    /// The signed XML.
    pub fn xml(&self, pair: &Pair) -> String {
        sign(&self.template(), pair)
    }

    /// The `SAMLResponse` parameter.
    pub fn parameter(&self, pair: &Pair) -> String {
        encode(&self.xml(pair))
    }
}

/// XML as a parameter.
pub fn encode(xml: &str) -> String {
    BASE64_STANDARD.encode(xml)
}

/// The usual signature of the element with this ID, for documents written by hand.
pub fn signature_template(id: &str) -> String {
    Sample::default().signature(true, id)
}
