//! `name_ids`: whose a NameID is, where several identity providers sign people in to one account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the NameIDs of several identity providers meet. Only the administrator knows: the same
/// NameID from two of them may be one person, or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NameIds {
    /// NameIDs are e-mail addresses, and each identity provider has its domains in
    /// `email_domains`; a NameID of any other is refused.
    ByEmailDomain,
    /// The same NameID is the same agent, whichever of them signs that agent in.
    Shared,
}
