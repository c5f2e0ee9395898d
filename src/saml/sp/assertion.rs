//! What verified bytes say, and nothing that they don't.
//!
//! samael's types give the schema's structure: subject confirmations,
//! conditions, statements. They trim text and know no nested values, so the
//! NameID and the attributes, which must pass byte for byte, are read from the
//! tree of the same bytes, and samael is given those bytes without them. It also
//! tells elements by local names alone, which is why nothing of a foreign
//! namespace reaches it.

use std::fmt;

use samael::schema::{Assertion, AuthnStatement, Conditions};

use crate::{
    identity::{Attributes, NameId, Refusal, RefusalCode},
    saml::{
        names::{ASSERTION_NS, BEARER, DSIG_NS, PROTOCOL_NS, XSI_NS},
        xml::Node,
    },
};

/// Different attribute names in one assertion.
const MOST_ATTRIBUTES: usize = 256;
/// Values in one assertion.
const MOST_VALUES: usize = 4_096;

/// A bearer or other confirmation of the subject (Core §2.4.1.1).
pub type ReadSubjectConfirmation = samael::schema::SubjectConfirmation;

/// An assertion as read from verified bytes; not judged yet. `Debug` shows nothing of the person.
#[derive(Clone)]
pub struct ReadAssertion {
    /// Its `ID`.
    pub id: String,
    /// `Version`.
    pub version: String,
    /// `IssueInstant`.
    pub issue_instant: crate::clock::Timestamp,
    /// The issuer's entity ID, without white space around it.
    pub issuer: String,
    /// The subject's NameID, byte for byte.
    pub name_id: Option<NameId>,
    /// The subject's confirmations.
    pub confirmations: Vec<ReadSubjectConfirmation>,
    /// The conditions, if there are any.
    pub conditions: Option<Conditions>,
    /// The name of a condition that this bridge does not know, if there is one.
    pub unknown_condition: Option<String>,
    /// The statements about how the person signed in.
    pub authn_statements: Vec<AuthnStatement>,
    /// The attributes, byte for byte.
    pub attributes: Attributes,
}

impl fmt::Debug for ReadAssertion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ReadAssertion({:?}, …)", self.issuer)
    }
}

fn shape(detail: impl Into<String>) -> Refusal {
    Refusal::new(RefusalCode::ResponseShape, detail)
}

/// Reads the assertion that `root` is or holds; `bytes` are what the tree came from.
pub(super) fn read(bytes: &str, root: Node<'_, '_>) -> Result<ReadAssertion, Refusal> {
    let node = if root.is(PROTOCOL_NS, "Response") {
        root.only_child(ASSERTION_NS, "Assertion")
    } else {
        Some(root).filter(|root| root.is(ASSERTION_NS, "Assertion"))
    };
    let node = node.ok_or_else(|| shape("the verified bytes hold no assertion"))?;
    let typed = parse_typed(bytes, node)?;
    let (confirmations, name_id) = read_subject(node, &typed)?;
    Ok(ReadAssertion {
        issuer: typed
            .issuer
            .value
            .as_deref()
            .unwrap_or_default()
            .trim()
            .to_owned(),
        id: typed.id,
        version: typed.version,
        issue_instant: typed.issue_instant,
        name_id,
        confirmations,
        conditions: typed.conditions,
        unknown_condition: unknown_condition(node),
        authn_statements: typed.authn_statements.unwrap_or_default(),
        attributes: read_attributes(node)?,
    })
}

/// samael's reading of the assertion, without what its types can't carry exactly.
fn parse_typed(bytes: &str, node: Node<'_, '_>) -> Result<Assertion, Refusal> {
    let unreadable = || shape("the assertion's place in the verified bytes is unknown");
    let mut left_out = Vec::new();
    find_left_out(node, &mut left_out)?;
    let whole = node.source_range().ok_or_else(unreadable)?;
    let mut text = String::with_capacity(whole.len());
    let mut from = whole.start;
    for part in left_out {
        let range = part.source_range().ok_or_else(unreadable)?;
        text.push_str(bytes.get(from..range.start).ok_or_else(unreadable)?);
        from = range.end;
    }
    text.push_str(bytes.get(from..whole.end).ok_or_else(unreadable)?);
    text.parse::<Assertion>().map_err(|error| {
        let detail: String = error.to_string().chars().take(200).collect();
        shape(format!(
            "the assertion does not follow the SAML schema: {detail}"
        ))
    })
}

/// Notes, in document order, what samael is not shown. It tells elements by
/// their local names alone, so in what it is shown, nothing of another namespace
/// may stand.
fn find_left_out<'d, 'a>(
    element: Node<'d, 'a>,
    left_out: &mut Vec<Node<'d, 'a>>,
) -> Result<(), Refusal> {
    for child in element.children() {
        if is_left_out(child) {
            left_out.push(child);
        } else if child.namespace() == Some(ASSERTION_NS) {
            if !SHOWN.contains(&child.local_name()) {
                let name: String = child.local_name().chars().take(60).collect();
                return Err(shape(format!("SAML knows no element {name:?} here")));
            }
            find_left_out(child, left_out)?;
        } else {
            let name: String = child.local_name().chars().take(60).collect();
            let detail = format!("the element {name:?} is of a foreign namespace");
            return Err(shape(detail));
        }
    }
    Ok(())
}

/// The elements that samael is shown (Core §2.3 to §2.7). It passes over any other, as
/// readers do that take `conditions` for `Conditions`; an unknown condition is told by
/// [`unknown_condition`].
const SHOWN: [&str; 23] = [
    "Assertion",
    "Issuer",
    "Subject",
    "BaseID",
    "EncryptedID",
    "SubjectConfirmation",
    "SubjectConfirmationData",
    "Conditions",
    "Condition",
    "AudienceRestriction",
    "Audience",
    "OneTimeUse",
    "ProxyRestriction",
    "AuthnStatement",
    "SubjectLocality",
    "AuthnContext",
    "AuthnContextClassRef",
    "AuthnContextDeclRef",
    "AuthenticatingAuthority",
    "AuthzDecisionStatement",
    "Action",
    "Statement",
    "Evidence",
];

/// What is read from the tree, and what no login rests on.
fn is_left_out(part: Node<'_, '_>) -> bool {
    const NAMES: [&str; 4] = ["AttributeStatement", "Advice", "NameID", "AuthnContextDecl"];
    let confirms_otherwise =
        part.is(ASSERTION_NS, "SubjectConfirmation") && part.attribute("Method") != Some(BEARER);
    confirms_otherwise
        || part.is(DSIG_NS, "Signature")
        || NAMES.iter().any(|name| part.is(ASSERTION_NS, name))
}

fn read_subject(
    assertion: Node<'_, '_>,
    typed: &Assertion,
) -> Result<(Vec<ReadSubjectConfirmation>, Option<NameId>), Refusal> {
    let Some(subject) = assertion.only_child(ASSERTION_NS, "Subject") else {
        return Ok((Vec::new(), None));
    };
    let confirmations = typed
        .subject
        .as_ref()
        .and_then(|subject| subject.subject_confirmations.clone())
        .unwrap_or_default();
    let Some(name_id) = subject.only_child(ASSERTION_NS, "NameID") else {
        return Ok((confirmations, None));
    };
    let value = name_id
        .text()
        .ok_or_else(|| shape("an element stands in the NameID"))?;
    let format = name_id.attribute("Format").map(str::to_owned);
    Ok((confirmations, Some(NameId { value, format })))
}

/// A condition that is not understood makes the assertion's validity unknown (Core §2.5.1).
fn unknown_condition(assertion: Node<'_, '_>) -> Option<String> {
    let conditions = assertion.only_child(ASSERTION_NS, "Conditions")?;
    let known = ["AudienceRestriction", "OneTimeUse", "ProxyRestriction"];
    conditions
        .children()
        .find(|child| {
            child.namespace() != Some(ASSERTION_NS) || !known.contains(&child.local_name())
        })
        .map(|child| child.local_name().to_owned())
}

fn read_attributes(assertion: Node<'_, '_>) -> Result<Attributes, Refusal> {
    let mut attributes = Attributes::new();
    let mut values_seen = 0;
    let refuse = |detail: String| Err(Refusal::new(RefusalCode::AssertionAttributes, detail));
    let statements = assertion.children_named(ASSERTION_NS, "AttributeStatement");
    for attribute in statements.flat_map(|one| one.children_named(ASSERTION_NS, "Attribute")) {
        let Some(name) = attribute.attribute("Name").filter(|name| !name.is_empty()) else {
            return refuse("an attribute has no name".to_owned());
        };
        let values: Vec<String> = attribute
            .children_named(ASSERTION_NS, "AttributeValue")
            .filter_map(read_value)
            .collect();
        values_seen += values.len();
        attributes.add(name, attribute.attribute("FriendlyName"), values);
        if attributes.len() > MOST_ATTRIBUTES || values_seen > MOST_VALUES {
            return refuse(format!(
                "more than {MOST_ATTRIBUTES} attributes or {MOST_VALUES} values"
            ));
        }
    }
    Ok(attributes)
}

/// One value: text, or the NameID in it (as in eduPersonTargetedID), or none
/// when it is nil or of a structure that has no text of its own.
fn read_value(value: Node<'_, '_>) -> Option<String> {
    if matches!(value.attribute_ns(XSI_NS, "nil"), Some("true" | "1")) {
        return None;
    }
    value
        .text()
        .or_else(|| value.only_child(ASSERTION_NS, "NameID")?.text())
}
