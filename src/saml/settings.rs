//! The SAML parts of `[idp.NAME]` and `[flex.NAME]` as written.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::WrittenUrl;
use crate::{identity::FlexName, settings::HumanDuration};

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

/// Whether logins may begin at the identity provider, and where they lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum IdpInitiated {
    /// `true`: to the one Flex account that names this identity provider.
    Switch(bool),
    /// `{ flex = "production" }`: to this one, where several do.
    To(IdpInitiatedTo),
}

/// The Flex account that logins lead to which begin at the identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdpInitiatedTo {
    /// Its name.
    pub flex: FlexName,
}

impl Default for IdpInitiated {
    fn default() -> Self {
        Self::Switch(false)
    }
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
    /// How often it is read again.
    #[serde(default = "half_a_day")]
    pub refresh: HumanDuration,
}

/// Metadata from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataFile {
    /// The file.
    pub file: PathBuf,
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

const fn minute() -> HumanDuration {
    HumanDuration::from_secs(60)
}

const fn half_a_day() -> HumanDuration {
    HumanDuration::from_secs(43_200)
}

const fn yes() -> bool {
    true
}
