//! What is kept of one login, success or refusal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AgentPseudonym, FlexName, IdpName, LoginReference, NoMatchCause, Reading, RefusalCode,
};
use crate::clock::Timestamp;

/// How a login ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoginOutcome {
    /// Flex was sent a signed response.
    Accepted,
    /// It was refused; the code says why.
    Refused,
}

impl LoginOutcome {
    /// The stable word for logs, metrics and the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
        }
    }
}

/// One login, as it stands in log and journal. No assertion, no token, no name.
///
/// The log line has neither `agent` nor `reading`: those are the journal's, which forgets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LoginRecord {
    /// When it ended.
    pub at: Timestamp,
    /// Its reference, as the agent saw it.
    pub reference: LoginReference,
    /// The identity provider, if it got that far.
    pub idp: Option<IdpName>,
    /// The Flex account, if it got that far.
    pub flex: Option<FlexName>,
    /// Who signed in, by a pseudonym, once that was proven.
    pub agent: Option<AgentPseudonym>,
    /// How it ended.
    pub outcome: LoginOutcome,
    /// Why it was refused.
    pub code: Option<RefusalCode>,
    /// What was read of the person to decide the location, as far as that is kept.
    pub reading: Option<Reading>,
    /// The location Flex was told; `Some("")` when it was cleared, `None` when it was left out or refused.
    pub location: Option<String>,
    /// Why no location matched, if none did.
    pub no_match: Option<NoMatchCause>,
    /// The rule that decided, from 1.
    pub rule: Option<usize>,
    /// The time from the answer's arrival to our own, in microseconds.
    pub duration_us: u64,
}
