//! What a signature may look like, before anyone computes anything (SAML Core §5.4).

use crate::saml::{
    names::{DSIG_NS, ENVELOPED, EXC_C14N},
    xml::{Node, is_id},
};

use super::algorithm::{Digest, SignatureMethod};

/// The most prefixes of an `InclusiveNamespaces`; real ones name two or three.
const MOST_PREFIXES: usize = 64;

/// What is wrong with a signature's shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureProblem {
    /// Its place, structure or reference.
    #[error("{0}")]
    Place(String),
    /// One of its algorithms or transforms.
    #[error("{0}")]
    Algorithm(String),
}

/// A signature whose shape is acceptable. Whether it holds is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureShape {
    /// Its algorithm.
    pub method: SignatureMethod,
    /// The digest of its one reference.
    pub digest: Digest,
    /// The `PrefixList` of its reference's canonicalisation.
    pub inclusive_prefixes: Vec<String>,
}

fn place<T>(what: impl Into<String>) -> Result<T, SignatureProblem> {
    Err(SignatureProblem::Place(what.into()))
}

fn algorithm<T>(what: impl Into<String>) -> Result<T, SignatureProblem> {
    Err(SignatureProblem::Algorithm(what.into()))
}

/// Checks that `signature` is an enveloped signature of the element it stands
/// in, with accepted algorithms, and nothing else (SAML Core §5.4.2 to §5.4.4).
///
/// # Errors
/// [`SignatureProblem`]: the first thing that is not as it must be.
pub fn check_shape(signature: Node<'_, '_>) -> Result<SignatureShape, SignatureProblem> {
    let Some(signed) = signature.parent() else {
        return place("a signature on its own");
    };
    // Anything but a plain ID could be an XPointer expression once `#` stands before it.
    let Some(id) = signed.attribute("ID").filter(|id| is_id(id)) else {
        return place("the signed element has no usable ID");
    };
    let info = check_parts(signature)?;
    check_attributes(signature, info)?;
    let mut parts = info.children();
    let (Some(canonicalisation), Some(method), Some(reference), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return place("SignedInfo must hold one canonicalisation, one method and one reference");
    };
    check_canonicalisation(canonicalisation)?;
    let method = read_method(method)?;
    if !reference.is(DSIG_NS, "Reference") {
        return place("SignedInfo holds something other than one reference");
    }
    if reference.attribute("URI") != Some(&format!("#{id}")) {
        return place("the reference is not to the element that the signature stands in");
    }
    let (inclusive_prefixes, digest) = read_reference(reference)?;
    Ok(SignatureShape {
        method,
        digest,
        inclusive_prefixes,
    })
}

fn check_parts<'d, 'a>(signature: Node<'d, 'a>) -> Result<Node<'d, 'a>, SignatureProblem> {
    let mut parts = signature.children();
    let (Some(info), Some(value)) = (parts.next(), parts.next()) else {
        return place("the signature is incomplete");
    };
    if !info.is(DSIG_NS, "SignedInfo") || !value.is(DSIG_NS, "SignatureValue") {
        return place("the signature's parts are not SignedInfo and SignatureValue");
    }
    if value.text().is_none() {
        return place("an element stands in SignatureValue");
    }
    if let Some(key_info) = parts.next() {
        check_key_info(key_info)?;
    }
    if parts.next().is_some() {
        return place("the signature holds more than it may");
    }
    Ok(info)
}

/// Nothing in `KeyInfo` decides anything; but nothing in it may say where to fetch a key, either.
fn check_key_info(key_info: Node<'_, '_>) -> Result<(), SignatureProblem> {
    if !key_info.is(DSIG_NS, "KeyInfo") {
        return place("the signature holds an object, or something unknown");
    }
    let fetches = |node: Node<'_, '_>| {
        let name = node.local_name();
        matches!(
            name,
            "RetrievalMethod" | "KeyInfoReference" | "CipherReference"
        )
    };
    if key_info.descendants().any(fetches) {
        return place("KeyInfo refers to a key somewhere else");
    }
    Ok(())
}

/// XML Signature knows no attribute with a namespace. There are verifiers that
/// look attributes up by local name alone: to them `x:URI` before `URI` is the
/// reference, and `x:Algorithm` the algorithm.
fn check_attributes(signature: Node<'_, '_>, info: Node<'_, '_>) -> Result<(), SignatureProblem> {
    let mut nodes = std::iter::once(signature).chain(info.descendants());
    if nodes.any(Node::has_attributes_of_namespaces) {
        return place("an attribute of a foreign namespace stands in a signature");
    }
    Ok(())
}

fn check_canonicalisation(node: Node<'_, '_>) -> Result<(), SignatureProblem> {
    if !node.is(DSIG_NS, "CanonicalizationMethod") {
        return place("SignedInfo does not begin with its canonicalisation");
    }
    if node.attribute("Algorithm") != Some(EXC_C14N) {
        return algorithm("the canonicalisation is not exclusive C14N without comments");
    }
    read_prefixes(node).map(drop)
}

fn read_method(node: Node<'_, '_>) -> Result<SignatureMethod, SignatureProblem> {
    if !node.is(DSIG_NS, "SignatureMethod") || node.children().next().is_some() {
        return place("SignatureMethod is missing or has parameters");
    }
    let uri = node.attribute("Algorithm").unwrap_or_default();
    SignatureMethod::from_uri(uri)
        .ok_or_else(|| SignatureProblem::Algorithm(format!("signature algorithm {uri:.100}")))
}

fn read_reference(reference: Node<'_, '_>) -> Result<(Vec<String>, Digest), SignatureProblem> {
    let mut parts = reference.children();
    let (Some(transforms), Some(method), Some(value), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return place("the reference must hold transforms, one digest method and one digest");
    };
    let named = transforms.is(DSIG_NS, "Transforms")
        && method.is(DSIG_NS, "DigestMethod")
        && value.is(DSIG_NS, "DigestValue");
    if !named || method.children().next().is_some() || value.text().is_none() {
        return place("the reference's parts are not transforms, digest method and digest");
    }
    let prefixes = read_transforms(transforms)?;
    let uri = method.attribute("Algorithm").unwrap_or_default();
    match Digest::from_uri(uri) {
        Some(digest) => Ok((prefixes, digest)),
        None => algorithm(format!("digest algorithm {uri:.100}")),
    }
}

fn read_transforms(transforms: Node<'_, '_>) -> Result<Vec<String>, SignatureProblem> {
    let mut steps = transforms.children();
    let (Some(enveloped), Some(canonical), None) = (steps.next(), steps.next(), steps.next())
    else {
        return algorithm("the transforms are not enveloped-signature and exclusive C14N");
    };
    let fits = [(enveloped, ENVELOPED), (canonical, EXC_C14N)]
        .into_iter()
        .all(|(step, uri)| {
            step.is(DSIG_NS, "Transform") && step.attribute("Algorithm") == Some(uri)
        });
    if !fits || enveloped.children().next().is_some() {
        return algorithm("the transforms are not enveloped-signature and exclusive C14N");
    }
    read_prefixes(canonical)
}

/// The `PrefixList` of `InclusiveNamespaces`, the one child that exclusive C14N may have.
fn read_prefixes(node: Node<'_, '_>) -> Result<Vec<String>, SignatureProblem> {
    let mut children = node.children();
    let Some(list) = children.next() else {
        return Ok(Vec::new());
    };
    if !list.is(EXC_C14N, "InclusiveNamespaces") || children.next().is_some() {
        return algorithm("the canonicalisation has parameters other than InclusiveNamespaces");
    }
    // xmlsec fails on one without a list.
    let Some(prefixes) = list.attribute("PrefixList") else {
        return algorithm("InclusiveNamespaces without a PrefixList");
    };
    let prefixes: Vec<_> = prefixes
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect();
    if prefixes.len() > MOST_PREFIXES {
        return algorithm("InclusiveNamespaces with more than 64 prefixes");
    }
    Ok(prefixes)
}
