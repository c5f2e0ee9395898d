//! The second half: the identity provider's answer in, our own answer out.

use std::{net::IpAddr, sync::Arc};

use crate::{
    clock::{Random, Timestamp},
    identity::{Decision, Identity, IdpName, LoginReference, NoMatchCause, Refusal, RefusalCode},
    saml::{
        binding::post,
        sp::{Expected, VerifiedAssertion, verify},
    },
};

use super::{
    Answer, RequestContext,
    bridge::{Bridge, FlexAccount},
    judge,
    logins::{Known, Logins},
    memory,
    pending::{PendingLogin, removal},
    way::Way,
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
    let asked = bridge.idp.get(idp).ok_or(RefusalCode::NotFound)?;
    known.idp = Some(idp.clone());
    let incoming = post::decode_response(form)?;
    let way = Way::find(bridge, asked, &incoming, context)?;
    known.reference = way.begun().map(|pending| pending.reference.clone());
    known.flex = Some(way.flex().clone());
    check(logins, bridge, &way, idp)?;

    let way = Arc::new(way);
    let place = logins.work.enter()?;
    let verified = verify_on_the_side(logins, &place, bridge, &way, idp, incoming.response).await?;
    if known.reference.is_none() {
        // Only now it is nobody's random words.
        known.reference = Some(LoginReference::fresh(&*logins.random)?);
    }
    consume(logins, &way, &verified).await?;
    let answered = answer_on_the_side(logins, &place, bridge, &way, idp, verified, context.address);
    let (no_match, rule, finished) = answered.await?;
    // A login that is refused now has a record, too, of what matched nothing.
    (known.no_match, known.rule) = (no_match, rule);
    finished
}

fn check(logins: &Logins, bridge: &Bridge, way: &Way, idp: &IdpName) -> Result<(), Refusal> {
    if let Some(pending) = way.begun() {
        check_pending(logins, pending, idp)?;
    }
    // What was switched off or changed since the login began is off for it, too.
    let account = bridge.account(way.flex(), idp);
    account.map(drop).map_err(|refusal| match refusal.code {
        RefusalCode::NotFound => RefusalCode::LoginSwitchedOff.into(),
        _ => refusal,
    })
}

fn check_pending(logins: &Logins, pending: &PendingLogin, idp: &IdpName) -> Result<(), Refusal> {
    if pending.idp != *idp {
        let detail = format!("asked was {}, the answer came to {idp}", pending.idp);
        return Err(Refusal::new(RefusalCode::LoginOtherIdp, detail));
    }
    if logins.clock.now() >= pending.ends() {
        return Err(RefusalCode::LoginExpired.into());
    }
    Ok(())
}

async fn verify_on_the_side(
    logins: &Logins,
    place: &Place<'_>,
    bridge: &Arc<Bridge>,
    way: &Arc<Way>,
    idp: &IdpName,
    response: String,
) -> Result<VerifiedAssertion, Refusal> {
    let (bridge, way, now) = (bridge.clone(), way.clone(), logins.clock.now());
    let idp = idp.clone();
    let work = move || {
        let (account, idp) = bridge.account(way.flex(), &idp)?;
        let expected = Expected {
            sp_entity_id: &idp.endpoints.entity_id,
            acs_url: &idp.endpoints.acs_url,
            request_id: way.begun().map(|pending| &*pending.upstream_request),
            downstream_audience: &account.sp.entity_id,
            skew: idp.skew,
        };
        verify(&response, &idp.trust(now)?, &expected, now, &mut |_| {})
    };
    place.run(work).await
}

/// One use each, on every node: of the login, and of the assertion. Where nobody
/// asked, the latter is all that keeps a captured response from being used again.
async fn consume(logins: &Logins, way: &Way, verified: &VerifiedAssertion) -> Result<(), Refusal> {
    if let Some(pending) = way.begun() {
        let login = [&b"login"[..], pending.id.as_str().as_bytes()];
        logins
            .consume(&login, pending.ends(), RefusalCode::LoginReplayed)
            .await?;
    }
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
    way: &Arc<Way>,
    idp: &IdpName,
    verified: VerifiedAssertion,
    address: IpAddr,
) -> Result<Answered, Refusal> {
    let (bridge, way) = (bridge.clone(), way.clone());
    let idp = idp.clone();
    let (now, random) = (logins.clock.now(), logins.random.clone());
    let work = move || {
        let (account, idp) = bridge.account(way.flex(), &idp)?;
        let identity = verified.into_identity(idp.name.clone());
        let decision = judge::decide(account, &identity, address, false);
        let finished = answer(&bridge, account, &way, &identity, &decision, now, &*random);
        Ok((decision.no_match, decision.rule, finished))
    };
    place.run(work).await
}

fn answer(
    bridge: &Bridge,
    account: &FlexAccount,
    way: &Way,
    identity: &Identity,
    decision: &Decision,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Finished, Refusal> {
    let release = account.claims.release(identity, decision)?;
    let begun = way.begun();
    let xml = judge::respond(
        account,
        identity,
        &release,
        begun.map(|pending| &*pending.downstream_request),
        now,
        bridge.assertion.signing(),
        random,
    )?;
    let relay_state = begun.and_then(|pending| pending.relay_state.as_deref());
    let step = post::encode(account.sp.acs_url.url(), "SAMLResponse", &xml, relay_state);
    let mut cookies = Vec::new();
    if let Some(pending) = begun {
        cookies.push(removal(&pending.id, bridge.https));
        if account.idp.len() > 1 {
            let (flex, idp) = (&account.name, &identity.idp);
            cookies.push(memory::remember(bridge, flex, idp, random)?);
        }
    }
    Ok(Finished {
        answer: Answer {
            cookies,
            step: step.into(),
        },
        location: release.location().map(str::to_owned),
    })
}
