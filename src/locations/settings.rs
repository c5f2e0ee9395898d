//! `defined` of `[flex.NAME.location]` as written.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::HumanDuration;

/// Where the list of defined locations comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum Settings {
    /// Twilio's Flex Configuration API, with the account's `twilio` credentials.
    Twilio {
        /// How often it is read again.
        #[serde(default = "five_minutes")]
        refresh: HumanDuration,
    },
    /// A JSON file: the array, an object with `locations`, or a whole Flex Configuration.
    File {
        /// The file.
        path: PathBuf,
        /// How often it is read again.
        #[serde(default = "one_minute")]
        refresh: HumanDuration,
    },
}

const fn five_minutes() -> HumanDuration {
    HumanDuration::from_secs(300)
}

const fn one_minute() -> HumanDuration {
    HumanDuration::from_secs(60)
}
