//! `[store]` and `[journal]` as written.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::{HumanDuration, SecretSource};

/// `[store]`: where the identifiers of finished logins are kept, so that none is used twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one of them in a process"
)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Settings {
    /// In a directory of this machine: for one `serve` process.
    Embedded {
        /// The directory. It also holds the last known good lists and metadata.
        path: PathBuf,
    },
    /// In a Redis server: for several `serve` processes.
    Redis {
        /// The server's URL, with its password: `redis://` or `rediss://` (TLS).
        url: SecretSource,
        /// The directory for the journal, the last known good lists and metadata.
        path: PathBuf,
        /// Certificates (PEM) of the authorities that the server's certificate must come from,
        /// instead of the system's; for `rediss://`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authorities: Option<PathBuf>,
        /// The certificate that the bridge shows to the server, where it asks for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<ClientCertificate>,
        /// The Sentinels that know which server is to be written to. The host in `url` does not
        /// count then; its user, password, database and scheme do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sentinel: Option<SentinelSettings>,
        /// How many replicas must have a used identifier before the login goes on; fewer, and it
        /// is refused. 1 with `sentinel`, 0 without, if left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replicas: Option<u8>,
    },
}

impl Settings {
    /// How many replicas must have a used identifier before a login goes on.
    #[must_use]
    pub fn replicas(&self) -> u8 {
        match self {
            Self::Embedded { .. } => 0,
            Self::Redis {
                replicas, sentinel, ..
            } => replicas.unwrap_or_else(|| u8::from(sentinel.is_some())),
        }
    }

    /// The directory for what this machine keeps itself.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        match self {
            Self::Embedded { path } | Self::Redis { path, .. } => path,
        }
    }
}

/// `[journal]`: what is kept of each login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalSettings {
    /// How long a login's record is kept.
    #[serde(default = "month")]
    pub keep: HumanDuration,
    /// How many logins are kept at most; the oldest go first. A million take about half a gigabyte.
    #[serde(default = "two_million")]
    #[schemars(range(min = 1))]
    pub max_rows: u64,
    /// What is kept of the attribute that was read: its values, keyed hashes of them, or nothing but its name.
    #[serde(default)]
    pub show: Show,
    /// Further attributes of which the same is kept, so that `explain --against` knows what they held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Whether it is kept which groups, e-mail domains and networks of the rules held for a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub conditions: bool,
}

/// `client`: a certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCertificate {
    /// The certificate, PEM, with those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub private_key: SecretSource,
}

/// `sentinel`: who knows which Redis server is to be written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentinelSettings {
    /// What the Sentinels call the server, such as `mymaster`.
    pub service: String,
    /// The Sentinels, `host:port` each; they are spoken to by TLS where `url` is `rediss://`.
    pub nodes: Vec<String>,
    /// The user that the Sentinels know, where they ask for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password of the Sentinels, where they ask for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretSource>,
}

/// Host and port of `sentinel-1.example:26379` or `[::1]:26379`.
#[must_use]
pub fn sentinel_address(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|one| one.contains(':'))?,
        None => Some(host).filter(|one| !one.contains([':', '/', '@', ' ']))?,
    };
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

/// What is kept of an attribute's values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// The values.
    #[default]
    Values,
    /// Keyed hashes of the values: equal ones can be counted and looked for, not read.
    Hashes,
    /// Nothing.
    None,
}

/// How many attributes `also` may name.
pub const MOST_ALSO: usize = 16;

const fn two_million() -> u64 {
    2_000_000
}

const fn month() -> HumanDuration {
    HumanDuration::from_secs(30 * 86_400)
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self {
            keep: month(),
            max_rows: two_million(),
            show: Show::default(),
            also: Vec::new(),
            conditions: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentinel_is_a_host_and_a_port() {
        for (text, host) in [
            ("sentinel-1.example:26379", Some("sentinel-1.example")),
            ("10.0.0.1:1", Some("10.0.0.1")),
            ("[::1]:26379", Some("::1")),
            ("sentinel-1.example", None),
            ("redis://sentinel:26379", None),
            ("user@sentinel:26379", None),
            ("::1:26379", None),
            ("[host]:26379", None),
            (":26379", None),
            ("host:0", None),
            ("host:66000", None),
        ] {
            assert_eq!(
                sentinel_address(text).map(|(host, _)| host).as_deref(),
                host,
                "{text}"
            );
        }
    }
}
