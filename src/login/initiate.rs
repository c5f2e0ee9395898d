//! A login that begins at an OpenID Connect provider: its portal sends the browser here, and we
//! ask the provider for whoever is signed in there (OpenID Connect Core §4).
//!
//! Anybody's page can send a browser here. What that gains them is little: the answer is tied to
//! this browser like any other, so that the person who arrives in Flex is the one who is signed
//! in at the provider, and nothing is remembered of it. Still it is off unless switched on.

use std::sync::Arc;

use crate::{
    identity::{IdpName, Refusal, RefusalCode},
    oidc::Initiation,
    saml::Asks,
};

use super::{
    Answer, RequestContext,
    begin::{Wanted, start},
    bridge::{Bridge, Idp},
    logins::{Known, Logins},
    pending::PendingLogin,
};

pub(super) async fn initiate(
    logins: &Logins,
    bridge: &Arc<Bridge>,
    idp: &IdpName,
    parameters: &[u8],
    context: &RequestContext,
    known: &mut Known,
) -> Result<Answer, Refusal> {
    // Who speaks something else has no address here.
    let Some((asked, provider)) = bridge.idp.get(idp).and_then(|one| Some((one, one.oidc()?)))
    else {
        return Err(RefusalCode::NotFound.into());
    };
    known.idp = Some(idp.clone());
    let flex = asked.initiates.clone();
    let flex = flex.ok_or(RefusalCode::LoginUnsolicited)?;
    known.flex = Some(flex.clone());
    let (account, asked) = bridge.account(&flex, idp)?;
    let parameters = std::str::from_utf8(parameters)
        .map_err(|_| Refusal::new(RefusalCode::OidcInitiation, "it is not UTF-8"))?;
    let initiation = Initiation::read(parameters)?;
    let own: Vec<_> = account.login_url.iter().chain([&account.link]).collect();
    initiation.check(provider.provider.issuer(), &own)?;
    let wanted = Wanted {
        request: None,
        relay_state: None,
        login_hint: initiation.login_hint,
        asks: Asks::default(),
    };
    let cookies = &context.cookies;
    start(logins, bridge, &flex, asked, wanted, cookies, known).await
}

/// A login that nobody in Flex asked for goes on only while its provider may still begin some,
/// and to the same account.
///
/// # Errors
/// `login.unsolicited`.
pub(super) fn still_on(idp: &Idp, pending: &PendingLogin) -> Result<(), Refusal> {
    if pending.downstream_request.is_some() || idp.initiates.as_ref() == Some(&pending.flex) {
        return Ok(());
    }
    Err(RefusalCode::LoginUnsolicited.into())
}
