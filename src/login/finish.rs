//! The second half: the identity provider's answer in, our own answer out.

use std::{net::IpAddr, sync::Arc};

use crate::{
    clock::{Random, Timestamp},
    identity::{Decision, Identity, IdpName, NoMatchCause, Refusal, RefusalCode},
    saml::{
        binding::post::{self, IncomingResponse},
        sp::{Expected, VerifiedAssertion, in_response_to_of, verify},
    },
};

use super::{
    Answer, RequestContext,
    bridge::{Bridge, FlexAccount},
    demand, judge,
    logins::{Known, Logins},
    passive,
    pending::{LoginId, PendingLogin, removal},
    work::Place,
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
    if !bridge.idp.contains_key(idp) {
        return Err(RefusalCode::NotFound.into());
    }
    known.idp = Some(idp.clone());
    let incoming = post::decode_response(form)?;
    let pending = find_pending(bridge, &incoming, context)?;
    known.reference = Some(pending.reference.clone());
    known.flex = Some(pending.flex.clone());
    check_pending(logins, bridge, &pending, idp)?;

    known.passive = passive::of(&pending, &incoming.response);
    let pending = Arc::new(pending);
    let place = logins.work.enter()?;
    let verified = verify_on_the_side(logins, &place, bridge, &pending, incoming.response).await?;
    consume(logins, &pending, &verified).await?;
    let answered = answer_on_the_side(logins, &place, bridge, &pending, verified, context.address);
    let (no_match, rule, finished) = answered.await?;
    // A login that is refused now has a record, too, of what matched nothing.
    (known.no_match, known.rule) = (no_match, rule);
    finished
}

/// The login that this answer belongs to, by the RelayState and the browser's own cookie.
fn find_pending(
    bridge: &Bridge,
    incoming: &IncomingResponse,
    context: &RequestContext,
) -> Result<PendingLogin, Refusal> {
    let unseal =
        |id: LoginId| PendingLogin::unseal(&id, &context.cookies, &bridge.cookie, bridge.https);
    match incoming.relay_state.as_deref().and_then(LoginId::parse) {
        Some(id) => unseal(id),
        None if in_response_to_of(&incoming.response).is_none() => {
            Err(RefusalCode::ResponseUnsolicited.into())
        }
        None => {
            let detail = "the RelayState is not one of ours; the identity provider must send back the one it was given";
            Err(Refusal::new(RefusalCode::LoginUnknown, detail))
        }
    }
}

fn check_pending(
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
    place: &Place<'_>,
    bridge: &Arc<Bridge>,
    pending: &Arc<PendingLogin>,
    response: String,
) -> Result<VerifiedAssertion, Refusal> {
    let (bridge, pending, now) = (bridge.clone(), pending.clone(), logins.clock.now());
    let work = move || {
        let (account, idp) = bridge.account(&pending.flex)?;
        let expected = Expected {
            sp_entity_id: &idp.endpoints.entity_id,
            acs_url: &idp.endpoints.acs_url,
            request_id: &pending.upstream_request,
            downstream_audience: &account.sp.entity_id,
            skew: idp.skew,
        };
        let verified = verify(&response, &idp.trust(now)?, &expected, now, &mut |_| {})?;
        demand::check(&pending, verified.authentication(), idp.skew)?;
        Ok(verified)
    };
    place.run(work).await
}

/// One use each, on every node: of the login, and of the assertion.
async fn consume(
    logins: &Logins,
    pending: &PendingLogin,
    verified: &VerifiedAssertion,
) -> Result<(), Refusal> {
    let login = [&b"login"[..], pending.id.as_str().as_bytes()];
    logins
        .consume(&login, pending.ends(), RefusalCode::LoginReplayed)
        .await?;
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

/// Why nothing matched, the rule that decided, and the answer or its refusal.
type Answered = (
    Option<NoMatchCause>,
    Option<usize>,
    Result<Finished, Refusal>,
);

async fn answer_on_the_side(
    logins: &Logins,
    place: &Place<'_>,
    bridge: &Arc<Bridge>,
    pending: &Arc<PendingLogin>,
    verified: VerifiedAssertion,
    address: IpAddr,
) -> Result<Answered, Refusal> {
    let (bridge, pending) = (bridge.clone(), pending.clone());
    let (now, random) = (logins.clock.now(), logins.random.clone());
    let work = move || {
        let (account, idp) = bridge.account(&pending.flex)?;
        let identity = verified.into_identity(idp.name.clone());
        let decision = judge::decide(account, &identity, address, false);
        let finished = answer(
            &bridge, account, &pending, &identity, &decision, now, &*random,
        );
        Ok((decision.no_match, decision.rule, finished))
    };
    place.run(work).await
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
    let step = post::encode(account.sp.acs_url.url(), "SAMLResponse", &xml, relay_state);
    Ok(Finished {
        answer: Answer {
            cookies: vec![removal(&pending.id, bridge.https)],
            step: step.into(),
        },
        location: release.location().map(str::to_owned),
    })
}
