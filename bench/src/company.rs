//! The company's identity provider: answers an AuthnRequest with a fresh, signed response, as
//! fast as the signature itself allows. What it writes is canonical by construction, so that
//! the digest is taken over the very bytes that are sent.

use anyhow::{Context, Result};
use aws_lc_rs::{
    digest, rand,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{SecondsFormat, TimeDelta, Utc};

use crate::keys::Identity;

/// Who signs in: the same person each time, as one more login costs the same whoever it is.
pub const NAME_ID: &str = "ann.tan@company.example";
/// What the company knows of where the person works.
pub const OFFICE: &str = "SG-01";

/// The identity provider.
pub struct Company {
    pub entity_id: String,
    pub sso_url: String,
    key: RsaKeyPair,
    certificate: String,
    random: rand::SystemRandom,
    /// Attributes beyond what is used, so that a response has the size of a real one.
    padding: String,
}

/// What a response answers, and to whom it goes.
pub struct Asked<'a> {
    /// The AuthnRequest's ID.
    pub request_id: &'a str,
    /// The service provider's entity ID.
    pub audience: &'a str,
    /// Its ACS URL.
    pub acs_url: &'a str,
}

impl Company {
    /// One with `attributes` further attributes in each response.
    pub fn new(identity: &Identity, attributes: usize) -> Result<Self> {
        let padding = (0..attributes).map(|number| {
            attribute(
                &format!("http://schemas.company.example/claims/attribute-{number:03}"),
                &format!("value {number:03} of the company's directory"),
            )
        });
        Ok(Self {
            entity_id: "https://idp.company.example/metadata".to_owned(),
            sso_url: "https://idp.company.example/sso".to_owned(),
            key: identity.key_pair()?,
            certificate: identity.certificate_base64(),
            random: rand::SystemRandom::new(),
            padding: padding.collect(),
        })
    }

    /// Its metadata.
    pub fn metadata(&self) -> String {
        format!(
            r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{}"/></md:IDPSSODescriptor></md:EntityDescriptor>"#,
            self.entity_id, self.certificate, self.sso_url
        )
    }

    /// Its certificate, base64 of DER.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A fresh response with a signed assertion, base64.
    pub fn answer(&self, asked: &Asked<'_>) -> Result<String> {
        let now = Utc::now();
        let time = |offset: i64| {
            (now + TimeDelta::seconds(offset)).to_rfc3339_opts(SecondsFormat::Millis, true)
        };
        let (issued, before, after) = (time(0), time(-30), time(300));
        let Asked {
            request_id,
            audience,
            acs_url,
        } = asked;
        let id = self.fresh_id()?;
        let entity_id = &self.entity_id;
        let head = format!(
            r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{id}" IssueInstant="{issued}" Version="2.0"><saml:Issuer>{entity_id}</saml:Issuer>"#
        );
        let tail = format!(
            r#"<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">{NAME_ID}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="{request_id}" NotOnOrAfter="{after}" Recipient="{acs_url}"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{before}" NotOnOrAfter="{after}"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{issued}" SessionIndex="{id}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{}{}{}{}{}</saml:AttributeStatement></saml:Assertion>"#,
            attribute("email", NAME_ID),
            attribute("full_name", "Ann Tan"),
            attribute("roles", "agent"),
            attribute("office", OFFICE),
            self.padding,
        );
        let signature = self.signature(&id, &format!("{head}{tail}"))?;
        let response_id = self.fresh_id()?;
        let xml = format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="{response_id}" Version="2.0" IssueInstant="{issued}" Destination="{acs_url}" InResponseTo="{request_id}"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{entity_id}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{head}{signature}{tail}</samlp:Response>"#
        );
        Ok(BASE64_STANDARD.encode(xml))
    }

    /// The enveloped signature over `canonical`, the element's exclusive canonical form. Its
    /// certificate comes along as everybody sends it; nobody has to believe it.
    fn signature(&self, id: &str, canonical: &str) -> Result<String> {
        let digest = digest::digest(&digest::SHA256, canonical.as_bytes());
        let digest = BASE64_STANDARD.encode(digest);
        let inside = format!(
            r##"<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod><ds:Reference URI="#{id}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>"##
        );
        let canonical =
            format!(r#"<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{inside}"#);
        let value = sign(&self.key, &self.random, canonical.as_bytes())?;
        Ok(format!(
            r#"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>{inside}<ds:SignatureValue>{}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"#,
            BASE64_STANDARD.encode(value),
            self.certificate
        ))
    }

    fn fresh_id(&self) -> Result<String> {
        fresh_id(&self.random)
    }
}

/// An ID of 128 random bits, as `xs:ID` wants it.
pub fn fresh_id(random: &rand::SystemRandom) -> Result<String> {
    let mut bytes = [0; 16];
    rand::SecureRandom::fill(random, &mut bytes)
        .ok()
        .context("no random bytes")?;
    Ok(format!("_{}", hex::encode(bytes)))
}

/// RSA-SHA256.
pub fn sign(key: &RsaKeyPair, random: &rand::SystemRandom, message: &[u8]) -> Result<Vec<u8>> {
    let mut value = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, random, message, &mut value)
        .ok()
        .context("no signature")?;
    debug_assert!(!key.public_key().as_ref().is_empty());
    Ok(value)
}

fn attribute(name: &str, value: &str) -> String {
    format!(
        r#"<saml:Attribute Name="{name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"#
    )
}
