//! The first half: Flex's request in, our own request out.

use std::sync::Arc;

use crate::{
    clock::Timestamp,
    identity::{FlexName, LoginReference, Refusal, RefusalCode},
    saml::{
        binding::IncomingRequest,
        fresh_id,
        idp::{DownstreamRequest, receive},
        metadata::IdpMetadata,
        sp::AuthnRequest,
    },
};

use super::{
    Answer, BrowserStep,
    bridge::Bridge,
    logins::{Known, Logins},
    pending::{LoginId, PendingLogin, make_room},
    work::Place,
};

pub(super) async fn begin(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    flex: &FlexName,
    request: Result<IncomingRequest, Refusal>,
    cookies: &str,
    known: &mut Known,
) -> Result<Answer, Refusal> {
    if bridge.flex.contains_key(flex) {
        known.flex = Some(flex.clone());
    }
    let (account, idp) = bridge.account(flex)?;
    known.idp = Some(idp.name.clone());
    let place = logins.work.enter()?;
    let asked = read(&place, bridge, flex, request?).await?;
    let now = logins.clock.now();
    let metadata = idp
        .metadata
        .current(now)
        .ok_or(RefusalCode::MetadataUnavailable)?;
    let random = &*logins.random;
    let pending = PendingLogin {
        id: LoginId::fresh(random)?,
        reference: LoginReference::fresh(random)?,
        flex: flex.clone(),
        idp: idp.name.clone(),
        downstream_request: asked.id,
        relay_state: asked.relay_state,
        upstream_request: fresh_id(random)?,
        asks: account.pass_on.pass(&asked.asks),
        began: now.timestamp(),
    };
    known.reference = Some(pending.reference.clone());
    let cookie = pending.seal(&bridge.cookie, bridge.https, random)?;
    let mut cookies = make_room(cookies, &cookie, &bridge.cookie, bridge.https);
    cookies.push(cookie);
    let step = if metadata.want_authn_requests_signed {
        let bridge = bridge.clone();
        let work = move || ask(&bridge, &pending, &metadata, now);
        place.run(work).await?
    } else {
        ask(bridge, &pending, &metadata, now)?
    };
    Ok(Answer { cookies, step })
}

/// Flex's request; where its signature is to be verified, that is work.
async fn read(
    place: &Place<'_>,
    bridge: &Arc<Bridge>,
    flex: &FlexName,
    request: IncomingRequest,
) -> Result<DownstreamRequest, Refusal> {
    let (bridge, flex) = (bridge.clone(), flex.clone());
    let work = move || {
        let (account, _) = bridge.account(&flex)?;
        let certificates = account.request_certificates.as_ref();
        receive(request, &account.sp, &account.sso_url, certificates)
    };
    place.run(work).await
}

fn ask(
    bridge: &Bridge,
    pending: &PendingLogin,
    metadata: &IdpMetadata,
    now: Timestamp,
) -> Result<BrowserStep, Refusal> {
    let (_, idp) = bridge.account(&pending.flex)?;
    let request = AuthnRequest {
        id: &pending.upstream_request,
        now,
        endpoints: &idp.endpoints,
        relay_state: pending.id.as_str(),
        asks: &pending.asks,
    };
    request
        .send(metadata, bridge.assertion.signing())
        .map(BrowserStep::from)
        .map_err(|error| Refusal::new(RefusalCode::SigningFailed, error.to_string()))
}
