//! The second half: the identity provider's answer in, our own answer out.

use std::{net::IpAddr, sync::Arc};

use crate::{
    clock::{Random, Timestamp},
    identity::{Decision, Identity, IdpName, LoginReference, Refusal, RefusalCode},
    saml::{
        binding::post,
        sp::{Expected, VerifiedAssertion, verify},
    },
    telemetry::{Step, within},
};

use super::{
    Answer, RequestContext,
    bridge::{Bridge, FlexAccount, Idp},
    demand, initiate, judge,
    logins::{Known, Logins},
    memory, passive,
    pending::{Asked, LoginId, PendingLogin, removal},
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
    // Who speaks something else has no address here.
    let asked = bridge.idp.get(idp).filter(|idp| idp.saml().is_some());
    let asked = asked.ok_or(RefusalCode::NotFound)?;
    known.idp = Some(idp.clone());
    let incoming = post::decode_response(form)?;
    let place = logins.work.enter()?;
    let way = Way::find(&place, bridge, asked, &incoming, context).await?;
    known.reference = way.begun().map(|pending| pending.reference.clone());
    known.flex = Some(way.flex().clone());
    check(logins, bridge, &way, idp)?;

    known.passive = way
        .begun()
        .and_then(|pending| passive::of(pending, &incoming.response));
    let way = Arc::new(way);
    known.small = incoming.response.len() <= SMALL;
    let verified = verify_on_the_side(logins, &place, bridge, &way, idp, incoming.response).await?;
    if known.reference.is_none() {
        // Only now it is nobody's random words.
        known.reference = Some(LoginReference::fresh(&*logins.random)?);
    }
    consume(logins, &way, &verified).await?;
    let prove = move |idp: &Idp| Ok(verified.into_identity(idp.name.clone()));
    answer_on_the_side(
        logins,
        &place,
        bridge,
        &way,
        idp,
        prove,
        context.address,
        known,
    )
    .await
}

pub(super) fn check(
    logins: &Logins,
    bridge: &Bridge,
    way: &Way,
    idp: &IdpName,
) -> Result<(), Refusal> {
    if let Some(pending) = way.begun() {
        check_pending(logins, pending, idp)?;
    }
    // What was switched off or changed since the login began is off for it, too.
    let account = bridge.account(way.flex(), idp);
    let (_, idp) = account.map_err(|refusal| match refusal.code {
        RefusalCode::NotFound => RefusalCode::LoginSwitchedOff.into(),
        _ => refusal,
    })?;
    way.begun()
        .map_or(Ok(()), |pending| initiate::still_on(idp, pending))
}

/// The login of this name that this browser began.
pub(super) fn unseal(
    bridge: &Bridge,
    id: &LoginId,
    context: &RequestContext,
) -> Result<PendingLogin, Refusal> {
    PendingLogin::unseal(id, &context.cookies, &bridge.cookie, bridge.https)
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

/// The largest response, in bytes of base64, that is verified where it stands: people in many
/// groups have larger ones, and strangers' may be as large as they like.
const SMALL: usize = 16 * 1024;

async fn verify_on_the_side(
    logins: &Logins,
    place: &Place<'_>,
    bridge: &Arc<Bridge>,
    way: &Arc<Way>,
    idp: &IdpName,
    response: String,
) -> Result<VerifiedAssertion, Refusal> {
    let (bridge, way, now) = (bridge.clone(), way.clone(), logins.clock.now());
    let (idp, short) = (idp.clone(), response.len() <= SMALL);
    let work = move || {
        let (account, idp) = bridge.account(way.flex(), &idp)?;
        let other = || {
            let detail = "the login began by another protocol";
            Refusal::new(RefusalCode::LoginOtherIdp, detail)
        };
        let saml = idp.saml().ok_or_else(other)?;
        let request_id = match way.begun().map(|pending| &pending.upstream) {
            None => None,
            Some(Asked::Saml { request_id }) => Some(&**request_id),
            Some(Asked::Oidc { .. }) => return Err(other()),
        };
        let expected = Expected {
            sp_entity_id: &saml.endpoints.entity_id,
            acs_url: &saml.endpoints.acs_url,
            request_id,
            downstream_audience: &account.sp.entity_id,
            skew: saml.skew,
        };
        let verified = verify(&response, &saml.trust(now)?, &expected, now, &mut |_| {})?;
        if let Some(pending) = way.begun() {
            demand::check(pending, verified.authentication().into(), saml.skew)?;
        }
        Ok(verified)
    };
    let verified = async {
        if short {
            place.run_short(work).await
        } else {
            place.run(work).await
        }
    };
    within(Step::Verify, verified).await
}

/// One use each, on every node: of the login, and of the assertion. Where nobody
/// asked, the latter is all that keeps a captured response from being used again.
///
/// Side by side, so that both share one way to the disk or to Redis. Whoever brings a login
/// that was used before uses up the assertion as well, which answers that login and no other.
async fn consume(logins: &Logins, way: &Way, verified: &VerifiedAssertion) -> Result<(), Refusal> {
    // An answer is no older than what it answers; one that nobody asked for says its age itself.
    let since = way
        .begun()
        .map_or_else(|| verified.issued_after(), PendingLogin::began);
    let one_time = verified.one_time_key();
    let parts = [&b"assertion"[..], one_time.as_bytes()];
    let until = verified.usable_until();
    let assertion = logins.consume(&parts, since, until, RefusalCode::AssertionReplayed);
    let Some(pending) = way.begun() else {
        return assertion.await;
    };
    let (login, assertion) = tokio::join!(consume_login(logins, pending), assertion);
    login.and(assertion)
}

/// One use of the login, on every node.
pub(super) async fn consume_login(logins: &Logins, pending: &PendingLogin) -> Result<(), Refusal> {
    let login = [&b"login"[..], pending.id.as_str().as_bytes()];
    logins
        .consume(
            &login,
            pending.began(),
            pending.ends(),
            RefusalCode::LoginReplayed,
        )
        .await
}

/// From a proof to what Flex receives; `prove` gives the identity that was proven.
#[expect(
    clippy::too_many_arguments,
    reason = "the story's parts; a struct of them would be used once"
)]
pub(super) async fn answer_on_the_side(
    logins: &Logins,
    place: &Place<'_>,
    bridge: &Arc<Bridge>,
    way: &Arc<Way>,
    idp: &IdpName,
    prove: impl FnOnce(&Idp) -> Result<Identity, Refusal> + Send + 'static,
    address: IpAddr,
    known: &mut Known,
) -> Result<Finished, Refusal> {
    let (bridge, way) = (bridge.clone(), way.clone());
    let idp = idp.clone();
    let (now, random) = (logins.clock.now(), logins.random.clone());
    let work = move || {
        let (account, idp) = bridge.account(way.flex(), &idp)?;
        let identity = prove(idp)?;
        let decision = judge::decide(account, &identity, address, false);
        let finished = answer(&bridge, account, &way, &identity, &decision, now, &*random);
        let keeping = &bridge.keeping;
        let read = decision.attribute.as_deref();
        let reading = keeping.reading(account, &identity, address, read);
        let agent = keeping.pseudonym(&idp.name, &identity.name_id);
        Ok((decision.no_match, decision.rule, reading, agent, finished))
    };
    let short = known.small;
    let answered = async {
        if short {
            place.run_short(work).await
        } else {
            place.run(work).await
        }
    };
    let (no_match, rule, reading, agent, finished) = within(Step::Answer, answered).await?;
    // A login that is refused now has a record, too, of what matched nothing.
    (known.no_match, known.rule) = (no_match, rule);
    (known.reading, known.agent) = (Some(reading), agent);
    finished
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
    let release = account.release(identity, decision)?;
    let begun = way.begun();
    let xml = judge::respond(
        account,
        identity,
        &release,
        begun.and_then(|pending| pending.downstream_request.as_deref()),
        now,
        account.assertion.signing(),
        random,
    )?;
    let relay_state = begun.and_then(|pending| pending.relay_state.as_deref());
    let step = post::encode(account.sp.acs_url.url(), "SAMLResponse", &xml, relay_state);
    let mut cookies = Vec::new();
    if let Some(pending) = begun {
        cookies.push(removal(&pending.id, bridge.https));
        // What anybody's page can begin must not choose for the agent's next login.
        if account.idp.len() > 1 && pending.downstream_request.is_some() {
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
