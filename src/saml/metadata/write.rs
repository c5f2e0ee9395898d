//! Writing our own metadata.

use crate::{
    keys::{DecryptionKey, SigningKey},
    saml::{
        encryption::{Cipher, Decryption, TRANSPORTS},
        names::{DSIG_NS, HTTP_POST, HTTP_REDIRECT, METADATA_NS, PROTOCOL_NS},
        sp::Endpoints,
        xml::{Element, Unwritable},
    },
};

const MD: (&str, &str) = ("md", METADATA_NS);
const DS: (&str, &str) = ("ds", DSIG_NS);

/// Our metadata as service provider of one identity provider (Metadata §2.4.4).
///
/// # Errors
/// [`Unwritable`], which a checked configuration rules out.
pub fn sp_metadata<'a>(
    endpoints: &Endpoints,
    signs_requests: bool,
    keys: impl IntoIterator<Item = &'a SigningKey>,
    decryption: &Decryption,
) -> Result<String, Unwritable> {
    let encrypting = decryption.keys.all().iter();
    let acs = Element::new(MD, "AssertionConsumerService")
        .attribute("Binding", HTTP_POST)
        .attribute("Location", &*endpoints.acs_url)
        .attribute("index", "0")
        .attribute("isDefault", "true");
    let role = Element::new(MD, "SPSSODescriptor")
        .attribute(
            "AuthnRequestsSigned",
            if signs_requests { "true" } else { "false" },
        )
        .attribute("WantAssertionsSigned", "true")
        .attribute("protocolSupportEnumeration", PROTOCOL_NS)
        .children(keys.into_iter().map(signing_descriptor))
        .children(encrypting.map(|key| encryption_descriptor(key, decryption.allow_cbc)))
        .child(acs);
    document(&endpoints.entity_id, role)
}

/// Our metadata as the identity provider of one Flex account (Metadata §2.4.3).
///
/// # Errors
/// [`Unwritable`], which a checked configuration rules out.
pub fn idp_metadata<'a>(
    entity_id: &str,
    sso_url: &str,
    wants_signed_requests: bool,
    keys: impl IntoIterator<Item = &'a SigningKey>,
) -> Result<String, Unwritable> {
    let sso = |binding: &str| {
        Element::new(MD, "SingleSignOnService")
            .attribute("Binding", binding)
            .attribute("Location", sso_url)
    };
    let role = Element::new(MD, "IDPSSODescriptor")
        .attribute(
            "WantAuthnRequestsSigned",
            if wants_signed_requests {
                "true"
            } else {
                "false"
            },
        )
        .attribute("protocolSupportEnumeration", PROTOCOL_NS)
        .children(keys.into_iter().map(signing_descriptor))
        .children([sso(HTTP_REDIRECT), sso(HTTP_POST)]);
    document(entity_id, role)
}

fn document(entity_id: &str, role: Element) -> Result<String, Unwritable> {
    let entity = Element::new(MD, "EntityDescriptor")
        .attribute("entityID", entity_id)
        .child(role);
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n",
        entity.write()?
    ))
}

fn signing_descriptor(key: &SigningKey) -> Element {
    key_descriptor("signing", key.certificate_base64())
}

/// What may be encrypted with, the ones to prefer first (Metadata §2.4.1.1).
fn encryption_descriptor(key: &DecryptionKey, allow_cbc: bool) -> Element {
    let method = |uri: &str| Element::new(MD, "EncryptionMethod").attribute("Algorithm", uri);
    let ciphers = Cipher::ALL
        .into_iter()
        .filter(|cipher| cipher.authenticates() || allow_cbc);
    key_descriptor("encryption", key.certificate_base64())
        .children(ciphers.map(|cipher| method(cipher.uri())))
        .children(TRANSPORTS.map(method))
}

fn key_descriptor(purpose: &str, certificate: &str) -> Element {
    let certificate = Element::new(DS, "X509Certificate").text(certificate);
    let info = Element::new(DS, "KeyInfo").child(Element::new(DS, "X509Data").child(certificate));
    Element::new(MD, "KeyDescriptor")
        .attribute("use", purpose)
        .child(info)
}
