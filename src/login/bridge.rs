//! The running configuration as a login sees it. Replaced whole on reload.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use url::Url;

use crate::{
    identity::{FlexName, IdpName, Refusal, RefusalCode},
    keys::{AssertionKeys, CookieKeys},
    locations,
    mapping::Mapping,
    oidc::RelyingParty,
    saml::{
        idp::FlexSp,
        signature::TrustedCertificates,
        sp::{Endpoints, Trust},
    },
    upstream,
};

use super::Claims;
use crate::clock::Timestamp;

/// An identity provider.
pub struct Idp {
    /// Its configured name.
    pub name: IdpName,
    /// What it speaks.
    pub upstream: Upstream,
    /// Whether it is switched on.
    pub enabled: bool,
}

/// What an identity provider speaks.
pub enum Upstream {
    /// SAML 2.0; the bridge is its service provider.
    Saml(SamlIdp),
    /// OpenID Connect; the bridge is its relying party.
    Oidc(Arc<RelyingParty>),
}

impl Idp {
    /// The SAML side of it, if that is what it speaks.
    #[must_use]
    pub const fn saml(&self) -> Option<&SamlIdp> {
        match &self.upstream {
            Upstream::Saml(saml) => Some(saml),
            Upstream::Oidc(_) => None,
        }
    }

    /// The OpenID Connect side of it, if that is what it speaks.
    #[must_use]
    pub const fn oidc(&self) -> Option<&Arc<RelyingParty>> {
        match &self.upstream {
            Upstream::Saml(_) => None,
            Upstream::Oidc(oidc) => Some(oidc),
        }
    }
}

/// A SAML identity provider.
pub struct SamlIdp {
    /// Our addresses towards it.
    pub endpoints: Endpoints,
    /// What its metadata says, kept fresh.
    pub metadata: Arc<upstream::Watch>,
    /// How far its clock may be off.
    pub skew: TimeDelta,
    /// Whether two verifiers must agree.
    pub second_opinion: bool,
}

impl SamlIdp {
    /// Whom to believe, if its metadata is known.
    ///
    /// # Errors
    /// `metadata.unavailable`.
    pub fn trust(&self, now: Timestamp) -> Result<Trust, Refusal> {
        let metadata = self
            .metadata
            .current(now)
            .ok_or(RefusalCode::MetadataUnavailable)?;
        Ok(Trust {
            entity_id: metadata.entity_id.clone(),
            certificates: metadata.certificates.clone(),
            second_opinion: self.second_opinion,
        })
    }
}

/// A Flex account.
pub struct FlexAccount {
    /// Its configured name.
    pub name: FlexName,
    /// Who signs its agents in.
    pub idp: IdpName,
    /// What it is as a SAML service provider.
    pub sp: FlexSp,
    /// Our entity ID towards it.
    pub entity_id: String,
    /// Where it sends its requests.
    pub sso_url: String,
    /// What it receives.
    pub claims: Claims,
    /// What decides a location.
    pub mapping: Mapping,
    /// Its defined locations, kept fresh.
    pub locations: Arc<locations::Watch>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The certificates that its requests must be signed with, if any.
    pub request_certificates: Option<TrustedCertificates>,
    /// Its login link, to try again.
    pub login_url: Option<Url>,
}

/// Everything a login needs of the configuration.
pub struct Bridge {
    /// Whether browsers come by https.
    pub https: bool,
    /// The identity providers.
    pub idp: BTreeMap<IdpName, Idp>,
    /// The Flex accounts.
    pub flex: BTreeMap<FlexName, FlexAccount>,
    /// What seals the cookies.
    pub cookie: Arc<CookieKeys>,
    /// What signs.
    pub assertion: Arc<AssertionKeys>,
}

impl Bridge {
    /// The Flex account of that name and its identity provider, if both are switched on.
    ///
    /// # Errors
    /// `not_found` or `login.switched_off`.
    pub fn account(&self, flex: &FlexName) -> Result<(&FlexAccount, &Idp), Refusal> {
        let account = self.flex.get(flex).ok_or(RefusalCode::NotFound)?;
        let idp = self
            .idp
            .get(&account.idp)
            .ok_or(RefusalCode::LoginSwitchedOff)?;
        if account.enabled && idp.enabled {
            Ok((account, idp))
        } else {
            Err(RefusalCode::LoginSwitchedOff.into())
        }
    }
}
