//! What a verified response says, held against what this Flex account expects.

use crate::{
    clock::Timestamp,
    saml::{
        names::{ASSERTION_NS, BEARER, PROTOCOL_NS, SUCCESS},
        xml::Node,
    },
};

use super::{
    Refused, Rule,
    claims::Claim,
    verify::{Connection, Said},
};

/// How long ago a response may have been made.
const OLDEST: chrono::TimeDelta = chrono::TimeDelta::minutes(10);

/// Reads the verified response. The clocks are the same machine's, so no skew is allowed.
///
/// # Errors
/// [`Refused`] with the first rule that does not hold.
pub(super) fn read(
    response: Node<'_, '_>,
    flex: &Connection,
    now: Timestamp,
) -> Result<Said, Refused> {
    check_response(response, flex, now)?;
    let assertion = response
        .only_child(ASSERTION_NS, "Assertion")
        .ok_or_else(|| refuse(Rule::Shape, "SAML Response must contain 1 assertion"))?;
    check_header(assertion, flex, now)?;
    check_conditions(assertion, flex, now)?;
    check_statement(assertion, now)?;
    let in_response_to = required(response, "InResponseTo", Rule::InResponseTo)?;
    let name_id = read_subject(assertion, flex, in_response_to, now)?;
    Ok(Said {
        in_response_to: in_response_to.to_owned(),
        name_id,
        claims: read_claims(assertion)?,
    })
}

fn refuse(rule: Rule, detail: impl Into<String>) -> Refused {
    Refused::new(rule, detail)
}

fn check_response(
    response: Node<'_, '_>,
    flex: &Connection,
    now: Timestamp,
) -> Result<(), Refused> {
    check_header(response, flex, now)?;
    let status = response
        .only_child(PROTOCOL_NS, "Status")
        .and_then(|status| status.only_child(PROTOCOL_NS, "StatusCode"))
        .and_then(|code| code.attribute("Value"));
    if status != Some(SUCCESS) {
        let status = status.unwrap_or("missing");
        let detail = format!("The status code of the Response was not Success, was {status}");
        return Err(refuse(Rule::Status, detail));
    }
    let destination = required(response, "Destination", Rule::Destination)?;
    same(
        destination,
        &flex.acs_url,
        Rule::Destination,
        "The response was received at",
    )
}

/// What a response and an assertion have in common.
fn check_header(element: Node<'_, '_>, flex: &Connection, now: Timestamp) -> Result<(), Refused> {
    if element.attribute("Version") != Some("2.0") {
        return Err(refuse(Rule::Shape, "Unsupported SAML version"));
    }
    let issuer = element
        .only_child(ASSERTION_NS, "Issuer")
        .and_then(Node::text)
        .ok_or_else(|| refuse(Rule::Issuer, "Issuer of the Assertion/Response not found"))?;
    same(
        &issuer,
        &flex.issuer,
        Rule::Issuer,
        "Invalid issuer in the Assertion/Response.",
    )?;
    let made = time(element, "IssueInstant")?;
    if made > now || made + OLDEST <= now {
        return Err(refuse(Rule::Time, "IssueInstant is not of now"));
    }
    Ok(())
}

fn check_conditions(
    assertion: Node<'_, '_>,
    flex: &Connection,
    now: Timestamp,
) -> Result<(), Refused> {
    let conditions = assertion
        .only_child(ASSERTION_NS, "Conditions")
        .ok_or_else(|| {
            refuse(
                Rule::Time,
                "The Assertion must include a Conditions element",
            )
        })?;
    check_window(conditions, now)?;
    if time(conditions, "NotBefore")? > now {
        let detail = "Could not validate timestamp: not yet valid";
        return Err(refuse(Rule::Time, detail));
    }
    let mut restrictions = conditions
        .children_named(ASSERTION_NS, "AudienceRestriction")
        .peekable();
    if restrictions.peek().is_none() {
        return Err(refuse(Rule::Audience, "there is no AudienceRestriction"));
    }
    for restriction in restrictions {
        let audiences = restriction.children_named(ASSERTION_NS, "Audience");
        let mut audiences = audiences.filter_map(Node::text);
        if !audiences.any(|audience| audience == flex.entity_id) {
            let detail = format!(
                "{} is not a valid audience for this Response",
                flex.entity_id
            );
            return Err(refuse(Rule::Audience, detail));
        }
    }
    Ok(())
}

/// `NotOnOrAfter`, which must be there and to come.
fn check_window(element: Node<'_, '_>, now: Timestamp) -> Result<(), Refused> {
    if time(element, "NotOnOrAfter")? > now {
        return Ok(());
    }
    let detail = "Could not validate timestamp: expired. Check system clock";
    Err(refuse(Rule::Time, detail))
}

fn check_statement(assertion: Node<'_, '_>, now: Timestamp) -> Result<(), Refused> {
    let statement = assertion
        .only_child(ASSERTION_NS, "AuthnStatement")
        .ok_or_else(|| {
            refuse(
                Rule::Subject,
                "The Assertion must include an AuthnStatement element",
            )
        })?;
    time(statement, "AuthnInstant")?;
    let ends = statement.attribute("SessionNotOnOrAfter");
    if ends.is_some() && time(statement, "SessionNotOnOrAfter")? <= now {
        return Err(refuse(Rule::Time, "the session is over already"));
    }
    Ok(())
}

fn read_subject(
    assertion: Node<'_, '_>,
    flex: &Connection,
    in_response_to: &str,
    now: Timestamp,
) -> Result<String, Refused> {
    let missing = || refuse(Rule::Subject, "A valid SubjectConfirmation was not found");
    let subject = assertion
        .only_child(ASSERTION_NS, "Subject")
        .ok_or_else(missing)?;
    let data = subject
        .only_child(ASSERTION_NS, "SubjectConfirmation")
        .filter(|confirmation| confirmation.attribute("Method") == Some(BEARER))
        .and_then(|confirmation| confirmation.only_child(ASSERTION_NS, "SubjectConfirmationData"))
        .ok_or_else(missing)?;
    let recipient = required(data, "Recipient", Rule::Recipient)?;
    same(
        recipient,
        &flex.acs_url,
        Rule::Recipient,
        "SubjectConfirmationData doesn't match a valid Recipient:",
    )?;
    let answered = required(data, "InResponseTo", Rule::InResponseTo)?;
    same(
        answered,
        in_response_to,
        Rule::InResponseTo,
        "SubjectConfirmationData has a different InResponseTo value:",
    )?;
    check_window(data, now)?;
    subject
        .only_child(ASSERTION_NS, "NameID")
        .and_then(Node::text)
        .filter(|name_id| !name_id.is_empty())
        .ok_or_else(|| {
            refuse(
                Rule::Subject,
                "NameID not found in the assertion of the Response",
            )
        })
}

fn read_claims(assertion: Node<'_, '_>) -> Result<Vec<Claim>, Refused> {
    let mut claims: Vec<Claim> = Vec::new();
    let attributes = assertion
        .children_named(ASSERTION_NS, "AttributeStatement")
        .flat_map(|statement| statement.children_named(ASSERTION_NS, "Attribute"));
    for attribute in attributes {
        let name = required(attribute, "Name", Rule::Shape)?;
        if claims.iter().any(|(known, _)| known == name) {
            let detail = format!("Found an Attribute element with duplicated Name: {name}");
            return Err(refuse(Rule::DuplicateAttribute, detail));
        }
        let values: Option<Vec<String>> = attribute
            .children_named(ASSERTION_NS, "AttributeValue")
            .map(Node::text)
            .collect();
        let values = values.ok_or_else(|| refuse(Rule::Shape, "an element stands in a value"))?;
        claims.push((name.to_owned(), values));
    }
    Ok(claims)
}

fn required<'d>(element: Node<'d, '_>, name: &str, rule: Rule) -> Result<&'d str, Refused> {
    element
        .attribute(name)
        .ok_or_else(|| refuse(rule, format!("{name} is missing")))
}

fn same(was: &str, expected: &str, rule: Rule, words: &str) -> Result<(), Refused> {
    if was == expected {
        return Ok(());
    }
    let detail = format!("{words} Was '{was}', but expected '{expected}'");
    Err(refuse(rule, detail))
}

fn time(element: Node<'_, '_>, name: &str) -> Result<Timestamp, Refused> {
    required(element, name, Rule::Time)?
        .parse()
        .map_err(|_| refuse(Rule::Time, format!("{name} is not a time")))
}
