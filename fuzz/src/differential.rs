//! Two verifiers, bergshamra and xmlsec, are asked about everything that passes the gate, signed or
//! not, changed or not: they say the same, and read the same bytes. What begins with `W` goes to
//! the canonical writer instead, against bergshamra's canonicalisation.

use base64::{Engine, prelude::BASE64_STANDARD};
use flexbridge::saml::{
    names::DSIG_NS,
    signature::{SignatureShape, check_shape},
    sp::Check,
    testing::{EC, RSA, VALUE, try_sign},
    xml::{Limits, Node, Tree, canonical_subtree, normalised},
};

use crate::{common, edit, writer};

/// One document.
pub fn run(data: &[u8]) {
    if let Some(script) = data.strip_prefix(b"W") {
        return writer::run(script);
    }
    let Some((text, edits)) = edit::split(data) else {
        return;
    };
    let pair = if text.contains("#ecdsa-sha") {
        &EC
    } else {
        &RSA
    };
    let signed = if text.contains(VALUE) {
        try_sign(text, pair)
    } else {
        Some(text.to_owned())
    };
    let Some(signed) = signed else { return };
    let changed = edit::apply(&signed, edits);
    let Ok(changed) = std::str::from_utf8(&changed) else {
        return;
    };
    let (_, stages) = common::judge(&BASE64_STANDARD.encode(changed));
    if stages.contains(&Check::Gate) {
        agree(&normalised(changed));
    }
}

fn agree(text: &str) {
    let tree = Tree::parse(text, &Limits::RESPONSE).expect("it passed the gate");
    let is_signature = |node: &Node<'_, '_>| node.is(DSIG_NS, "Signature");
    let found = tree.root().descendants().filter(is_signature);
    let signatures: Vec<(Node<'_, '_>, SignatureShape)> = found
        .map(|node| (node, check_shape(node).expect("it passed the gate")))
        .collect();
    let Some((signature, shape)) = outermost(&tree, &signatures) else {
        // An encrypted assertion that nobody signed.
        return;
    };
    let certificates = &common::TRUST.certificates;
    let first = certificates.verify(&tree, &signatures);
    let signed = signature.parent().expect("an element above");
    let bytes = canonical_subtree(&tree, signed, Some(signature), &shape.inclusive_prefixes)
        .expect("it can be canonicalised");
    let shapes: Vec<_> = signatures.iter().map(|(_, shape)| shape.clone()).collect();
    let second = certificates.second_opinion(text, &shapes, &bytes);
    assert_eq!(first.is_ok(), second.is_ok(), "{first:?}, {second:?}");
}

fn outermost<'t, 'd, 'a>(
    tree: &'d Tree<'a>,
    signatures: &'t [(Node<'d, 'a>, SignatureShape)],
) -> Option<(Node<'d, 'a>, &'t SignatureShape)> {
    let of_root = signatures
        .iter()
        .find(|(node, _)| node.parent() == Some(tree.root()));
    let (node, shape) = of_root.or_else(|| signatures.first())?;
    Some((*node, shape))
}
