//! The running configuration as a login sees it. Replaced whole on reload.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use url::Url;

use crate::{
    identity::{EmailDomain, FlexName, IdpName, NameIds, Refusal, RefusalCode},
    keys::{AssertionKeys, CookieKeys},
    locations,
    mapping::Mapping,
    oidc::RelyingParty,
    saml::{
        PassOnSettings, ReportContext,
        encryption::Decryption,
        idp::FlexSp,
        signature::TrustedCertificates,
        sp::{Endpoints, Trust},
    },
    twilio, upstream,
};

use super::{Claims, Keeping};
use crate::clock::Timestamp;

/// An identity provider.
pub struct Idp {
    /// Its configured name.
    pub name: IdpName,
    /// What it speaks.
    pub upstream: Upstream,
    /// Whether it is switched on.
    pub enabled: bool,
    /// What people call it.
    pub display: String,
    /// The Flex account that its unasked responses lead to; `None` where it must be asked.
    pub initiates: Option<FlexName>,
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
    /// Our keys for what it encrypts, and with what it may.
    pub decryption: Decryption,
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
            decryption: self.decryption.clone(),
        })
    }
}

/// A Flex account.
pub struct FlexAccount {
    /// Its configured name.
    pub name: FlexName,
    /// Who signs its agents in: at least one.
    pub idp: Vec<IdpName>,
    /// Which of them serves which e-mail domain.
    pub email_domains: BTreeMap<EmailDomain, IdpName>,
    /// How their NameIDs meet.
    pub name_ids: Option<NameIds>,
    /// What it is as a SAML service provider.
    pub sp: FlexSp,
    /// Our entity ID towards it.
    pub entity_id: String,
    /// Where it sends its requests.
    pub sso_url: String,
    /// What it receives.
    pub claims: Claims,
    /// What signs for it.
    pub assertion: AssertionKeys,
    /// What decides a location.
    pub mapping: Mapping,
    /// Its defined locations, kept fresh.
    pub locations: Arc<locations::Watch>,
    /// Twilio's API, for administrators; `None` without credentials. No login ever waits for it.
    pub twilio: Option<twilio::Client>,
    /// Whether it is switched on.
    pub enabled: bool,
    /// The certificates that its requests must be signed with, if any.
    pub request_certificates: Option<TrustedCertificates>,
    /// Its login link, to try again.
    pub login_url: Option<Url>,
    /// Our own link there, `/login/NAME`.
    pub link: Url,
    /// What of its requests reaches the identity provider.
    pub pass_on: PassOnSettings,
    /// How it is told that people were signed in.
    pub report_context: ReportContext,
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
    /// What signs our own requests.
    pub assertion: Arc<AssertionKeys>,
    /// What the journal keeps of a login.
    pub keeping: Keeping,
}

impl Bridge {
    /// The Flex account of that name, if it and at least one of its identity
    /// providers are switched on.
    ///
    /// # Errors
    /// `not_found` or `login.switched_off`.
    pub fn open_account(&self, flex: &FlexName) -> Result<&FlexAccount, Refusal> {
        let account = self.flex.get(flex).ok_or(RefusalCode::NotFound)?;
        if account.enabled && !self.providers(account).is_empty() {
            Ok(account)
        } else {
            Err(RefusalCode::LoginSwitchedOff.into())
        }
    }

    /// The Flex account of that name and this one of its identity providers, if
    /// both are switched on.
    ///
    /// # Errors
    /// `not_found` or `login.switched_off`.
    pub fn account(&self, flex: &FlexName, idp: &IdpName) -> Result<(&FlexAccount, &Idp), Refusal> {
        let account = self.open_account(flex)?;
        let mut providers = self.providers(account).into_iter();
        let idp = providers.find(|known| known.name == *idp);
        Ok((account, idp.ok_or(RefusalCode::LoginSwitchedOff)?))
    }

    /// The account's identity providers that are switched on, in their order.
    #[must_use]
    pub fn providers(&self, account: &FlexAccount) -> Vec<&Idp> {
        let known = account.idp.iter().filter_map(|name| self.idp.get(name));
        known.filter(|idp| idp.enabled).collect()
    }
}
