//! The second opinion: samael's verifier over the C library xmlsec.
//!
//! It only ever sees text that has passed the gate and the first verifier, so
//! strangers don't reach C code, and a flaw in one verifier is not enough.

use samael::crypto::{CertificateDer, Crypto, CryptoProvider, ReduceMode};

use super::{algorithm::KeyKind, shape::SignatureShape};

/// Asks whether xmlsec, too, finds every signature good, and read the same bytes.
///
/// Only `PreDigest`: the other modes leak and are quadratic. samael's allow-list
/// binds a digest to each method; where an identity provider mixes them, the
/// gate's own list, which has been passed, stands alone.
pub(super) fn ask(
    text: &str,
    certificates: &[(KeyKind, CertificateDer)],
    shapes: &[SignatureShape],
    canonical: &str,
) -> Result<(), String> {
    let allowed: Vec<_> = shapes
        .iter()
        .map(|shape| shape.method.for_samael())
        .collect();
    let mixed = shapes
        .iter()
        .any(|shape| shape.method.own_digest() != shape.digest);
    // samael gives up at the first key of another kind than the signature's.
    let fitting: Vec<_> = certificates
        .iter()
        .filter(|(kind, _)| shapes.iter().any(|shape| shape.method.key_kind() == *kind))
        .map(|(_, certificate)| certificate.clone())
        .collect();
    let read = Crypto::reduce_xml_to_signed_with_allowed_algorithms(
        text,
        &fitting,
        ReduceMode::PreDigest,
        (!mixed).then_some(&allowed),
    )
    .map_err(|error| format!("xmlsec does not accept the signature: {error}"))?;
    if read == canonical {
        Ok(())
    } else {
        Err("xmlsec read other bytes from the signed element".to_owned())
    }
}
