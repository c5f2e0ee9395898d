//! What a response must look like before anyone computes anything.
//!
//! Every wrapping, exclusion, DTD, encoding, transform and weak-algorithm attack
//! known stops here, in microseconds, whoever signed it.

use crate::{
    identity::{Refusal, RefusalCode},
    saml::{
        names::{ASSERTION_NS, DSIG_NS, ENC_NS, ENC11_NS, PROTOCOL_NS},
        signature::{SignatureProblem, SignatureShape, check_shape},
        xml::{Node, Tree, XmlError, is_id},
    },
};

/// A response of acceptable shape. Nothing it says has been proven.
pub(super) struct Gated<'d, 'a> {
    /// The `samlp:Response`.
    pub response: Node<'d, 'a>,
    /// Its one assertion, in the clear or encrypted.
    pub assertion: Node<'d, 'a>,
    /// Its signatures in document order, each directly in the response or the assertion.
    pub signatures: Vec<(Node<'d, 'a>, SignatureShape)>,
}

impl<'d, 'a> Gated<'d, 'a> {
    /// The signature that stands in `element`.
    pub(super) fn signature_of(
        &self,
        element: Node<'d, 'a>,
    ) -> Option<&(Node<'d, 'a>, SignatureShape)> {
        self.signatures
            .iter()
            .find(|(node, _)| node.parent() == Some(element))
    }
}

impl From<XmlError> for Refusal {
    fn from(error: XmlError) -> Self {
        let code = match error {
            XmlError::TooLarge(_) => RefusalCode::ResponseTooLarge,
            XmlError::Malformed(_) => RefusalCode::ResponseMalformed,
            XmlError::Forbidden(_) => RefusalCode::ResponseForbidden,
        };
        Self::new(code, error.to_string())
    }
}

impl From<SignatureProblem> for Refusal {
    fn from(problem: SignatureProblem) -> Self {
        let code = match problem {
            SignatureProblem::Place(_) => RefusalCode::SignaturePlace,
            SignatureProblem::Algorithm(_) => RefusalCode::SignatureAlgorithm,
        };
        Self::new(code, problem.to_string())
    }
}

fn shape<T>(detail: &str) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::ResponseShape, detail))
}

/// Checks the shape of a response. One in the clear must be signed; whether an
/// encrypted one is, shows only once it is opened.
pub(super) fn check<'d, 'a>(tree: &'d Tree<'a>) -> Result<Gated<'d, 'a>, Refusal> {
    let gated = check_inside(tree)?;
    if gated.signatures.is_empty() && gated.assertion.is(ASSERTION_NS, "Assertion") {
        return Err(RefusalCode::SignatureMissing.into());
    }
    Ok(gated)
}

/// The same where a signature around all of it may have been verified before.
pub(super) fn check_inside<'d, 'a>(tree: &'d Tree<'a>) -> Result<Gated<'d, 'a>, Refusal> {
    let response = tree.root();
    if !response.is(PROTOCOL_NS, "Response") {
        return shape("the message is not a samlp:Response");
    }
    let assertion = find_assertion(response)?;
    let mut signatures = Vec::new();
    for node in response.descendants() {
        // xmlsec's side refuses these, too; said here, the reason is the right one.
        if node.attribute("ID").is_some_and(|id| !is_id(id)) {
            return shape("an ID that is no xs:ID");
        }
        check_encryption(node, assertion)?;
        if node.namespace() != Some(DSIG_NS) {
            continue;
        }
        match node.local_name() {
            "Signature" => signatures.push((node, check_place(node, response, assertion)?)),
            // Allowed inside a signature, which `check_shape` has looked at, and
            // inside a holder-of-key confirmation, which no login rests on. What an
            // encrypted assertion holds has a shape of its own.
            _ if inside_signature_or_key(node) || inside_encrypted(node, assertion) => {}
            _ => {
                let detail = "a part of a signature stands outside one";
                return Err(Refusal::new(RefusalCode::SignaturePlace, detail));
            }
        }
    }
    let mut parents: Vec<_> = signatures
        .iter()
        .filter_map(|(node, _)| node.parent())
        .collect();
    if parents.len() == 2 && parents.pop() == parents.pop() || signatures.len() > 2 {
        let detail = "an element has more than one signature";
        return Err(Refusal::new(RefusalCode::SignaturePlace, detail));
    }
    Ok(Gated {
        response,
        assertion,
        signatures,
    })
}

fn find_assertion<'d, 'a>(response: Node<'d, 'a>) -> Result<Node<'d, 'a>, Refusal> {
    let mut found = None;
    for node in response.descendants() {
        let plain = node.is(ASSERTION_NS, "Assertion");
        let encrypted = node.is(ASSERTION_NS, "EncryptedAssertion");
        if !plain && !encrypted {
            // The same local name under any other namespace is a trap for sloppy readers.
            if matches!(
                node.local_name(),
                "Assertion" | "EncryptedAssertion" | "Response"
            ) && node != response
            {
                return shape("an element that only looks like an assertion or response");
            }
            continue;
        }
        if found.is_some() {
            return shape("more than one assertion");
        }
        if node.parent() != Some(response) {
            return shape("the assertion is not a child of the response");
        }
        found = Some(node);
    }
    match found {
        Some(node) => Ok(node),
        // An identity provider that says no sends no assertion: its status is the news.
        None => Err(super::response::refused_by_status(response)),
    }
}

fn check_place(
    signature: Node<'_, '_>,
    response: Node<'_, '_>,
    assertion: Node<'_, '_>,
) -> Result<SignatureShape, Refusal> {
    let of_assertion = signature.parent() == Some(assertion) && !is_encrypted(assertion);
    if signature.parent() != Some(response) && !of_assertion {
        let detail = "a signature stands neither in the response nor in the assertion";
        return Err(Refusal::new(RefusalCode::SignaturePlace, detail));
    }
    Ok(check_shape(signature)?)
}

fn is_encrypted(assertion: Node<'_, '_>) -> bool {
    assertion.is(ASSERTION_NS, "EncryptedAssertion")
}

/// Whether `node` stands in `assertion`, which is encrypted.
fn inside_encrypted(node: Node<'_, '_>, assertion: Node<'_, '_>) -> bool {
    let mut above = node.parent();
    while let Some(element) = above {
        if element == assertion {
            return is_encrypted(assertion);
        }
        above = element.parent();
    }
    false
}

/// A whole assertion may be encrypted, a NameID or attribute may not: what
/// opens them would have to be read before it is known to be signed.
fn check_encryption(node: Node<'_, '_>, assertion: Node<'_, '_>) -> Result<(), Refusal> {
    let encryption = matches!(node.namespace(), Some(ENC_NS | ENC11_NS));
    if !encryption || inside_encrypted(node, assertion) || inside_signature_or_key(node) {
        return Ok(());
    }
    let detail = "something other than one whole assertion is encrypted";
    Err(Refusal::new(RefusalCode::ResponseEncrypted, detail))
}

fn inside_signature_or_key(node: Node<'_, '_>) -> bool {
    let mut above = node.parent();
    while let Some(element) = above {
        let signature = element.is(DSIG_NS, "Signature");
        if signature || element.is(ASSERTION_NS, "SubjectConfirmationData") {
            return true;
        }
        above = element.parent();
    }
    false
}
