//! Flex asked to sign somebody in without showing a page, and it can't be done:
//! Flex is told so, as nobody would see a page of ours.

use std::sync::Arc;

use crate::{
    identity::{Refusal, RefusalCode},
    saml::{binding::post, idp::NoPassiveResponse, sp::in_response_to_of},
};

use super::{
    Answer,
    bridge::Bridge,
    judge,
    logins::Logins,
    pending::{Asked, PendingLogin, removal},
};

/// The login, if it is one that nobody may see and this is the answer to its own request.
pub(super) fn of(pending: &PendingLogin, response: &str) -> Option<Arc<PendingLogin>> {
    // The status may be unsigned: whoever sends it must at least know our request.
    let Asked::Saml { request_id } = &pending.upstream else {
        return None;
    };
    if !pending.asks.is_passive {
        return None;
    }
    let ours = in_response_to_of(response).as_deref() == Some(&**request_id);
    ours.then(|| Arc::new(pending.clone()))
}

/// Whether this refusal is the identity provider's own no. That it can't sign
/// the person in passively is then true for whichever reason it gives.
const fn said_no(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::StatusNoPassive
            | RefusalCode::StatusNotSuccess
            | RefusalCode::StatusAuthnFailed
            | RefusalCode::StatusRequestDenied
            | RefusalCode::StatusAccessDenied
            | RefusalCode::StatusNoAuthnContext
    )
}

/// The answer for Flex: `NoPassive`, signed, without an assertion. `None` where
/// the refusal is for our own page, and where signing failed.
pub(super) async fn answer(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    passive: Option<Arc<PendingLogin>>,
    refusal: &Refusal,
) -> Option<Answer> {
    let pending = passive.filter(|_| said_no(refusal.code))?;
    let (bridge, now, random) = (bridge.clone(), logins.clock.now(), logins.random.clone());
    let work = move || {
        let (account, _) = bridge.account(&pending.flex, &pending.idp)?;
        // Where nobody asked, nobody asked passively.
        let request = pending.downstream_request.as_deref();
        let request = request.ok_or(RefusalCode::Internal)?;
        let response = NoPassiveResponse {
            issuer: &account.entity_id,
            flex: &account.sp,
            in_response_to: request,
            now,
        };
        let xml = response
            .sign(account.assertion.signing(), &*random)
            .map_err(|failed| judge::refusal(&failed))?;
        let relay_state = pending.relay_state.as_deref();
        let step = post::encode(account.sp.acs_url.url(), "SAMLResponse", &xml, relay_state);
        Ok(Answer {
            cookies: vec![removal(&pending.id, bridge.https)],
            step: step.into(),
        })
    };
    // Without it there is still our page, and the refusal is recorded either way.
    logins.work.enter().ok()?.run(work).await.ok()
}
