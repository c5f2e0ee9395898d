//! What SimpleSAMLphp is told about a service provider.

use serde_json::{Value, json};

/// What SimpleSAMLphp signs for a service provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    /// The assertion alone.
    Assertion,
    /// The response alone.
    Response,
    /// Both.
    Both,
}

/// How it names the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameIdFormat {
    /// An opaque name, the same every time, made from `uid`.
    Persistent,
    /// The attribute `mail`.
    EmailAddress,
}

/// The `NameFormat` of every attribute it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFormat {
    /// `…:attrname-format:basic`.
    Basic,
    /// `…:attrname-format:uri`.
    Uri,
    /// `…:attrname-format:unspecified`.
    Unspecified,
}

/// A service provider that SimpleSAMLphp knows.
#[derive(Debug, Clone)]
pub struct SpMetadata {
    /// Its entity ID.
    pub entity_id: String,
    /// Where it takes responses by HTTP-POST.
    pub acs_url: String,
    /// Its certificate, PEM: for signed requests and for encryption.
    pub certificate: Option<String>,
    /// What is signed for it.
    pub signs: Signs,
    /// How it is told the person.
    pub name_id: NameIdFormat,
    /// How attributes are called.
    pub name_format: NameFormat,
    /// Whether every AuthnRequest of it must be signed by `certificate`.
    pub require_signed_requests: bool,
    /// Whether assertions are encrypted for `certificate`.
    pub encrypt: bool,
}

impl SpMetadata {
    /// A service provider that gets both signatures, the e-mail address as
    /// NameID, and need not sign.
    pub fn new(entity_id: impl Into<String>, acs_url: impl Into<String>) -> Self {
        Self {
            entity_id: entity_id.into(),
            acs_url: acs_url.into(),
            certificate: None,
            signs: Signs::Both,
            name_id: NameIdFormat::EmailAddress,
            name_format: NameFormat::Basic,
            require_signed_requests: false,
            encrypt: false,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "entity_id": self.entity_id,
            "acs_url": self.acs_url,
            "certificate": self.certificate.as_deref().map(pem_body),
            "sign_assertion": self.signs != Signs::Response,
            "sign_response": self.signs != Signs::Assertion,
            "name_id_format": match self.name_id {
                NameIdFormat::Persistent => "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
                NameIdFormat::EmailAddress => "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
            },
            "attribute_name_format": match self.name_format {
                NameFormat::Basic => "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
                NameFormat::Uri => "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
                NameFormat::Unspecified => "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
            },
            "require_signed_requests": self.require_signed_requests,
            "encrypt_assertion": self.encrypt,
        })
    }
}

/// The base64 inside a PEM block, on one line, as metadata hold it.
fn pem_body(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}
