//! The second half: the identity provider's answer in, our own answer out.

use std::{net::IpAddr, sync::Arc};

use crate::{
    clock::{Random, Timestamp},
    identity::{Decision, Identity, IdpName, Refusal, RefusalCode},
    saml::{
        binding::post::{self, IncomingResponse},
        sp::{Expected, VerifiedAssertion, in_response_to_of, verify},
    },
};

use super::{
    Answer, RequestContext,
    bridge::{Bridge, FlexAccount, Idp},
    judge,
    logins::{Known, Logins},
    pending::{Asked, LoginId, PendingLogin, removal},
};

/// A login that was accepted: the answer, and what its record says.
pub(super) struct Finished {
    pub answer: Answer,
    pub location: Option<String>,
}

pub(super) async fn finish(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    idp: &IdpName,
    form: &[u8],
    context: &RequestContext,
    known: &mut Known,
) -> Result<Finished, Refusal> {
    // Who speaks something else has no address here.
    if bridge.idp.get(idp).and_then(Idp::saml).is_none() {
        return Err(RefusalCode::NotFound.into());
    }
    known.idp = Some(idp.clone());
    let incoming = post::decode_response(form)?;
    let pending = find_pending(bridge, &incoming, context)?;
    known.reference = Some(pending.reference.clone());
    known.flex = Some(pending.flex.clone());
    check_pending(logins, bridge, &pending, idp)?;

    let pending = Arc::new(pending);
    let verified = verify_on_the_side(logins, bridge, &pending, incoming.response).await?;
    consume(logins, &pending, &verified).await?;
    let prove = move |idp: &Idp| Ok(verified.into_identity(idp.name.clone()));
    answer_on_the_side(logins, bridge, &pending, prove, context.address, known).await
}

/// The login that this answer belongs to, by the RelayState and the browser's own cookie.
fn find_pending(
    bridge: &Bridge,
    incoming: &IncomingResponse,
    context: &RequestContext,
) -> Result<PendingLogin, Refusal> {
    match incoming.relay_state.as_deref().and_then(LoginId::parse) {
        Some(id) => unseal(bridge, &id, context),
        None if in_response_to_of(&incoming.response).is_none() => {
            Err(RefusalCode::ResponseUnsolicited.into())
        }
        None => {
            let detail = "the RelayState is not one of ours; the identity provider must send back the one it was given";
            Err(Refusal::new(RefusalCode::LoginUnknown, detail))
        }
    }
}

/// The login of this name that this browser began.
pub(super) fn unseal(
    bridge: &Bridge,
    id: &LoginId,
    context: &RequestContext,
) -> Result<PendingLogin, Refusal> {
    PendingLogin::unseal(id, &context.cookies, &bridge.cookie, bridge.https)
}

pub(super) fn check_pending(
    logins: &Logins,
    bridge: &Bridge,
    pending: &PendingLogin,
    idp: &IdpName,
) -> Result<(), Refusal> {
    if pending.idp != *idp {
        let detail = format!("asked was {}, the answer came to {idp}", pending.idp);
        return Err(Refusal::new(RefusalCode::LoginOtherIdp, detail));
    }
    if logins.clock.now() >= pending.ends() {
        return Err(RefusalCode::LoginExpired.into());
    }
    // What was switched off or changed since the login began is off for it, too.
    let (_, asked) = bridge
        .account(&pending.flex)
        .map_err(|refusal| match refusal.code {
            RefusalCode::NotFound => RefusalCode::LoginSwitchedOff.into(),
            _ => refusal,
        })?;
    if asked.name != *idp {
        return Err(RefusalCode::LoginSwitchedOff.into());
    }
    Ok(())
}

async fn verify_on_the_side(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    pending: &Arc<PendingLogin>,
    response: String,
) -> Result<VerifiedAssertion, Refusal> {
    let (bridge, pending, now) = (bridge.clone(), pending.clone(), logins.clock.now());
    let work = move || {
        let (account, idp) = bridge.account(&pending.flex)?;
        let (Some(saml), Asked::Saml { request_id }) = (idp.saml(), &pending.upstream) else {
            let detail = "the login began by another protocol";
            return Err(Refusal::new(RefusalCode::LoginOtherIdp, detail));
        };
        let expected = Expected {
            sp_entity_id: &saml.endpoints.entity_id,
            acs_url: &saml.endpoints.acs_url,
            request_id,
            downstream_audience: &account.sp.entity_id,
            skew: saml.skew,
        };
        verify(&response, &saml.trust(now)?, &expected, now, &mut |_| {})
    };
    logins.work.run(work).await
}

/// One use each, on every node: of the login, and of the assertion.
async fn consume(
    logins: &Logins,
    pending: &PendingLogin,
    verified: &VerifiedAssertion,
) -> Result<(), Refusal> {
    consume_login(logins, pending).await?;
    let one_time = verified.one_time_key();
    let assertion = [&b"assertion"[..], one_time.as_bytes()];
    logins
        .consume(
            &assertion,
            verified.usable_until(),
            RefusalCode::AssertionReplayed,
        )
        .await
}

/// One use of the login, on every node.
pub(super) async fn consume_login(logins: &Logins, pending: &PendingLogin) -> Result<(), Refusal> {
    let login = [&b"login"[..], pending.id.as_str().as_bytes()];
    logins
        .consume(&login, pending.ends(), RefusalCode::LoginReplayed)
        .await
}

/// From a proof to what Flex receives; `prove` gives the identity that was proven.
pub(super) async fn answer_on_the_side(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    pending: &Arc<PendingLogin>,
    prove: impl FnOnce(&Idp) -> Result<Identity, Refusal> + Send + 'static,
    address: IpAddr,
    known: &mut Known,
) -> Result<Finished, Refusal> {
    let (bridge, pending) = (bridge.clone(), pending.clone());
    let (now, random) = (logins.clock.now(), logins.random.clone());
    let work = move || {
        let (account, idp) = bridge.account(&pending.flex)?;
        let identity = prove(idp)?;
        let decision = judge::decide(account, &identity, address, false);
        let finished = answer(
            &bridge, account, &pending, &identity, &decision, now, &*random,
        );
        Ok((decision.no_match, decision.rule, finished))
    };
    let (no_match, rule, finished) = logins.work.run(work).await?;
    // A login that is refused now has a record, too, of what matched nothing.
    (known.no_match, known.rule) = (no_match, rule);
    finished
}

fn answer(
    bridge: &Bridge,
    account: &FlexAccount,
    pending: &PendingLogin,
    identity: &Identity,
    decision: &Decision,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Finished, Refusal> {
    let release = account.claims.release(identity, decision)?;
    let xml = judge::respond(
        account,
        identity,
        &release,
        &pending.downstream_request,
        now,
        bridge.assertion.signing(),
        random,
    )?;
    let relay_state = pending.relay_state.as_deref();
    let step = post::encode(&account.sp.acs_url, "SAMLResponse", &xml, relay_state);
    Ok(Finished {
        answer: Answer {
            cookie: Some(removal(&pending.id, bridge.https)),
            step: step.into(),
        },
        location: release.location().map(str::to_owned),
    })
}
