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

/// Fills in every signature, the inner ones first, as the outer ones cover them.
pub fn sign(template: &str, pair: &Pair) -> String {
    let mut xml = normalised(template).into_owned();
    while xml.contains(VALUE) {
        xml = sign_last(&xml, pair);
    }
    xml
}

fn sign_last(xml: &str, pair: &Pair) -> String {
    let xml = {
        let tree = Tree::parse(xml, &GENEROUS).unwrap();
        let signature = last_unsigned(&tree);
        let reference = info(signature).only_child(DSIG_NS, "Reference").unwrap();
        let transforms = reference.only_child(DSIG_NS, "Transforms").unwrap();
        let signed = signature.parent().unwrap();
        let prefixes = prefixes(transforms);
        let bytes = canonical_subtree(&tree, signed, Some(signature), &prefixes).unwrap();
        let method = algorithm(reference.only_child(DSIG_NS, "DigestMethod").unwrap());
        let value = digest_of(method, bytes.as_bytes());
        let place = reference.only_child(DSIG_NS, "DigestValue").unwrap();
        fill(xml, place, DIGEST, &value)
    };
    let tree = Tree::parse(&xml, &GENEROUS).unwrap();
    let signature = last_unsigned(&tree);
    let info = info(signature);
    let prefixes = prefixes(info);
    let bytes = canonical_subtree(&tree, info, None, &prefixes).unwrap();
    let method = algorithm(info.only_child(DSIG_NS, "SignatureMethod").unwrap());
    // What is not accepted needs no value that holds: it is refused before that matters.
    let method = SignatureMethod::from_uri(method).unwrap_or(SignatureMethod::RsaSha256);
    let place = signature.only_child(DSIG_NS, "SignatureValue").unwrap();
    fill(&xml, place, VALUE, &pair.sign(method, bytes.as_bytes()))
}

fn last_unsigned<'d>(tree: &'d Tree<'_>) -> Node<'d, 'd> {
    let marked = |node: &Node<'_, '_>| {
        let value = node.only_child(DSIG_NS, "SignatureValue");
        node.is(DSIG_NS, "Signature")
            && value
                .and_then(Node::text)
                .is_some_and(|text| text.contains(VALUE))
    };
    tree.root().descendants().filter(marked).last().unwrap()
}

fn info<'d, 'a>(signature: Node<'d, 'a>) -> Node<'d, 'a> {
    signature.only_child(DSIG_NS, "SignedInfo").unwrap()
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

fn fill(xml: &str, place: Node<'_, '_>, mark: &str, value: &[u8]) -> String {
    let range = place.source_range().unwrap();
    let filled = xml[range.clone()].replacen(mark, &BASE64_STANDARD.encode(value), 1);
    format!("{}{filled}{}", &xml[..range.start], &xml[range.end..])
}
