//! Responses as identity providers write them, for the tests of this module:
//! signed by another implementation than the one that signs for Flex.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use bergshamra::{DsigContext, KeyUsage, KeysManager, keys::loader};

use crate::{
    clock::Timestamp,
    keys::SigningKey,
    saml::{signature::TrustedCertificates, sp::Trust},
    settings::Secret,
};

/// The identity provider's entity ID.
pub const IDP: &str = "https://idp.example/entity";
/// Our entity ID.
pub const SP: &str = "https://sso.example/saml/sp/hq";
/// Our assertion consumer service.
pub const ACS: &str = "https://sso.example/saml/sp/hq/acs";
/// The ID of the request that is answered.
pub const REQUEST: &str = "_request";

/// A key pair made for a test.
pub struct Pair {
    /// The private key, PEM.
    pub key_pem: String,
    /// The private key, PKCS#8.
    pub key_der: Vec<u8>,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
}

impl Pair {
    /// Makes a pair.
    pub fn generate(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["idp.example".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        Self {
            key_pem: key.serialize_pem(),
            key_der: key.serialize_der(),
            certificate: certificate.der().to_vec(),
        }
    }

    /// As the key that signs for Flex.
    pub fn signing_key(&self) -> SigningKey {
        let certificate = pem(&self.certificate);
        let key = Secret::new(self.key_pem.clone());
        SigningKey::from_pem(certificate.as_bytes(), &key).unwrap()
    }
}

fn pem(der: &[u8]) -> String {
    let body = BASE64_STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
}

/// The identity provider's key, made once: RSA keys take their time.
pub static RSA: LazyLock<Pair> = LazyLock::new(|| Pair::generate(&rcgen::PKCS_RSA_SHA256));
/// Somebody else's key.
pub static FOREIGN: LazyLock<Pair> = LazyLock::new(|| Pair::generate(&rcgen::PKCS_RSA_SHA256));
/// An ECDSA key.
pub static EC: LazyLock<Pair> = LazyLock::new(|| Pair::generate(&rcgen::PKCS_ECDSA_P256_SHA256));

/// Metadata of an identity provider that signs with these, as written by a
/// plain implementation; `attributes` go to its EntityDescriptor.
pub fn idp_metadata(entity_id: &str, pairs: &[&Pair], attributes: &str) -> String {
    let key = |pair: &&Pair| {
        let certificate = BASE64_STANDARD.encode(&pair.certificate);
        format!(
            "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        )
    };
    let keys: String = pairs.iter().map(key).collect();
    format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{entity_id}\" {attributes}><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

/// Trust in these.
pub fn trust(pairs: &[&Pair]) -> Trust {
    let certificates = pairs.iter().map(|pair| pair.certificate.clone()).collect();
    Trust {
        entity_id: IDP.to_owned(),
        certificates: TrustedCertificates::new(certificates).unwrap(),
        second_opinion: true,
    }
}

/// When the responses are made.
pub fn now() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

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
    pub signed: Signed,
    pub signature_method: &'static str,
    pub digest_method: &'static str,
    pub canonicalisation: &'static str,
    pub transforms: &'static str,
    pub object: &'static str,
    pub declaration: &'static str,
    pub response_attributes: String,
    pub response_issuer: String,
    pub status: String,
    pub assertion_attributes: String,
    pub issuer: String,
    pub subject: String,
    pub conditions: String,
    pub statements: String,
    pub attributes: String,
}

const XMLDSIG_MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

impl Default for Sample {
    fn default() -> Self {
        Self {
            signed: Signed::Assertion,
            signature_method: XMLDSIG_MORE,
            digest_method: "http://www.w3.org/2001/04/xmlenc#sha256",
            canonicalisation: "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>",
            transforms: "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
                <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>",
            object: "",
            declaration: "",
            response_attributes: format!("ID=\"_r\" Version=\"2.0\" IssueInstant=\"2026-03-01T09:59:59Z\" Destination=\"{ACS}\" InResponseTo=\"{REQUEST}\""),
            response_issuer: format!("<saml:Issuer>{IDP}</saml:Issuer>"),
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
    /// The unsigned XML with signature templates where signatures are wanted.
    pub fn template(&self) -> String {
        let signature = |wanted: bool, id: &str| {
            if wanted {
                self.signature_template(id)
            } else {
                String::new()
            }
        };
        let on_response = matches!(self.signed, Signed::Response | Signed::Both);
        let on_assertion = matches!(self.signed, Signed::Assertion | Signed::Both);
        format!(
            "{}<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" {}>{}{}{}<saml:Assertion {}>{}{}{}{}{}{}</saml:Assertion></samlp:Response>",
            self.declaration,
            self.response_attributes,
            self.response_issuer,
            signature(on_response, "_r"),
            self.status,
            self.assertion_attributes,
            self.issuer,
            signature(on_assertion, "_a"),
            self.subject,
            self.conditions,
            self.statements,
            self.attributes,
        )
    }

    fn signature_template(&self, id: &str) -> String {
        format!(
            "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>{}<ds:SignatureMethod Algorithm=\"{}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>{}</ds:Transforms><ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>{}</ds:Signature>",
            self.canonicalisation,
            self.signature_method,
            self.transforms,
            self.digest_method,
            self.object,
        )
    }

    /// The signed XML.
    pub fn xml(&self, pair: &Pair) -> String {
        sign(&self.template(), pair)
    }

    /// The `SAMLResponse` parameter.
    pub fn parameter(&self, pair: &Pair) -> String {
        BASE64_STANDARD.encode(self.xml(pair))
    }
}

/// Fills in every signature template, the inner ones first.
pub fn sign(template: &str, pair: &Pair) -> String {
    let mut xml = template.to_owned();
    // The inner signature first, as the outer one covers it.
    while let Some(at) = xml.rfind("<ds:SignatureValue/>") {
        let from = xml[..at].rfind("<ds:Signature ").unwrap();
        let to = at + xml[at..].find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        let template = xml[from..to].to_owned();
        xml = sign_one(&xml, &template, pair);
    }
    xml
}

/// Signs the one template, with any other left out of the way of `sign`, which takes the first.
fn sign_one(xml: &str, template: &str, pair: &Pair) -> String {
    let id = template
        .split("URI=\"#")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let element_at = xml.find(&format!("ID=\"{id}\"")).unwrap();
    let start = xml[..element_at].rfind('<').unwrap();
    let name: String = xml[start + 1..]
        .chars()
        .take_while(|c| !c.is_whitespace())
        .collect();
    let close = format!("</{name}>");
    let end = start + xml[start..].find(&close).unwrap() + close.len();
    // On its own the element needs the prefixes that its surroundings declare.
    let declarations = "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let alone = name == "saml:Assertion" && !xml[start..end].starts_with(&format!("<{name} xmlns"));
    let mut piece = xml[start..end].to_owned();
    if alone {
        piece.insert_str(1 + name.len(), &format!(" {declarations}"));
    }
    let key = if pair.key_pem.contains("EC ") || pair.key_der.len() < 500 {
        loader::load_ec_p256_private_pem(pair.key_pem.as_bytes()).unwrap()
    } else {
        loader::load_rsa_private_pem(pair.key_pem.as_bytes()).unwrap()
    };
    let _ = KeyUsage::Sign;
    let mut keys = KeysManager::new();
    keys.add_key(key);
    let mut signed = bergshamra::sign(&DsigContext::new_permissive(keys), &piece).unwrap();
    if alone {
        signed = signed.replacen(&format!(" {declarations}"), "", 1);
    }
    format!("{}{}{}", &xml[..start], signed, &xml[end..])
}
