//! The first half: Flex's request in, our own request out.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::{
    clock::{Random, RandomUnavailable, Timestamp, random_bytes},
    identity::{FlexName, LoginReference, Refusal, RefusalCode},
    oidc::{Asking, RelyingParty},
    saml::{
        Asks,
        binding::IncomingRequest,
        fresh_id,
        idp::{DownstreamRequest, receive},
        metadata::IdpMetadata,
        sp::AuthnRequest,
    },
    settings::Secret,
    telemetry::{Step, within},
};

use super::{
    Answer, BrowserStep, RequestContext,
    bridge::{Bridge, Idp, Upstream},
    choose,
    logins::{Known, Logins},
    pending::{Asked, LoginId, PendingLogin, make_room},
    work::Place,
};

/// What is wanted of an identity provider.
pub(super) struct Wanted {
    /// The ID of Flex's request; `None` where the login began at the provider.
    pub request: Option<String>,
    /// Flex's RelayState.
    pub relay_state: Option<String>,
    /// Who is likely to sign in, for the provider; it proves nothing.
    pub login_hint: Option<String>,
    /// What is asked beyond signing somebody in.
    pub asks: Asks,
}

impl From<DownstreamRequest> for Wanted {
    fn from(request: DownstreamRequest) -> Self {
        Self {
            request: Some(request.id),
            relay_state: request.relay_state,
            // Its domain has chosen the identity provider; the person is nobody else's business.
            login_hint: None,
            asks: request.asks,
        }
    }
}

pub(super) async fn begin(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    flex: &FlexName,
    request: Result<IncomingRequest, Refusal>,
    context: &RequestContext,
    known: &mut Known,
) -> Result<Answer, Refusal> {
    if bridge.flex.contains_key(flex) {
        known.flex = Some(flex.clone());
    }
    let account = bridge.open_account(flex)?;
    if let [only] = &*account.idp {
        known.idp = Some(only.clone());
    }
    let place = logins.work.enter()?;
    let asked = read(&place, bridge, flex, request?).await?;
    drop(place);
    let hint = asked.login_hint.as_deref();
    let cookies = &context.cookies;
    match choose::by_itself(bridge, account, hint, cookies)? {
        Some(idp) => start(logins, bridge, flex, idp, asked.into(), cookies, known).await,
        None => choose::ask(logins, bridge, account, asked, cookies),
    }
}

/// Asks this identity provider, on behalf of Flex's request or of nobody's.
pub(super) async fn start(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    flex: &FlexName,
    idp: &Idp,
    wanted: Wanted,
    cookies: &str,
    known: &mut Known,
) -> Result<Answer, Refusal> {
    known.idp = Some(idp.name.clone());
    let (account, _) = bridge.account(flex, &idp.name)?;
    let place = logins.work.enter()?;
    let now = logins.clock.now();
    let random = &*logins.random;
    let pending = PendingLogin {
        id: LoginId::fresh(random)?,
        reference: LoginReference::fresh(random)?,
        flex: flex.clone(),
        idp: idp.name.clone(),
        downstream_request: wanted.request,
        relay_state: wanted.relay_state,
        upstream: asked_of(&idp.upstream, random)?,
        asks: account.pass_on.pass(&wanted.asks),
        began: now.timestamp(),
    };
    known.reference = Some(pending.reference.clone());
    let cookie = pending.seal(&bridge.cookie, bridge.https, random)?;
    let mut cookies = make_room(cookies, &cookie, &bridge.cookie, bridge.https);
    cookies.push(cookie);
    let step = match &idp.upstream {
        Upstream::Saml(saml) => {
            let metadata = saml
                .metadata
                .current(now)
                .ok_or(RefusalCode::MetadataUnavailable)?;
            if metadata.want_authn_requests_signed {
                let bridge = bridge.clone();
                let work = move || ask_saml(&bridge, &pending, &metadata, now);
                within(Step::Ask, place.run(work)).await?
            } else {
                ask_saml(bridge, &pending, &metadata, now)?
            }
        }
        Upstream::Oidc(provider) => ask_oidc(provider, &pending, wanted.login_hint.as_deref())?,
    };
    Ok(Answer { cookies, step })
}

/// The largest request, in bytes, that is read where it stands: Flex's own have under 1 KiB.
const SMALL: usize = 4 * 1024;

/// Flex's request; where its signature is to be verified, or it is large, that is work. Any
/// other is read in less time than handing it to another thread would take.
async fn read(
    place: &Place<'_>,
    bridge: &Arc<Bridge>,
    flex: &FlexName,
    request: IncomingRequest,
) -> Result<DownstreamRequest, Refusal> {
    let account = bridge.open_account(flex)?;
    if account.request_certificates.is_none() && request.xml.len() <= SMALL {
        let read = async { receive(request, &account.sp, &account.sso_url, None) };
        return within(Step::Read, read).await;
    }
    let (bridge, flex) = (bridge.clone(), flex.clone());
    let work = move || {
        let account = bridge.open_account(&flex)?;
        let certificates = account.request_certificates.as_ref();
        receive(request, &account.sp, &account.sso_url, certificates)
    };
    within(Step::Read, place.run(work)).await
}

/// What the answer of this login, and of no other, will have to hold.
fn asked_of(upstream: &Upstream, random: &dyn Random) -> Result<Asked, RandomUnavailable> {
    let fresh = || {
        let bytes = Zeroizing::new(random_bytes::<32>(random)?);
        Ok(Secret::new(BASE64_URL_SAFE_NO_PAD.encode(*bytes)))
    };
    Ok(match upstream {
        Upstream::Saml(_) => Asked::Saml {
            request_id: fresh_id(random)?,
        },
        Upstream::Oidc(_) => Asked::Oidc {
            nonce: fresh()?,
            // 256 bits, as RFC 7636 §4.1 recommends.
            pkce_verifier: fresh()?,
        },
    })
}

fn ask_oidc(
    provider: &RelyingParty,
    pending: &PendingLogin,
    login_hint: Option<&str>,
) -> Result<BrowserStep, Refusal> {
    let Asked::Oidc {
        nonce,
        pkce_verifier,
    } = &pending.upstream
    else {
        return Err(RefusalCode::Internal.into());
    };
    let asking = Asking {
        state: pending.id.as_str(),
        nonce: nonce.expose(),
        pkce_verifier: pkce_verifier.expose(),
        force: pending.asks.force_authn,
        passive: pending.asks.is_passive,
        acr_values: &pending.asks.classes,
        login_hint,
    };
    provider.authorization(&asking).map(BrowserStep::Redirect)
}

fn ask_saml(
    bridge: &Bridge,
    pending: &PendingLogin,
    metadata: &IdpMetadata,
    now: Timestamp,
) -> Result<BrowserStep, Refusal> {
    let (_, idp) = bridge.account(&pending.flex, &pending.idp)?;
    let (Some(saml), Asked::Saml { request_id }) = (idp.saml(), &pending.upstream) else {
        return Err(RefusalCode::Internal.into());
    };
    let request = AuthnRequest {
        id: request_id,
        now,
        endpoints: &saml.endpoints,
        relay_state: pending.id.as_str(),
        asks: &pending.asks,
    };
    request
        .send(metadata, bridge.assertion.signing())
        .map(BrowserStep::from)
        .map_err(|error| Refusal::new(RefusalCode::SigningFailed, error.to_string()))
}
