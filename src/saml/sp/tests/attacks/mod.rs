//! Attacks that were found in the field or on paper, and their neighbours.
//!
//! `wrapping` moves and doubles what is signed, `signature` changes what a
//! signature says, `bytes` attacks the parser and those who read after it.
//!
//! Must never: accept "some refusal". The code says which check stopped it.

mod bytes;
mod signature;
mod wrapping;

use super::*;

/// The element from its first mark to its end, cut out of a document: (what is left, the element).
#[track_caller]
fn cut(xml: &str, from: &str, to: &str) -> (String, String) {
    let start = xml.find(from).unwrap();
    let end = start + xml[start..].find(to).unwrap() + to.len();
    let rest = format!("{}{}", &xml[..start], &xml[end..]);
    (rest, xml[start..end].to_owned())
}

/// The signed assertion of a document.
fn assertion_of(xml: &str) -> String {
    cut(xml, "<saml:Assertion ", "</saml:Assertion>").1
}

/// The first signature of a document.
fn signature_of(xml: &str) -> String {
    cut(xml, "<ds:Signature ", "</ds:Signature>").1
}

/// Without its first signature.
fn unsigned(xml: &str) -> String {
    cut(xml, "<ds:Signature ", "</ds:Signature>").0
}

/// An assertion as an attacker would like it: another person, another ID.
fn evil(assertion: &str) -> String {
    let renamed = replaced(assertion, "ID=\"_a\"", "ID=\"_evil\"");
    replaced(&unsigned(&renamed), "ann@example.com", "boss@example.com")
}

fn signed(signed: Signed) -> String {
    Sample {
        signed,
        ..Sample::default()
    }
    .xml(&RSA)
}
