//! `[store]` and `[journal]` as written.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::{HumanDuration, SecretSource};

/// `[store]`: where the identifiers of finished logins are kept, so that none is used twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    },
}

impl Settings {
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
