//! Our own enveloped signatures.

use aws_lc_rs::digest::{SHA256 as SHA256_DIGEST, digest};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    keys::SigningKey,
    saml::{
        names::{DSIG_NS, ENVELOPED, EXC_C14N, RSA_SHA256, SHA256},
        xml::{Element, Unwritable},
    },
};

const DS: (&str, &str) = ("ds", DSIG_NS);

/// Signing failed, or what was to be signed can't be written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SignFailed {
    /// A value holds a character that XML cannot carry.
    #[error(transparent)]
    Unwritable(#[from] Unwritable),
    /// The key could not sign.
    #[error("the key could not sign")]
    Key,
}

/// `element`, whose attribute `ID` is `id`, with an enveloped RSA-SHA256
/// signature right behind its first child (SAML Core §5.4).
///
/// The element is written once, without its signature; those bytes are its
/// canonical form, so the digest is taken over them directly, and the signature,
/// which declares its prefix itself, is put among them.
///
/// # Errors
/// [`SignFailed`].
pub fn sign_enveloped(element: &Element, id: &str, key: &SigningKey) -> Result<String, SignFailed> {
    let (mut bytes, second) = element.write_marking_second()?;
    let digest_value = BASE64_STANDARD.encode(digest(&SHA256_DIGEST, bytes.as_bytes()));
    let info = signed_info(id, digest_value);
    // On its own SignedInfo declares its prefix itself, which is exactly what
    // its exclusive canonical form does where it stands.
    let value = key
        .sign_sha256(info.write()?.as_bytes())
        .map_err(|_| SignFailed::Key)?;
    let signature = Element::new(DS, "Signature")
        .child(info)
        .child(Element::new(DS, "SignatureValue").text(BASE64_STANDARD.encode(value)))
        .child(key_info(key));
    bytes.insert_str(second, &signature.write()?);
    Ok(bytes)
}

fn signed_info(id: &str, digest_value: String) -> Element {
    let algorithm = |name, uri: &str| Element::new(DS, name).attribute("Algorithm", uri);
    Element::new(DS, "SignedInfo")
        .child(algorithm("CanonicalizationMethod", EXC_C14N))
        .child(algorithm("SignatureMethod", RSA_SHA256))
        .child(
            Element::new(DS, "Reference")
                .attribute("URI", format!("#{id}"))
                .child(
                    Element::new(DS, "Transforms")
                        .child(algorithm("Transform", ENVELOPED))
                        .child(algorithm("Transform", EXC_C14N)),
                )
                .child(algorithm("DigestMethod", SHA256))
                .child(Element::new(DS, "DigestValue").text(digest_value)),
        )
}

fn key_info(key: &SigningKey) -> Element {
    let certificate = Element::new(DS, "X509Certificate").text(key.certificate_base64());
    Element::new(DS, "KeyInfo").child(Element::new(DS, "X509Data").child(certificate))
}
