//! `[listen]` as written.

use std::{net::SocketAddr, path::PathBuf};

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::SecretSource;

/// `[listen]`: where the bridge listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address that browsers reach.
    #[schemars(with = "String", extend("format" = "socket-address"))]
    pub public: SocketAddr,
    /// The administrator's address: page, API, metrics. Never the public one.
    #[serde(default = "loopback")]
    #[schemars(with = "String", extend("format" = "socket-address"))]
    pub admin: SocketAddr,
    /// What the administrator's address asks for, as `Authorization: Bearer TOKEN`. Needed where
    /// it isn't loopback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_token: Option<SecretSource>,
    /// TLS of the public address; leave out behind a proxy that ends TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSettings>,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("items" = {"type": "string", "format": "network"}))]
    pub trusted_proxies: Vec<IpNet>,
}

/// TLS of the public address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub private_key: SecretSource,
}

/// The shortest token, in characters: 128 bits as base64 are 22, as hex 32.
pub const SHORTEST_ADMIN_TOKEN: usize = 20;

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9443))
}
