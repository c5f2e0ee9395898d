//! `defined` of `[flex.NAME.location]` as written.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::{HumanDuration, Problem, SettingPath};

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

/// Twilio is not asked more often without a warning, in seconds.
const GENTLE: u64 = 10;

impl Settings {
    /// How often the list is read again.
    #[must_use]
    pub const fn refresh(&self) -> HumanDuration {
        match self {
            Self::Twilio { refresh } | Self::File { refresh, .. } => *refresh,
        }
    }

    /// What is wrong with these settings, as seen from `defined`.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let place = SettingPath::root().join("refresh");
        let seconds = self.refresh().get().as_secs();
        let problem = match self {
            _ if seconds == 0 => Problem::error(
                place,
                "the list would be read without a pause",
                "write how often it is read, such as \"5m\", or leave `refresh` out",
            ),
            Self::Twilio { .. } if seconds < GENTLE => Problem::warning(
                place,
                "Twilio limits how often it is asked",
                "write at least \"10s\"; the usual \"5m\" is enough for a list that people edit",
            ),
            _ => return Vec::new(),
        };
        vec![problem]
    }
}

const fn five_minutes() -> HumanDuration {
    HumanDuration::from_secs(300)
}

const fn one_minute() -> HumanDuration {
    HumanDuration::from_secs(60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Severity;

    #[test]
    fn a_list_is_read_now_and_then() {
        for (written, severity) in [
            (serde_json::json!({ "from": "twilio" }), None),
            (
                serde_json::json!({ "from": "twilio", "refresh": "10s" }),
                None,
            ),
            (
                serde_json::json!({ "from": "twilio", "refresh": "9s" }),
                Some(Severity::Warning),
            ),
            (
                serde_json::json!({ "from": "twilio", "refresh": "0s" }),
                Some(Severity::Error),
            ),
            (
                serde_json::json!({ "from": "file", "path": "x", "refresh": "1s" }),
                None,
            ),
            (
                serde_json::json!({ "from": "file", "path": "x", "refresh": "0m" }),
                Some(Severity::Error),
            ),
        ] {
            let settings: Settings = serde_json::from_value(written.clone()).unwrap();
            let seen = settings.check().first().map(|problem| problem.severity);
            assert_eq!(seen, severity, "{written}");
        }
    }
}
