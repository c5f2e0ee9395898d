//! `[keys]` as written.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::SecretSource;

/// `[keys]`: the bridge's own keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Keys that seal the login cookie: 32 bytes each, as hex or base64. The first seals, all open.
    pub cookie: Vec<SecretSource>,
    /// Key pairs that sign what Flex receives. The first signs, unless a Flex account's
    /// `assertion_key` says otherwise; all are published in our metadata.
    pub assertion: Vec<KeyPairSource>,
    /// Key pairs that open assertions which identity providers encrypt for us. The first is
    /// published first, all are tried. Without one, encrypted assertions are refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decryption: Vec<KeyPairSource>,
    /// The key of the pseudonyms that the journal knows agents by: 32 bytes, as hex or base64.
    /// Without it each node makes one of its own and keeps it in `store.path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<SecretSource>,
}

impl Settings {
    /// The place in `assertion` of the pair with this certificate; the first for none.
    #[must_use]
    pub fn assertion_place(&self, certificate: Option<&Path>) -> Option<usize> {
        certificate.map_or(Some(0), |wanted| {
            let mut pairs = self.assertion.iter();
            pairs.position(|pair| pair.certificate == wanted)
        })
    }
}

/// A certificate and its private key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyPairSource {
    /// The certificate, a PEM file.
    pub certificate: PathBuf,
    /// Its private key, PEM (PKCS#8).
    pub private_key: SecretSource,
}
