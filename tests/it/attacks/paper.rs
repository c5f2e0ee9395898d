//! Responses as an attacker has them: genuine ones, and tools to cut and paste.
//!
//! Must never: sign what the identity provider would not, but where a case says so.

use crate::support::forging::{Asked, ForgingIdp, SIGNATURE, Says};

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    Response,
    Assertion,
    Both,
    Nothing,
}

/// Stands where the response's signature goes while the assertion is being signed.
const OUTER: &str = "{outer}";
const ISSUER_ENDS: &str = "</saml:Issuer>";
pub const END: &str = "</samlp:Response>";
pub const STATUS: &str = "<samlp:Status>";
pub const SUBJECT: &str = "<saml:Subject>";

/// One login's papers: who was asked what, and what may be said.
pub struct Paper<'a> {
    pub idp: &'a ForgingIdp,
    /// Somebody else with a key of their own, and the same name.
    pub foreign: &'a ForgingIdp,
    pub asked: &'a Asked,
    pub says: Says,
}

impl Paper<'_> {
    /// What the identity provider itself would send.
    pub fn signed(&self, signs: Signs) -> String {
        self.resigned(signs, str::to_owned)
    }

    /// The same, changed before it is signed: what only the identity provider could do.
    pub fn resigned(&self, signs: Signs, change: impl FnOnce(&str) -> String) -> String {
        sign(self.idp, &change(&self.template(signs)))
    }

    /// The same by somebody else's hand.
    pub fn by_stranger(&self, signs: Signs, change: impl FnOnce(&str) -> String) -> String {
        sign(self.foreign, &change(&self.template(signs)))
    }

    /// The assertion's ID.
    pub fn id(&self) -> &str {
        &self.says.assertion
    }

    /// Everything but the values of the signatures.
    pub fn template(&self, signs: Signs) -> String {
        let with_response = self.idp.template(&self.says);
        let unsigned = swap(&with_response, SIGNATURE, "");
        let base = match signs {
            Signs::Response => with_response,
            Signs::Both => swap(&unsigned, ISSUER_ENDS, &format!("{ISSUER_ENDS}{OUTER}")),
            Signs::Assertion | Signs::Nothing => unsigned,
        };
        if matches!(signs, Signs::Response | Signs::Nothing) {
            return base;
        }
        let inner = signature_of(self.id());
        swap(&base, SUBJECT, &format!("{inner}{SUBJECT}"))
    }
}

/// A signature that is still to be made, over the element of that ID.
pub fn signature_of(id: &str) -> String {
    swap(SIGNATURE, "#_response", &format!("#{id}"))
}

/// Fills in the assertion's signature, then the response's around it.
pub fn sign(idp: &ForgingIdp, template: &str) -> String {
    let has_inner = template.contains("<ds:DigestValue/>");
    let inner = if has_inner {
        idp.sign_template(template)
    } else {
        template.to_owned()
    };
    if !inner.contains(OUTER) {
        return inner;
    }
    idp.sign_template(&inner.replace(OUTER, SIGNATURE))
}

/// The document with the first `from` become `to`; panics where there is none.
#[track_caller]
pub fn swap(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "no {from} in {xml}");
    xml.replacen(from, to, 1)
}

/// The first piece that begins and ends like this: (the document without it, it).
#[track_caller]
pub fn cut(xml: &str, from: &str, to: &str) -> (String, String) {
    let start = xml
        .find(from)
        .unwrap_or_else(|| panic!("no {from} in {xml}"));
    let end = start + xml[start..].find(to).unwrap() + to.len();
    (
        format!("{}{}", &xml[..start], &xml[end..]),
        xml[start..end].to_owned(),
    )
}

/// The assertion of a document.
pub fn assertion(xml: &str) -> String {
    cut(xml, "<saml:Assertion ", "</saml:Assertion>").1
}

/// The first signature of a document.
pub fn signature(xml: &str) -> String {
    cut(xml, "<ds:Signature ", "</ds:Signature>").1
}

/// Without its first signature.
pub fn unsigned(xml: &str) -> String {
    cut(xml, "<ds:Signature ", "</ds:Signature>").0
}

/// Whom the attacker would like to be.
pub fn evil(xml: &str) -> String {
    swap(
        xml,
        ">ann@company.example</saml:NameID>",
        ">boss@company.example</saml:NameID>",
    )
}

/// The assertion as the attacker would like it: unsigned, another person, another ID.
pub fn evil_assertion(paper: &Paper<'_>, original: &str) -> String {
    let bare = if original.contains("<ds:Signature ") {
        unsigned(original)
    } else {
        original.to_owned()
    };
    swap(
        &evil(&bare),
        &format!("ID=\"{}\"", paper.id()),
        "ID=\"_evil\"",
    )
}
