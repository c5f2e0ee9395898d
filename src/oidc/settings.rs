//! `[idp.NAME]` with `protocol = "oidc"` as written.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    identity::IdpInitiated,
    settings::{HumanDuration, SecretSource},
};

/// `[idp.NAME]` with `protocol = "oidc"`: the company's OpenID Connect provider; the bridge is its relying party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// The issuer, byte for byte as its discovery document says it; https, except on loopback.
    #[schemars(extend("format" = "uri"))]
    pub issuer: String,
    /// What people call it, such as `Head office`; its name in this file if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the servers of `issuer`, and those that its discovery document names, may have
    /// addresses that only this network reaches.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_private: bool,
    /// Whether logins may begin at the provider, without Flex having asked
    /// (third-party-initiated login), at `/oidc/rp/NAME/login`.
    #[serde(default, skip_serializing_if = "IdpInitiated::is_off")]
    pub idp_initiated: IdpInitiated,
    /// The client ID that the provider gave to the bridge.
    pub client_id: String,
    /// The client's secret; either this or `client_key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretSource>,
    /// The client's key, for `private_key_jwt`; either this or `client_secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<ClientKeySettings>,
    /// How the client proves itself. Left out: by what the provider's discovery document lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_auth: Option<ClientAuthMethod>,
    /// The scopes to ask for; `openid` must be one of them.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// Whether the userinfo endpoint is asked for more claims.
    #[serde(default)]
    pub userinfo: bool,
    /// The claim that becomes the NameID: to Flex it *is* the agent.
    #[serde(default = "sub")]
    pub name_id_claim: String,
    /// The NameID's Format, such as `urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress`; none if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_id_format: Option<String>,
    /// Further audiences that an ID token may be meant for besides this client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_audiences: Vec<String>,
    /// How far its clock may be off.
    #[serde(default = "minute")]
    pub clock_skew: HumanDuration,
    /// How often discovery document and keys are read again; an unknown key is looked for at once.
    #[serde(default = "hour")]
    pub refresh: HumanDuration,
    /// Off refuses every login by this provider at once, those under way too.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// How the client proves itself at the token endpoint (OpenID Connect Core §9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    /// ID and secret in the `Authorization` header.
    ClientSecretBasic,
    /// ID and secret in the form.
    ClientSecretPost,
    /// A short token signed by `client_key`.
    PrivateKeyJwt,
}

impl ClientAuthMethod {
    /// The method's registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// `client_key`: what signs the client's own tokens (RFC 7523), RS256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientKeySettings {
    /// The certificate that was entered at the provider, a PEM file; its thumbprint goes into each token.
    pub certificate: PathBuf,
    /// Its RSA private key, PEM.
    pub private_key: SecretSource,
    /// The key's ID (`kid`) at the provider, where it knows the key by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Whom the tokens are addressed to.
    #[serde(default)]
    pub audience: AssertionAudience,
}

/// Whom the client's own tokens are addressed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AssertionAudience {
    /// The issuer: what current security advice asks for.
    #[default]
    Issuer,
    /// The token endpoint's address, as older providers and Microsoft Entra ID want it.
    TokenEndpoint,
}

fn scopes() -> Vec<String> {
    ["openid", "email", "profile"].map(str::to_owned).to_vec()
}

fn sub() -> String {
    "sub".to_owned()
}

const fn minute() -> HumanDuration {
    HumanDuration::from_secs(60)
}

const fn hour() -> HumanDuration {
    HumanDuration::from_secs(3_600)
}

const fn yes() -> bool {
    true
}
