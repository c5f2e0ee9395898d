//! From an identity to what Flex receives: decided, released, written.
//!
//! A login and its explanation both come through here.

use std::net::IpAddr;

use crate::{
    clock::{Random, Timestamp},
    identity::{Decision, Identity, Refusal, RefusalCode, Release},
    keys::SigningKey,
    saml::idp::{DownstreamResponse, ResponseFailed},
};

use super::bridge::FlexAccount;

/// Decides a person's location, thoroughly explained or just quickly.
#[must_use]
pub fn decide(
    account: &FlexAccount,
    identity: &Identity,
    address: IpAddr,
    explain: bool,
) -> Decision {
    let snapshot = account.locations.snapshot();
    let defined = snapshot.as_deref().map(|snapshot| &*snapshot.locations);
    if explain {
        account.mapping.explain(identity, address, defined)
    } else {
        account.mapping.decide(identity, address, defined)
    }
}

/// The signed response for Flex.
pub(super) fn respond(
    account: &FlexAccount,
    identity: &Identity,
    release: &Release,
    in_response_to: Option<&str>,
    now: Timestamp,
    key: &SigningKey,
    random: &dyn Random,
) -> Result<String, Refusal> {
    with_response(
        account,
        identity,
        release,
        in_response_to,
        now,
        |response| response.sign(key, random),
    )
    .map_err(|failed| refusal(&failed))
}

/// The assertion that Flex would receive, unsigned.
///
/// # Errors
/// `release.value` when a value can't be written.
pub fn preview(
    account: &FlexAccount,
    identity: &Identity,
    release: &Release,
    now: Timestamp,
) -> Result<String, Refusal> {
    with_response(
        account,
        identity,
        release,
        Some("_preview-request"),
        now,
        |response| response.preview().map_err(ResponseFailed::Unwritable),
    )
    .map_err(|failed| refusal(&failed))
}

fn with_response<T>(
    account: &FlexAccount,
    identity: &Identity,
    release: &Release,
    in_response_to: Option<&str>,
    now: Timestamp,
    then: impl FnOnce(DownstreamResponse<'_>) -> T,
) -> T {
    let attributes: Vec<(&str, &[String])> = release
        .attributes()
        .iter()
        .map(|attribute| (&*attribute.name, &*attribute.values))
        .collect();
    let authentication = account.report_context.report(&identity.authentication);
    then(DownstreamResponse {
        issuer: &account.entity_id,
        flex: &account.sp,
        in_response_to,
        name_id: release.name_id(),
        attributes: &attributes,
        authentication: &authentication,
        now,
    })
}

pub(super) fn refusal(failed: &ResponseFailed) -> Refusal {
    let detail = failed.to_string();
    let code = match failed {
        ResponseFailed::Unwritable(_) => RefusalCode::ReleaseValue,
        ResponseFailed::Signing => RefusalCode::SigningFailed,
        ResponseFailed::Random(_) => RefusalCode::RandomUnavailable,
    };
    Refusal::new(code, detail)
}
