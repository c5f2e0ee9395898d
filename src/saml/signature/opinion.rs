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

#[cfg(test)]
mod tests {
    use crate::saml::{
        names::{ASSERTION_NS, DSIG_NS},
        signature::check_shape,
        testing::{EC, FOREIGN, RSA, Sample, certificates},
        xml::{Limits, Tree, canonical_subtree},
    };

    #[test]
    fn it_says_no_on_its_own() {
        let xml = Sample::default().xml(&RSA);
        let tree = Tree::parse(&xml, &Limits::RESPONSE).unwrap();
        let assertion = tree.root().only_child(ASSERTION_NS, "Assertion").unwrap();
        let signature = assertion.only_child(DSIG_NS, "Signature").unwrap();
        let shapes = [check_shape(signature).unwrap()];
        let bytes = canonical_subtree(&tree, assertion, Some(signature), &[]).unwrap();
        let trusted = certificates(&[&RSA]);
        assert_eq!(trusted.second_opinion(&xml, &shapes, &bytes), Ok(()));
        // It read other bytes than the first.
        let other = bytes.replacen("ann@", "bob@", 1);
        assert!(trusted.second_opinion(&xml, &shapes, &other).is_err());
        // The text was changed, whatever the first made of it.
        let changed = xml.replacen("ann@", "bob@", 1);
        assert!(trusted.second_opinion(&changed, &shapes, &other).is_err());
        // It knows no algorithm but the one that the gate has seen.
        let longer = Sample {
            signature_method: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            digest_method: "http://www.w3.org/2001/04/xmlenc#sha512",
            ..Sample::default()
        };
        let longer = longer.xml(&RSA);
        assert!(trusted.second_opinion(&longer, &shapes, &bytes).is_err());
        // It trusts nobody else.
        for pair in [&*FOREIGN, &*EC] {
            let others = certificates(&[pair]);
            assert!(others.second_opinion(&xml, &shapes, &bytes).is_err());
        }
    }
}
