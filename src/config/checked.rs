//! The configuration as the composition needs it: nothing optional that isn't, nothing undecided.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use url::Url;

use super::{File, FlexFile, IdpFile};
use crate::{
    identity::{EmailDomain, FlexName, IdpName, NameIds},
    keys, locations, login, mapping, oidc, saml, store, telemetry, twilio, web,
};

/// A checked configuration. Only this module makes one, from a file without errors.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// What browsers see.
    pub public_url: PublicUrl,
    /// Where the bridge listens.
    pub listen: web::Settings,
    /// The bridge's own keys, not loaded yet.
    pub keys: keys::Settings,
    /// The identity providers.
    pub idp: BTreeMap<IdpName, IdpConfig>,
    /// The Flex accounts.
    pub flex: BTreeMap<FlexName, FlexConfig>,
    /// Where the identifiers of finished logins are kept.
    pub store: store::Settings,
    /// What is kept of each login.
    pub journal: store::JournalSettings,
    /// What agents see.
    pub pages: web::PagesSettings,
    /// What is told to other systems.
    pub telemetry: telemetry::Settings,
}

/// A checked identity provider.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum IdpConfig {
    /// SAML 2.0.
    Saml(saml::IdpSettings),
    /// OpenID Connect.
    Oidc(oidc::OidcSettings),
}

/// A checked Flex account.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FlexConfig {
    /// The identity providers that sign its agents in, at least one; names in [`Config::idp`].
    pub idp: Vec<IdpName>,
    /// Which of them serves which e-mail domain.
    pub email_domains: BTreeMap<EmailDomain, IdpName>,
    /// How their NameIDs meet; said wherever there are several.
    pub name_ids: Option<NameIds>,
    /// The Twilio account: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// Flex as a SAML service provider.
    pub sso: saml::SsoSettings,
    /// How to reach Twilio's API; there whenever `defined` is `twilio`.
    pub twilio: Option<twilio::Settings>,
    /// What Flex receives.
    pub claims: login::ClaimSettings,
    /// What decides a person's location.
    pub mapping: mapping::Settings,
    /// Where the list of defined locations comes from.
    pub defined: locations::Settings,
    /// Whether logins to this account are served.
    pub enabled: bool,
    /// The account's Flex login link.
    pub login_url: Option<Url>,
    /// What of Flex's requests reaches the identity provider.
    pub pass_on: saml::PassOnSettings,
    /// How Flex is told that people were signed in.
    pub report_authn_context: saml::ReportContext,
    /// The certificate in `keys.assertion` whose key signs for this account, if it has chosen one.
    pub assertion_key: Option<PathBuf>,
    /// Certificates (PEM) that sign Flex's `AuthnRequest`s; empty where they aren't signed.
    pub request_certificates: Vec<PathBuf>,
}

/// `public_url`: scheme, host and port, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// Such as `https://sso.example.com`; endpoints are written behind it: `{public_url}/saml/…`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// As a URL, whose path is `/`.
    #[must_use]
    pub const fn as_url(&self) -> &Url {
        &self.0
    }

    /// Whether browsers come by https: cookies are `Secure` then, and `__Host-`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Config {
    /// From a file without errors; what this version does not know was refused before.
    pub(super) fn of(file: File) -> Self {
        let idp = |(name, idp)| match idp {
            IdpFile::Saml(settings) => (name, IdpConfig::Saml(settings)),
            IdpFile::Oidc(settings) => (name, IdpConfig::Oidc(settings)),
        };
        let flex = |(name, flex)| (name, flex_config(flex));
        Self {
            public_url: PublicUrl(file.public_url),
            listen: file.listen,
            keys: file.keys,
            idp: file.idp.into_iter().map(idp).collect(),
            flex: file.flex.into_iter().map(flex).collect(),
            store: file.store,
            journal: file.journal,
            pages: file.pages,
            telemetry: file.telemetry,
        }
    }
}

fn flex_config(flex: FlexFile) -> FlexConfig {
    let location = flex.location;
    FlexConfig {
        idp: flex.idp.names().to_vec(),
        email_domains: flex
            .email_domains
            .into_iter()
            .filter_map(|(domain, idp)| Some((EmailDomain::parse(&domain)?, idp)))
            .collect(),
        name_ids: flex.name_ids,
        account_sid: flex.account_sid,
        sso: flex.sso,
        twilio: flex.twilio,
        claims: flex.claims,
        mapping: location.mapping(),
        defined: location.defined,
        enabled: flex.enabled,
        login_url: flex.login_url,
        pass_on: flex.pass_on,
        report_authn_context: flex.report_authn_context,
        assertion_key: flex.assertion_key,
        request_certificates: flex.request_certificates.unwrap_or_default(),
    }
}
