//! An encrypted assertion: opened, put in its place, and looked at again as if
//! it had come in the clear.
//!
//! What a signature covers (SAML Core §6.2 and errata E30; XML Encryption 1.1 §6.1):
//! - A signature of the *response* was made over the encrypted form. It is verified
//!   over the document as it came, before any key is touched, and what is
//!   opened is taken from the very bytes it covers. It then covers the opened
//!   assertion, too: the issuer vouched for this ciphertext and its key.
//! - A signature *inside* was made before encrypting. It is verified over the
//!   opened assertion, in its place, and must hold even when the response's did.
//! - One of the two must be there. Encryption proves nothing: everybody has our
//!   public key.
//! - AES-CBC is opened only when a response signature held before. Without
//!   one, anybody could send changed ciphertexts and learn by whether, and how
//!   fast, they fail; AES-GCM notices a change by itself.
//!
//! Must never: open anything before a signature that is there was verified, or
//! say why something would not open.

use crate::{
    identity::{Refusal, RefusalCode},
    saml::{
        encryption::{EncryptedShape, EncryptionProblem, check_encrypted, open},
        names::ASSERTION_NS,
        xml::{Limits, Node, Tree, canonical_subtree, normalised},
    },
};

use super::{
    gate::{self, Gated},
    response::{Check, Trust, verified_bytes},
};

/// Canonical bytes may be longer than what they are of.
const LIMITS: Limits = Limits {
    bytes: 2 * Limits::RESPONSE.bytes,
    ..Limits::RESPONSE
};

impl From<EncryptionProblem> for Refusal {
    fn from(problem: EncryptionProblem) -> Self {
        refusal(problem.to_string())
    }
}

fn refusal(detail: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::ResponseEncrypted, detail)
}

/// The one refusal for whatever would not open, whether key, padding, tag or content.
fn unopened() -> Refusal {
    refusal("the encrypted assertion could not be opened with any decryption key")
}

/// The bytes of the assertion in `gated`, opened and covered by a trusted signature.
pub(super) fn opened_bytes(
    tree: &Tree<'_>,
    text: &str,
    gated: &Gated<'_, '_>,
    trust: &Trust,
    passed: &mut dyn FnMut(Check),
) -> Result<String, Refusal> {
    if trust.decryption.keys.all().is_empty() {
        return Err(refusal("no decryption key is configured"));
    }
    let signed = gated.signature_of(gated.response).is_some();
    check_policy(&check_encrypted(gated.assertion)?, signed, trust)?;
    if !signed {
        let composed = compose(text, gated.assertion, trust)?;
        return covered(&composed, false, trust, passed);
    }
    // Whether every stage holds is known only once the inside has been seen.
    let outer = verified_bytes(tree, text, gated, trust, &mut |_| {})?;
    let composed = {
        let tree = Tree::parse(&outer, &LIMITS)?;
        let gated = gate::check_inside(&tree)?;
        compose(&outer, gated.assertion, trust)?
    };
    covered(&composed, true, trust, passed)
}

fn check_policy(shape: &EncryptedShape, signed: bool, trust: &Trust) -> Result<(), Refusal> {
    if shape.cipher.authenticates() {
        return Ok(());
    }
    if !trust.decryption.allow_cbc {
        return Err(refusal("AES-CBC, and `allow_cbc` is off"));
    }
    if !signed {
        return Err(refusal("AES-CBC in a response that is not signed"));
    }
    Ok(())
}

/// A document with the opened assertion in place of the encrypted one, and where it stands.
struct Composed {
    text: String,
    place: std::ops::Range<usize>,
}

fn compose(text: &str, encrypted: Node<'_, '_>, trust: &Trust) -> Result<Composed, Refusal> {
    let shape = check_encrypted(encrypted)?;
    let content = open(&shape, &trust.decryption.keys).ok_or_else(unopened)?;
    let content = std::str::from_utf8(&content).map_err(|_| unopened())?;
    let content = normalised(content.trim());
    let place = encrypted.source_range().ok_or_else(unopened)?;
    let before = text.get(..place.start).ok_or_else(unopened)?;
    let behind = text.get(place.end..).ok_or_else(unopened)?;
    Ok(Composed {
        text: format!("{before}{content}{behind}"),
        place: place.start..place.start + content.len(),
    })
}

/// The gate and the verifiers again, over the opened assertion in its place.
fn covered(
    composed: &Composed,
    by_response: bool,
    trust: &Trust,
    passed: &mut dyn FnMut(Check),
) -> Result<String, Refusal> {
    let tree = Tree::parse(&composed.text, &LIMITS).map_err(|_| unopened())?;
    // One assertion and nothing beside it: neither a part of the response nor another encryption.
    let opened = |node: &Node<'_, '_>| {
        node.source_range().as_ref() == Some(&composed.place) && node.is(ASSERTION_NS, "Assertion")
    };
    if !tree.root().children().any(|node| opened(&node)) {
        return Err(unopened());
    }
    let gated = gate::check_inside(&tree)?;
    let assertion = gated.assertion;
    if gated.signature_of(assertion).is_some() {
        return verified_bytes(&tree, &composed.text, &gated, trust, passed);
    }
    if !by_response {
        let detail = "neither the response nor the encrypted assertion is signed";
        return Err(Refusal::new(RefusalCode::SignatureMissing, detail));
    }
    passed(Check::Signature);
    if trust.second_opinion {
        passed(Check::SecondOpinion);
    }
    canonical_subtree(&tree, assertion, None, &[])
        .map_err(|error| Refusal::new(RefusalCode::SignatureInvalid, error.to_string()))
}
