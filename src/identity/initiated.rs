//! `idp_initiated`: the same word for every protocol.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FlexName;

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

impl IdpInitiated {
    /// Whether it is what holds when nothing is said.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        matches!(self, Self::Switch(false))
    }
}
