//! The second half by OpenID Connect: the provider's code in, our own answer out.

use std::sync::Arc;

use crate::{
    identity::{IdpName, Refusal, RefusalCode},
    oidc::{Callback, Outcome, RelyingParty, Snapshot, Tokens, VerifiedIdToken},
    settings::Secret,
    telemetry::{Step, within},
};

use super::{
    RequestContext,
    bridge::{Bridge, Idp},
    demand,
    finish::{Finished, answer_on_the_side, check, consume_login, unseal},
    logins::{Known, Logins},
    pending::{Asked, LoginId},
    way::Way,
    work::Place,
};

pub(super) async fn redeem(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    idp: &IdpName,
    raw_query: &str,
    context: &RequestContext,
    known: &mut Known,
) -> Result<Finished, Refusal> {
    // Who speaks something else has no address here.
    let Some(provider) = bridge.idp.get(idp).and_then(Idp::oidc) else {
        return Err(RefusalCode::NotFound.into());
    };
    known.idp = Some(idp.clone());
    let callback = Callback::read(raw_query)?;
    let id = LoginId::parse(&callback.state).ok_or_else(|| {
        let detail = "the `state` is not one of ours";
        Refusal::new(RefusalCode::LoginUnknown, detail)
    })?;
    let pending = unseal(bridge, &id, context)?;
    known.reference = Some(pending.reference.clone());
    known.flex = Some(pending.flex.clone());
    let way = Way::Asked(pending.clone());
    check(logins, bridge, &way, idp)?;
    let Asked::Oidc {
        nonce,
        pkce_verifier,
    } = pending.upstream.clone()
    else {
        let detail = "the login began by another protocol";
        return Err(Refusal::new(RefusalCode::LoginOtherIdp, detail));
    };

    let snapshot = provider.known()?;
    callback.check_issuer(provider.provider.issuer(), &snapshot.discovery)?;
    let code = match callback.outcome {
        Outcome::Code(code) => code,
        Outcome::Refused(refusal) => {
            // Only who got our request knows its state.
            known.passive = pending.asks.is_passive.then(|| Arc::new(pending));
            return Err(refusal);
        }
    };
    let place = logins.work.enter()?;
    // Redeeming has effects at the provider, so that the login is used up before.
    consume_login(logins, &pending).await?;
    let redeemed = provider.redeem(&code, &pkce_verifier, logins.clock.now());
    let tokens = within(Step::Token, redeemed).await?;
    let (tokens, verified, snapshot) =
        prove(logins, &place, provider, tokens, nonce, snapshot).await?;
    demand::check(&pending, (&verified).into(), provider.skew())?;
    let completed = provider.complete(verified, &tokens, &snapshot);
    let verified = within(Step::Userinfo, completed).await?;

    let told = provider.clone();
    let identity = move |_: &Idp| told.identity(verified);
    answer_on_the_side(
        logins,
        &place,
        bridge,
        &Arc::new(way),
        idp,
        identity,
        context.address,
        known,
    )
    .await
}

/// Proves the ID token; with newer keys once more, where older ones may be to blame.
async fn prove(
    logins: &Logins,
    place: &Place<'_>,
    provider: &Arc<RelyingParty>,
    tokens: Tokens,
    nonce: Secret,
    snapshot: Arc<Snapshot>,
) -> Result<(Arc<Tokens>, VerifiedIdToken, Arc<Snapshot>), Refusal> {
    let (tokens, nonce) = (Arc::new(tokens), Arc::new(nonce));
    let verify = |snapshot: Arc<Snapshot>| {
        let (provider, tokens, nonce) = (provider.clone(), tokens.clone(), nonce.clone());
        let now = logins.clock.now();
        let work = move || provider.verify(&tokens, nonce.expose(), &snapshot, now);
        within(Step::Verify, place.run(work))
    };
    let refusal = match verify(snapshot.clone()).await {
        Ok(verified) => return Ok((tokens, verified, snapshot)),
        Err(refusal) => refusal,
    };
    let about_keys = matches!(
        refusal.code,
        RefusalCode::OidcKey | RefusalCode::OidcSignature
    );
    if !about_keys {
        return Err(refusal);
    }
    let newer = provider.provider.newer_than(&snapshot.keys).await;
    let snapshot = newer.ok_or(refusal)?;
    let verified = verify(snapshot.clone()).await?;
    Ok((tokens, verified, snapshot))
}
