//! The configuration file as written: the contract with administrators.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    identity::{FlexName, IdpInitiated, IdpName, NameIds},
    keys, locations, login, mapping, oidc, saml, store, telemetry, twilio, web,
};

/// Flexbridge's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// What browsers see; entity IDs and endpoints derive from it. https, without a path.
    pub public_url: Url,
    /// Where the bridge listens.
    pub listen: web::Settings,
    /// The bridge's own keys.
    pub keys: keys::Settings,
    /// The companies' identity providers, by name.
    #[serde(default)]
    pub idp: BTreeMap<IdpName, IdpFile>,
    /// The Flex accounts, by name.
    #[serde(default)]
    pub flex: BTreeMap<FlexName, FlexFile>,
    /// Where the identifiers of finished logins are kept.
    pub store: store::Settings,
    /// What is kept of each login.
    #[serde(default)]
    pub journal: store::JournalSettings,
    /// What agents see.
    #[serde(default)]
    pub pages: web::PagesSettings,
    /// What is told to other systems.
    #[serde(default)]
    pub telemetry: telemetry::Settings,
}

/// `[idp.NAME]`: a company's identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "protocol", rename_all = "snake_case")]
pub enum IdpFile {
    /// SAML 2.0; the bridge is its service provider.
    Saml(saml::IdpSettings),
    /// OpenID Connect; the bridge is its relying party.
    Oidc(oidc::OidcSettings),
}

impl IdpFile {
    /// Whether it is switched on.
    #[must_use]
    pub const fn enabled(&self) -> bool {
        match self {
            Self::Saml(settings) => settings.enabled,
            Self::Oidc(settings) => settings.enabled,
        }
    }

    /// Whether logins may begin there.
    #[must_use]
    pub const fn idp_initiated(&self) -> &IdpInitiated {
        match self {
            Self::Saml(settings) => &settings.idp_initiated,
            Self::Oidc(settings) => &settings.idp_initiated,
        }
    }
}

/// `[flex.NAME]`: a Flex account; the bridge is its SAML identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlexFile {
    /// The identity provider that signs this account's agents in, or several.
    pub idp: IdpChoice,
    /// Which identity provider serves which e-mail domain, where there are several.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub email_domains: BTreeMap<String, IdpName>,
    /// Whose a NameID is, where there are several identity providers: `"by_email_domain"`, or `"shared"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_ids: Option<NameIds>,
    /// The Twilio account, `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// How this account's SSO is set up in Twilio Console.
    pub sso: saml::SsoSettings,
    /// How to reach Twilio's API; needed where the locations come from Twilio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twilio: Option<twilio::Settings>,
    /// What Flex receives = where it comes from; the first attribute that is present counts.
    pub claims: login::ClaimSettings,
    /// What decides a person's location.
    pub location: LocationFile,
    /// Off refuses every login to this account at once, those under way too.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The account's Flex login link, such as `https://flex.twilio.com/dancing-owl-1234`: where
    /// `/login/NAME` leads, and *try again* on a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_url: Option<Url>,
    /// What of Flex's requests reaches the identity provider.
    #[serde(default)]
    pub pass_on: saml::PassOnSettings,
    /// How Flex is told that people were signed in: `"upstream"`, `"unspecified"`, or a class.
    #[serde(default)]
    pub report_authn_context: saml::ReportContext,
    /// The certificate in `keys.assertion` whose key signs for this account; the first one there
    /// if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion_key: Option<PathBuf>,
    /// Certificates (PEM) that sign Flex's `AuthnRequest`s. Leave it out where Flex doesn't sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_certificates: Option<Vec<PathBuf>>,
}

/// One identity provider, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum IdpChoice {
    /// Straight through to this one.
    One(IdpName),
    /// By the company: an e-mail domain, what the browser remembers, or a page that asks.
    Several(Vec<IdpName>),
}

impl IdpChoice {
    /// The names, in their order.
    #[must_use]
    pub fn names(&self) -> &[IdpName] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// `[flex.NAME.location]`: which location a person has, and which there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationFile {
    /// The attributes to read; the first that is present and not empty counts.
    pub attribute: Vec<String>,
    /// Where the list of defined locations comes from.
    pub defined: locations::Settings,
    /// The rules, in order; the first that holds decides.
    #[serde(default)]
    pub rule: Vec<mapping::RuleSettings>,
    /// What Flex is told when nothing matches.
    #[serde(default)]
    pub no_match: mapping::NoMatch,
    /// What Flex is told while the list of defined locations was never obtained.
    #[serde(default)]
    pub unavailable: mapping::Unavailable,
    /// The attributes that carry group names, for rules with `group`.
    #[serde(default = "mapping::default_group_attributes")]
    pub group_attribute: Vec<String>,
    /// The attributes that carry the e-mail address, for rules with `email_domain`.
    #[serde(default = "mapping::default_email_attributes")]
    pub email_attribute: Vec<String>,
}

impl LocationFile {
    /// The part of it that the mapping owns.
    #[must_use]
    pub fn mapping(&self) -> mapping::Settings {
        mapping::Settings {
            attribute: self.attribute.clone(),
            rule: self.rule.clone(),
            no_match: self.no_match.clone(),
            unavailable: self.unavailable,
            group_attribute: self.group_attribute.clone(),
            email_attribute: self.email_attribute.clone(),
        }
    }
}

const fn yes() -> bool {
    true
}
