//! How a response came here: as the answer to a login that began in this
//! browser, or unasked, from an identity provider that may do so (Profiles §4.1.5).

use crate::{
    identity::{FlexName, Refusal, RefusalCode},
    saml::{binding::post::IncomingResponse, sp::in_response_to_of},
};

use super::{
    RequestContext,
    bridge::{Bridge, Idp},
    pending::{LoginId, PendingLogin},
    work::Place,
};

/// How a response came here.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every login is the large one"
)]
pub(super) enum Way {
    /// It answers this login.
    Asked(PendingLogin),
    /// Nobody asked; the person is bound for this Flex account.
    Unasked(FlexName),
}

impl Way {
    /// The login that this response belongs to, by the RelayState and the browser's own cookie.
    ///
    /// What an unasked response brings as RelayState is not looked at any further.
    /// Who brings no login of ours may be anybody, so that reading their response
    /// is work and never done on the reactor.
    ///
    /// # Errors
    /// `login.unknown`, `response.unsolicited` or `overloaded`.
    pub(super) async fn find(
        place: &Place<'_>,
        bridge: &Bridge,
        idp: &Idp,
        incoming: &IncomingResponse,
        context: &RequestContext,
    ) -> Result<Self, Refusal> {
        let unseal =
            |id: LoginId| PendingLogin::unseal(&id, &context.cookies, &bridge.cookie, bridge.https);
        let id = incoming.relay_state.as_deref().and_then(LoginId::parse);
        let begun = id.map(unseal);
        if let Some(Ok(pending)) = begun {
            return Ok(Self::Asked(pending));
        }
        let response = incoming.response.clone();
        let answers = place.run(move || Ok(in_response_to_of(&response))).await?;
        if answers.is_none() {
            let flex = idp.initiates.clone();
            return flex
                .map(Self::Unasked)
                .ok_or_else(|| RefusalCode::ResponseUnsolicited.into());
        }
        begun.unwrap_or_else(|| {
            let detail = "the RelayState is not one of ours; the identity provider must send back the one it was given";
            Err(Refusal::new(RefusalCode::LoginUnknown, detail))
        })
        .map(Self::Asked)
    }

    /// The login that began here, if one did.
    pub(super) const fn begun(&self) -> Option<&PendingLogin> {
        match self {
            Self::Asked(pending) => Some(pending),
            Self::Unasked(_) => None,
        }
    }

    /// Where the person is bound for.
    pub(super) const fn flex(&self) -> &FlexName {
        match self {
            Self::Asked(pending) => &pending.flex,
            Self::Unasked(flex) => flex,
        }
    }
}
