//! The first half: Flex's request in, our own request out.

use std::sync::Arc;

use crate::{
    clock::Timestamp,
    identity::{FlexName, LoginReference, Refusal, RefusalCode},
    saml::{
        binding::IncomingRequest, fresh_id, idp::receive, metadata::IdpMetadata, sp::AuthnRequest,
    },
};

use super::{
    Answer, BrowserStep,
    bridge::Bridge,
    logins::{Known, Logins},
    pending::{LoginId, PendingLogin},
};

pub(super) async fn begin(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    flex: &FlexName,
    request: Result<IncomingRequest, Refusal>,
    known: &mut Known,
) -> Result<Answer, Refusal> {
    if bridge.flex.contains_key(flex) {
        known.flex = Some(flex.clone());
    }
    let (account, idp) = bridge.account(flex)?;
    known.idp = Some(idp.name.clone());
    let asked = receive(
        request?,
        &account.sp,
        &account.sso_url,
        account.request_certificates.as_ref(),
    )?;
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
    let cookie = Some(pending.seal(&bridge.cookie, bridge.https, random)?);
    let step = if metadata.want_authn_requests_signed {
        let bridge = bridge.clone();
        let work = move || ask(&bridge, &pending, &metadata, now);
        logins.work.run(work).await?
    } else {
        ask(bridge, &pending, &metadata, now)?
    };
    Ok(Answer { cookie, step })
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
