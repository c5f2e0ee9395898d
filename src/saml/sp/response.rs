//! From the bytes a stranger posted to an assertion that is proven, or a refusal.

use std::borrow::Cow;

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::{
    clock::Timestamp,
    identity::{Attributes, Authentication, Identity, IdpName, NameId, Refusal, RefusalCode},
    saml::{
        encryption::Decryption,
        names::{ASSERTION_NS, PROTOCOL_NS, SUCCESS},
        signature::{SignatureShape, TrustedCertificates, VerifyError},
        xml::{Limits, Node, Tree, canonical_subtree, holds_any, normalised},
    },
};

use super::{
    assertion::{self, ReadAssertion},
    conditions::{self, Expected},
    encrypted,
    gate::{self, Gated},
    status::status_refusal,
};

/// The largest `SAMLResponse` parameter, in bytes, as base64.
const LARGEST: usize = 512 * 1024;

/// Whom to believe.
#[derive(Debug, Clone)]
pub struct Trust {
    /// The identity provider's entity ID.
    pub entity_id: String,
    /// Its certificates.
    pub certificates: TrustedCertificates,
    /// Whether the second verifier must agree.
    pub second_opinion: bool,
    /// Our keys for what it encrypts, and with what it may.
    pub decryption: Decryption,
}

/// One check that was made, for explaining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Check {
    /// Bytes, bounds, well-formedness.
    #[serde(rename = "bytes")]
    Bytes,
    /// Shape, places and algorithms.
    #[serde(rename = "gate")]
    Gate,
    /// The response's own fields.
    #[serde(rename = "response")]
    Response,
    /// The first verifier.
    #[serde(rename = "signature")]
    Signature,
    /// The second verifier.
    #[serde(rename = "second opinion")]
    SecondOpinion,
    /// What it says.
    #[serde(rename = "policy")]
    Policy,
}

impl Check {
    /// Every stage, in order.
    pub const ALL: [Self; 6] = [
        Self::Bytes,
        Self::Gate,
        Self::Response,
        Self::Signature,
        Self::SecondOpinion,
        Self::Policy,
    ];

    /// The stage in a few words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "base64, UTF-8, well-formed, within bounds",
            Self::Gate => "one response, one assertion, signatures in their place",
            Self::Response => "the response's issuer, destination, request, status",
            Self::Signature => "every signature holds",
            Self::SecondOpinion => "the second verifier agrees",
            Self::Policy => "the assertion's issuer, audience, recipient, times, statements",
        }
    }
}

/// An assertion that is proven: a trusted signature covers it, and it is meant
/// for this login, now. Only [`verify`] makes one. It has not been used yet;
/// that is for the store to say.
#[derive(Debug, Clone)]
pub struct VerifiedAssertion {
    read: ReadAssertion,
    name_id: NameId,
    authentication: Authentication,
    issued_after: Timestamp,
    usable_until: Timestamp,
}

impl VerifiedAssertion {
    /// The identifier that may be used once, together with its issuer.
    #[must_use]
    pub fn one_time_key(&self) -> String {
        format!("{}\n{}", self.read.issuer, self.read.id)
    }

    /// Before this it was not there: when it was issued, less what clocks may differ by.
    #[must_use]
    pub const fn issued_after(&self) -> Timestamp {
        self.issued_after
    }

    /// Until when it could be presented again.
    #[must_use]
    pub const fn usable_until(&self) -> Timestamp {
        self.usable_until
    }

    /// How and when the person was signed in.
    #[must_use]
    pub const fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    /// Its attributes.
    #[must_use]
    pub const fn attributes(&self) -> &Attributes {
        &self.read.attributes
    }

    /// From here on SAML and OpenID Connect look the same.
    #[must_use]
    pub fn into_identity(self, idp: IdpName) -> Identity {
        Identity {
            idp,
            name_id: self.name_id,
            attributes: self.read.attributes,
            authentication: self.authentication,
        }
    }
}

/// Verifies a `SAMLResponse` parameter (Profiles §4.1.4.3), as of `now`.
///
/// `passed` is told of each stage that holds, in order, so that an explanation
/// walks the very same path as a login.
///
/// # Errors
/// A [`Refusal`] with the code of the first thing that does not hold.
pub fn verify(
    parameter: &str,
    trust: &Trust,
    expected: &Expected<'_>,
    now: Timestamp,
    passed: &mut dyn FnMut(Check),
) -> Result<VerifiedAssertion, Refusal> {
    let text = decode(parameter)?;
    let tree = Tree::parse(&text, &Limits::RESPONSE)?;
    passed(Check::Bytes);
    let gated = gate::check(&tree)?;
    passed(Check::Gate);
    conditions::check_response(gated.response, &trust.entity_id, expected, now)?;
    passed(Check::Response);
    let bytes = if gated.assertion.is(ASSERTION_NS, "Assertion") {
        verified_bytes(&tree, &text, &gated, trust, passed)?
    } else {
        encrypted::opened_bytes(&tree, &text, &gated, trust, passed)?
    };
    let read = read_verified(&bytes)?;
    let judged = conditions::check_assertion(&read, &trust.entity_id, expected, now)?;
    passed(Check::Policy);
    Ok(VerifiedAssertion {
        name_id: judged.name_id,
        authentication: judged.authentication,
        issued_after: judged.issued_after,
        usable_until: judged.usable_until,
        read,
    })
}

/// Base64 with or without line breaks and padding, of UTF-8, its white space normalised.
fn decode(parameter: &str) -> Result<String, Refusal> {
    if parameter.len() > LARGEST {
        return Err(RefusalCode::ResponseTooLarge.into());
    }
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let malformed = |detail: &str| Refusal::new(RefusalCode::ResponseMalformed, detail);
    let bytes = if holds_any(parameter, b"\r\n") {
        engine.decode(parameter.replace(['\r', '\n'], ""))
    } else {
        engine.decode(parameter)
    };
    let bytes = bytes.map_err(|_| malformed("the parameter is not base64"))?;
    let text =
        String::from_utf8(bytes).map_err(|_| malformed("the decoded response is not UTF-8"))?;
    Ok(match normalised(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(normal) => normal,
    })
}

/// The canonical bytes of the outermost element that a trusted signature covers.
pub(super) fn verified_bytes(
    tree: &Tree<'_>,
    text: &str,
    gated: &Gated<'_, '_>,
    trust: &Trust,
    passed: &mut dyn FnMut(Check),
) -> Result<String, Refusal> {
    trust
        .certificates
        .verify(tree, &gated.signatures)
        .map_err(signature_refusal)?;
    passed(Check::Signature);
    let outermost = gated
        .signature_of(gated.response)
        .map(|signature| (gated.response, signature))
        .or_else(|| {
            gated
                .signature_of(gated.assertion)
                .map(|found| (gated.assertion, found))
        });
    let Some((element, (signature, shape))) = outermost else {
        return Err(RefusalCode::SignatureMissing.into());
    };
    let bytes = canonical_subtree(tree, element, Some(*signature), &shape.inclusive_prefixes)
        .map_err(|error| Refusal::new(RefusalCode::SignatureInvalid, error.to_string()))?;
    if trust.second_opinion {
        let shapes: Vec<SignatureShape> = gated
            .signatures
            .iter()
            .map(|(_, shape)| shape.clone())
            .collect();
        trust
            .certificates
            .second_opinion(text, &shapes, &bytes)
            .map_err(signature_refusal)?;
        passed(Check::SecondOpinion);
    }
    Ok(bytes)
}

fn signature_refusal(error: VerifyError) -> Refusal {
    match error {
        VerifyError::Invalid(why) => Refusal::new(RefusalCode::SignatureInvalid, why),
        VerifyError::Disagreement(why) => Refusal::new(RefusalCode::SignatureSecondOpinion, why),
    }
}

/// Reads the assertion from verified bytes alone, whichever element they are of.
fn read_verified(bytes: &str) -> Result<ReadAssertion, Refusal> {
    let limits = Limits {
        bytes: 2 * Limits::RESPONSE.bytes,
        ..Limits::RESPONSE
    };
    let tree = Tree::parse(bytes, &limits)?;
    assertion::read(bytes, tree.root())
}

/// A response without an assertion: what its status says, if it says anything but success.
pub(super) fn refused_by_status(response: Node<'_, '_>) -> Refusal {
    match status_of(response) {
        Some(status) if status != SUCCESS => status_refusal(&status),
        _ => Refusal::new(RefusalCode::ResponseShape, "no assertion"),
    }
}

/// The status codes, outermost first, joined by ` / `, as far as they are identifiers.
pub(super) fn status_of(response: Node<'_, '_>) -> Option<String> {
    let status = response.only_child(PROTOCOL_NS, "Status")?;
    let mut code = status.only_child(PROTOCOL_NS, "StatusCode")?;
    let mut words = Vec::new();
    loop {
        words.push(
            code.attribute("Value")?
                .chars()
                .take(120)
                .collect::<String>(),
        );
        match code.only_child(PROTOCOL_NS, "StatusCode") {
            Some(inner) if words.len() < 4 => code = inner,
            _ => return Some(words.join(" / ")),
        }
    }
}

/// The `InResponseTo` that a sample claims, unproven: for explaining a sample
/// outside of its login, never for a login.
#[must_use]
pub fn in_response_to_of(parameter: &str) -> Option<String> {
    response_attribute(parameter, "InResponseTo")
}

/// The time at which a sample claims to have been issued, unproven: for
/// explaining an old sample as of its own time.
#[must_use]
pub fn issue_instant_of(parameter: &str) -> Option<Timestamp> {
    conditions::parse_time(&response_attribute(parameter, "IssueInstant")?)
}

fn response_attribute(parameter: &str, name: &str) -> Option<String> {
    let text = decode(parameter).ok()?;
    let tree = Tree::parse(&text, &Limits::RESPONSE).ok()?;
    tree.root().attribute(name).map(str::to_owned)
}
