//! Our policy: what a response must say to be meant for this login, now
//! (Profiles §4.1.4.2 and §4.1.4.3, Core §2.3 to §2.7).

use chrono::{DateTime, TimeDelta, Utc};
use samael::schema::Conditions;

use crate::{
    clock::Timestamp,
    identity::{Authentication, NameId, Refusal, RefusalCode},
    saml::{
        names::{ASSERTION_NS, BEARER, ENTITY, SUCCESS},
        seen,
        xml::Node,
    },
};

use super::{
    assertion::{ReadAssertion, ReadSubjectConfirmation},
    response::status_of,
    status::status_refusal,
};

/// However long an identity provider lets an assertion live, nobody may use it
/// later than this after its issue: so the store need not remember it longer.
const LONGEST_USE: TimeDelta = TimeDelta::hours(24);

/// What this login expects.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Our entity ID as a service provider: the audience.
    pub sp_entity_id: &'a str,
    /// Our assertion consumer service: destination and recipient.
    pub acs_url: &'a str,
    /// The ID of the AuthnRequest that this login made; `None` where nothing was
    /// asked: then only a response that answers no request is accepted.
    pub request_id: Option<&'a str>,
    /// For whom we will issue an assertion on the strength of this one (Core §2.5.1.6).
    pub downstream_audience: &'a str,
    /// How far the identity provider's clock may be off.
    pub skew: TimeDelta,
}

/// What the policy found, once everything holds.
pub(super) struct Judged {
    pub name_id: NameId,
    pub authentication: Authentication,
    pub issued_after: Timestamp,
    pub usable_until: Timestamp,
}

fn refuse<T>(code: RefusalCode, detail: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(code, detail))
}

/// A time as SAML writes it (Core §1.3.3).
pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|time| time.with_timezone(&Utc))
}

/// The response's own fields. They may not be signed, so they can refuse and never permit.
pub(super) fn check_response(
    response: Node<'_, '_>,
    idp_entity_id: &str,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    if response.attribute("Version") != Some("2.0") {
        return refuse(
            RefusalCode::ResponseVersion,
            "the response's Version is not 2.0",
        );
    }
    if response.attribute("ID").is_none_or(str::is_empty) {
        return refuse(RefusalCode::ResponseVersion, "the response has no ID");
    }
    match response.attribute("IssueInstant").and_then(parse_time) {
        None => {
            return refuse(
                RefusalCode::ResponseVersion,
                "the response's IssueInstant is no time",
            );
        }
        Some(issued) if issued > now + expected.skew => {
            return refuse(
                RefusalCode::AssertionNotYetValid,
                "the response is from the future",
            );
        }
        Some(_) => {}
    }
    check_response_issuer(response, idp_entity_id)?;
    let destination = response.attribute("Destination");
    if destination != Some(expected.acs_url) {
        return refuse(
            RefusalCode::ResponseDestination,
            format!(
                "Destination is {}, ours is `{}`",
                seen(destination),
                expected.acs_url
            ),
        );
    }
    match (response.attribute("InResponseTo"), expected.request_id) {
        (None, Some(_)) => return Err(RefusalCode::ResponseUnsolicited.into()),
        (answers, asked) if answers != asked => {
            return refuse(
                RefusalCode::ResponseInResponseTo,
                "the response's InResponseTo differs",
            );
        }
        _ => {}
    }
    match status_of(response) {
        Some(status) if status == SUCCESS => Ok(()),
        Some(status) => Err(status_refusal(&status)),
        None => refuse(RefusalCode::ResponseShape, "the response has no status"),
    }
}

/// Optional by the schema where only the assertion is signed; if it is there, it must be right.
fn check_response_issuer(response: Node<'_, '_>, idp_entity_id: &str) -> Result<(), Refusal> {
    let mut issuers = response.children_named(ASSERTION_NS, "Issuer");
    let first = issuers.next();
    if issuers.next().is_some() {
        return refuse(
            RefusalCode::ResponseIssuer,
            "the response has several issuers",
        );
    }
    match first {
        None => Ok(()),
        Some(issuer) => {
            let name = issuer.trimmed_text();
            let format = issuer.attribute("Format");
            if name.as_deref() == Some(idp_entity_id) && format.is_none_or(|f| f == ENTITY) {
                return Ok(());
            }
            refuse(
                RefusalCode::ResponseIssuer,
                format!(
                    "the issuer is {}, expected `{idp_entity_id}`",
                    seen(name.as_deref())
                ),
            )
        }
    }
}

/// The verified assertion.
pub(super) fn check_assertion(
    assertion: &ReadAssertion,
    idp_entity_id: &str,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Judged, Refusal> {
    if assertion.version != "2.0" || assertion.id.is_empty() {
        return refuse(
            RefusalCode::ResponseVersion,
            "the assertion is not version 2.0 with an ID",
        );
    }
    if assertion.issuer != idp_entity_id {
        return refuse(
            RefusalCode::AssertionIssuer,
            format!(
                "the issuer is {}, expected `{idp_entity_id}`",
                seen(Some(&assertion.issuer))
            ),
        );
    }
    if assertion.issue_instant > now + expected.skew {
        return refuse(
            RefusalCode::AssertionNotYetValid,
            "the assertion is from the future",
        );
    }
    let stale_from = assertion.issue_instant + LONGEST_USE;
    if now - expected.skew >= stale_from {
        return refuse(
            RefusalCode::AssertionExpired,
            format!("the assertion was issued at {}", assertion.issue_instant),
        );
    }
    let name_id = match &assertion.name_id {
        Some(name_id) if !name_id.value.trim().is_empty() => name_id.clone(),
        _ => return refuse(RefusalCode::AssertionSubject, "the subject has no NameID"),
    };
    let confirmed_until = check_confirmations(&assertion.confirmations, expected, now)?;
    let valid_until = check_conditions(assertion, expected, now)?;
    let authentication = check_authn_statement(assertion, expected, now)?;
    let usable_until = confirmed_until.min(valid_until).min(stale_from) + expected.skew;
    Ok(Judged {
        name_id,
        authentication,
        issued_after: assertion.issue_instant - expected.skew,
        usable_until,
    })
}

/// One bearer confirmation must hold whole; what the others say does not matter.
fn check_confirmations(
    confirmations: &[ReadSubjectConfirmation],
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    // Where nothing was asked, a trace of any request means another login's answer.
    let answers = |confirmation: &ReadSubjectConfirmation| {
        let data = confirmation.subject_confirmation_data.as_ref();
        data.is_some_and(|data| data.in_response_to.is_some())
    };
    if expected.request_id.is_none() && confirmations.iter().any(answers) {
        let detail = "the response answers no request, but a confirmation does";
        return refuse(RefusalCode::AssertionConfirmation, detail);
    }
    let mut why = "there is no bearer confirmation".to_owned();
    for confirmation in confirmations {
        if confirmation.method.as_deref() != Some(BEARER) {
            continue;
        }
        match check_bearer(confirmation, expected, now) {
            Ok(until) => return Ok(until),
            Err(reason) => why = reason,
        }
    }
    refuse(RefusalCode::AssertionConfirmation, why)
}

fn check_bearer(
    confirmation: &ReadSubjectConfirmation,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Timestamp, String> {
    let data = confirmation
        .subject_confirmation_data
        .as_ref()
        .ok_or("the bearer confirmation has no data")?;
    if data.recipient.as_deref() != Some(expected.acs_url) {
        return Err(format!(
            "Recipient is {}, ours is `{}`",
            seen(data.recipient.as_deref()),
            expected.acs_url
        ));
    }
    if data.in_response_to.as_deref() != expected.request_id {
        return Err("the confirmation's InResponseTo is not this login's request".to_owned());
    }
    let until = data
        .not_on_or_after
        .ok_or("the confirmation has no NotOnOrAfter")?;
    if now - expected.skew >= until {
        return Err(format!("the confirmation ended at {until}"));
    }
    if data
        .not_before
        .is_some_and(|from| from > now + expected.skew)
    {
        return Err("the confirmation is not valid yet".to_owned());
    }
    Ok(until)
}

fn check_conditions(
    assertion: &ReadAssertion,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let Some(conditions) = &assertion.conditions else {
        return refuse(RefusalCode::AssertionConditions, "there are no conditions");
    };
    if let Some(name) = &assertion.unknown_condition {
        let detail = format!("the condition {} is not known here", seen(Some(name)));
        return refuse(RefusalCode::AssertionConditions, detail);
    }
    let Some(until) = conditions.not_on_or_after else {
        return refuse(
            RefusalCode::AssertionConditions,
            "the conditions have no NotOnOrAfter",
        );
    };
    if conditions
        .not_before
        .is_some_and(|from| from > now + expected.skew)
    {
        return refuse(
            RefusalCode::AssertionNotYetValid,
            "NotBefore is in the future",
        );
    }
    if now - expected.skew >= until {
        return refuse(
            RefusalCode::AssertionExpired,
            format!("NotOnOrAfter was {until}"),
        );
    }
    check_audience(conditions, expected)?;
    check_proxying(conditions, expected)?;
    Ok(until)
}

/// Every restriction must name us; several are AND, the audiences in one are OR (Core §2.5.1.4).
fn check_audience(conditions: &Conditions, expected: &Expected<'_>) -> Result<(), Refusal> {
    let restrictions = conditions
        .audience_restrictions
        .as_deref()
        .unwrap_or_default();
    let named = |audience: &String| audience.trim() == expected.sp_entity_id;
    let all = restrictions
        .iter()
        .all(|restriction| restriction.audience.iter().any(named));
    if all && !restrictions.is_empty() {
        return Ok(());
    }
    let first = restrictions.iter().flat_map(|one| &one.audience).next();
    refuse(
        RefusalCode::AssertionAudience,
        format!(
            "the audience is {}, ours is `{}`",
            seen(first.map(String::as_str)),
            expected.sp_entity_id
        ),
    )
}

/// Who forbids to issue further assertions on the strength of theirs means us (Core §2.5.1.6).
fn check_proxying(conditions: &Conditions, expected: &Expected<'_>) -> Result<(), Refusal> {
    let Some(restriction) = &conditions.proxy_restriction else {
        return Ok(());
    };
    let audiences = restriction.audiences.as_deref().unwrap_or_default();
    let named = |audience: &String| audience.trim() == expected.downstream_audience;
    if restriction.count == Some(0) || !(audiences.is_empty() || audiences.iter().any(named)) {
        return refuse(
            RefusalCode::AssertionConditions,
            "a ProxyRestriction forbids to pass this login on to Flex",
        );
    }
    Ok(())
}

fn check_authn_statement(
    assertion: &ReadAssertion,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Authentication, Refusal> {
    for statement in &assertion.authn_statements {
        if statement
            .session_not_on_or_after
            .is_some_and(|until| now - expected.skew >= until)
        {
            return refuse(
                RefusalCode::AssertionExpired,
                "the session at the IdP is over",
            );
        }
        if statement
            .authn_instant
            .is_some_and(|instant| instant > now + expected.skew)
        {
            return refuse(
                RefusalCode::AssertionNotYetValid,
                "AuthnInstant is in the future",
            );
        }
    }
    let statement = assertion.authn_statements.first();
    let instant = statement.and_then(|statement| statement.authn_instant);
    let (Some(statement), Some(instant)) = (statement, instant) else {
        return Err(RefusalCode::AssertionAuthnStatement.into());
    };
    let context = statement
        .authn_context
        .as_ref()
        .and_then(|context| context.value.as_ref());
    let context_class = context
        .and_then(|class| class.value.as_deref())
        .map(|class| class.trim().to_owned())
        .filter(|class| !class.is_empty());
    Ok(Authentication {
        instant,
        context_class,
    })
}
