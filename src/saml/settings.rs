//! The SAML parts of `[idp.NAME]` and `[flex.NAME]` as written.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::WrittenUrl;
use crate::{identity::IdpInitiated, settings::HumanDuration};

/// `[idp.NAME]` with `protocol = "saml"`: the company's identity provider; the bridge is its SP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdpSettings {
    /// Its metadata: a file, or a URL that is read again from time to time.
    pub metadata: MetadataSource,
    /// What people call it, such as `Head office`; its name in this file if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether logins may begin at the identity provider, without Flex having asked.
    #[serde(default)]
    pub idp_initiated: IdpInitiated,
    /// How far its clock may be off.
    #[serde(default = "minute")]
    pub clock_skew: HumanDuration,
    /// Whether a second, independent verifier (xmlsec) must agree about each signature.
    #[serde(default = "yes")]
    pub second_opinion: bool,
    /// Whether it may encrypt with AES-CBC. CBC protects nothing against change: whoever may ask
    /// often enough whether a changed ciphertext still makes sense can read it, so this is for
    /// identity providers that can't do AES-GCM, and even then the response around the
    /// encrypted assertion must be signed, which is checked before anything is decrypted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_cbc: bool,
    /// Off refuses every login by this identity provider at once, those under way too.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// Where an identity provider's metadata comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MetadataSource {
    /// `{ url = "https://…", refresh = "12h" }`
    Url(MetadataUrl),
    /// `{ file = "hq.xml" }`
    File(MetadataFile),
}

/// Metadata from a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataUrl {
    /// The URL; https, except on loopback.
    pub url: Url,
    /// How often it is read again at the latest; sooner where the metadata asks for that.
    #[serde(default = "half_a_day")]
    pub refresh: HumanDuration,
    /// Whether its server may have an address that only this network reaches.
    #[serde(default)]
    pub allow_private: bool,
    /// Which identity provider of an aggregate (`EntitiesDescriptor`) it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
    /// Certificates (PEM), one of which must have signed the whole document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<PathBuf>,
}

/// Metadata from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataFile {
    /// The file.
    pub file: PathBuf,
    /// Which identity provider of an aggregate (`EntitiesDescriptor`) it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity_id: Option<String>,
    /// Certificates (PEM), one of which must have signed the whole document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<PathBuf>,
}

impl MetadataSource {
    /// Which identity provider of an aggregate it is, if that is said.
    #[must_use]
    pub fn entity_id(&self) -> Option<&str> {
        match self {
            Self::Url(source) => source.entity_id.as_deref(),
            Self::File(source) => source.entity_id.as_deref(),
        }
    }

    /// The certificates that must have signed it, if there are any.
    #[must_use]
    pub fn signed_by(&self) -> Option<&std::path::Path> {
        match self {
            Self::Url(source) => source.signed_by.as_deref(),
            Self::File(source) => source.signed_by.as_deref(),
        }
    }
}

/// `sso` of `[flex.NAME]`: what Flex is as a SAML service provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SsoSettings {
    /// `"legacy"`: derived from the account SID.
    Word(SsoWord),
    /// A table with `profile`.
    Profile(SsoProfile),
}

/// An SSO profile that needs no further word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SsoWord {
    /// Flex's SSO before January 2024, at `iam.twilio.com`.
    Legacy,
}

/// An SSO profile with its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "profile", rename_all = "snake_case", deny_unknown_fields)]
pub enum SsoProfile {
    /// Flex's present SSO, at `login.flex.us1.twilio.com`.
    Enhanced {
        /// The connection, `JQ…`, as Twilio Console shows it.
        connection: String,
    },
    /// Flex's SSO before January 2024, at `iam.twilio.com`.
    Legacy {},
    /// Any other SAML service provider in Flex's place.
    Custom {
        /// Its entity ID; also the audience.
        entity_id: String,
        /// Its assertion consumer service: the only address that responses go to. Compared as written.
        #[schemars(with = "Url")]
        acs_url: WrittenUrl,
    },
}

/// The longest name of a class that is asked for, in bytes; real ones have about 60.
pub const LONGEST_CLASS: usize = 100;

/// `pass_on` of `[flex.NAME]`: what of Flex's request reaches the identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PassOnSettings {
    /// `ForceAuthn`: the agent signs in again although signed in. Then the
    /// identity provider must say that it has just happened.
    pub force_authn: bool,
    /// `IsPassive`: nobody is to see a page. Who isn't signed in is sent back to Flex with `NoPassive`.
    pub is_passive: bool,
    /// `RequestedAuthnContext`: dropped, or translated class by class.
    pub authn_context: PassContext,
}

impl Default for PassOnSettings {
    fn default() -> Self {
        Self {
            force_authn: true,
            is_passive: true,
            authn_context: PassContext::default(),
        }
    }
}

/// What becomes of the authentication context classes that Flex asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum PassContext {
    /// `"drop"`: the identity provider signs people in as it sees fit.
    Word(PassContextWord),
    /// `{ "what Flex asks" = "what the identity provider is asked" }`; what isn't listed is dropped.
    Map(BTreeMap<String, String>),
}

/// The one word for [`PassContext`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PassContextWord {
    /// Never passed on.
    Drop,
}

impl Default for PassContext {
    fn default() -> Self {
        Self::Word(PassContextWord::Drop)
    }
}

/// `report_authn_context` of `[flex.NAME]`: how Flex is told that the person was signed in:
/// `"upstream"`, `"unspecified"`, or a class such as `"urn:…:ac:classes:Password"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ReportContext(pub String);

impl Default for ReportContext {
    fn default() -> Self {
        Self("upstream".to_owned())
    }
}

impl ReportContext {
    /// Whether it is one of the two words, or can be a class.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        matches!(&*self.0, "upstream" | "unspecified") || is_class(&self.0)
    }
}

/// Whether this can be an authentication context class: an absolute URI of reasonable length.
#[must_use]
pub fn is_class(text: &str) -> bool {
    is_acr(text) && text.contains(':')
}

/// Whether this can be one of OpenID Connect's `acr_values`, which stand in a list with spaces
/// between (Core §3.1.2.1).
#[must_use]
pub fn is_acr(text: &str) -> bool {
    (1..=LONGEST_CLASS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

const fn minute() -> HumanDuration {
    HumanDuration::from_secs(60)
}

const fn half_a_day() -> HumanDuration {
    HumanDuration::from_secs(43_200)
}

const fn yes() -> bool {
    true
}
