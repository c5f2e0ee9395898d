//! Signs documents of any style, in which the places for digest and value are marked.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use base64::{Engine, prelude::BASE64_STANDARD};

use super::Pair;
use crate::saml::{
    names::{DSIG_NS, EXC_C14N},
    signature::{Digest, SignatureMethod},
    xml::{Limits, Node, Tree, canonical_subtree, normalised},
};

/// Stands in a template where the digest goes.
pub const DIGEST: &str = "(digest)";
/// Stands in a template where the signature value goes.
pub const VALUE: &str = "(value)";

const GENEROUS: Limits = Limits {
    bytes: usize::MAX,
    depth: 1_000,
    elements: usize::MAX,
    attributes: usize::MAX,
    namespaces: usize::MAX,
    comments: true,
};

/// No document has more signatures than this; fuzzing tries.
const MOST_SIGNATURES: usize = 4;

/// Fills in every signature, the inner ones first, as the outer ones cover them.
pub fn sign(template: &str, pair: &Pair) -> String {
    try_sign(template, pair).unwrap()
}

/// The same of what may be no document, or have its marks anywhere.
pub fn try_sign(template: &str, pair: &Pair) -> Option<String> {
    let mut xml = normalised(template).into_owned();
    if xml.matches(VALUE).count() > MOST_SIGNATURES {
        return None;
    }
    while xml.contains(VALUE) {
        xml = sign_last(&xml, pair)?;
    }
    Some(xml)
}

fn sign_last(xml: &str, pair: &Pair) -> Option<String> {
    let xml = {
        let tree = Tree::parse(xml, &GENEROUS).ok()?;
        let signature = last_unsigned(&tree)?;
        let reference = info(signature)?.only_child(DSIG_NS, "Reference")?;
        let transforms = reference.only_child(DSIG_NS, "Transforms")?;
        let signed = signature.parent()?;
        let prefixes = prefixes(transforms);
        let bytes = canonical_subtree(&tree, signed, Some(signature), &prefixes).ok()?;
        let method = algorithm(reference.only_child(DSIG_NS, "DigestMethod")?);
        let value = digest_of(method, bytes.as_bytes());
        let place = reference.only_child(DSIG_NS, "DigestValue")?;
        fill(xml, place, DIGEST, &value)?
    };
    let tree = Tree::parse(&xml, &GENEROUS).ok()?;
    let signature = last_unsigned(&tree)?;
    let info = info(signature)?;
    let prefixes = prefixes(info);
    let bytes = canonical_subtree(&tree, info, None, &prefixes).ok()?;
    let method = algorithm(info.only_child(DSIG_NS, "SignatureMethod")?);
    // What is not accepted needs no value that holds: it is refused before that matters.
    let method = SignatureMethod::from_uri(method).unwrap_or(SignatureMethod::RsaSha256);
    let place = signature.only_child(DSIG_NS, "SignatureValue")?;
    fill(
        &xml,
        place,
        VALUE,
        &pair.try_sign(method, bytes.as_bytes())?,
    )
}

fn last_unsigned<'d>(tree: &'d Tree<'_>) -> Option<Node<'d, 'd>> {
    let marked = |node: &Node<'_, '_>| {
        let value = node.only_child(DSIG_NS, "SignatureValue");
        node.is(DSIG_NS, "Signature")
            && value
                .and_then(Node::text)
                .is_some_and(|text| text.contains(VALUE))
    };
    tree.root().descendants().filter(marked).last()
}

fn info<'d, 'a>(signature: Node<'d, 'a>) -> Option<Node<'d, 'a>> {
    signature.only_child(DSIG_NS, "SignedInfo")
}

fn algorithm<'d>(node: Node<'d, '_>) -> &'d str {
    node.attribute("Algorithm").unwrap_or_default()
}

/// The prefixes that a canonicalisation directly below `node` includes.
fn prefixes(node: Node<'_, '_>) -> Vec<String> {
    let list = node
        .children()
        .find_map(|step| step.only_child(EXC_C14N, "InclusiveNamespaces"));
    let list = list.and_then(|list| list.attribute("PrefixList"));
    list.unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

fn digest_of(method: &str, bytes: &[u8]) -> Vec<u8> {
    let algorithm = match Digest::from_uri(method) {
        Some(Digest::Sha384) => &SHA384,
        Some(Digest::Sha512) => &SHA512,
        // What is not accepted needs no digest that holds, either.
        Some(Digest::Sha256) | None => &SHA256,
    };
    digest(algorithm, bytes).as_ref().to_vec()
}

fn fill(xml: &str, place: Node<'_, '_>, mark: &str, value: &[u8]) -> Option<String> {
    let range = place.source_range()?;
    let marked = &xml[range.clone()];
    // Written in another way than as it is, it would be looked for again and again.
    let filled = marked
        .contains(mark)
        .then(|| marked.replacen(mark, &BASE64_STANDARD.encode(value), 1))?;
    Some(format!(
        "{}{filled}{}",
        &xml[..range.start],
        &xml[range.end..]
    ))
}
