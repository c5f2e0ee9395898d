//! Durations as people write them: `"60s"`, `"5m"`, `"12h"`, `"30d"`.

use std::{fmt, str::FromStr, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration written as a whole number and one unit: `s`, `m`, `h` or `d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HumanDuration(Duration);

impl HumanDuration {
    /// A duration of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The duration itself.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Ten years; nothing that is configured here is meant to last longer.
const LONGEST: u64 = 3_650 * 86_400;

/// The seconds that are meant; `None` for more than ten years.
fn read(text: &str) -> Result<Option<u64>, String> {
    let complaint = || {
        format!(
            "`{text}` is not a duration; write a whole number and s, m, h or d, such as \"90s\", \"5m\", \"12h\" or \"30d\""
        )
    };
    let unit = text.chars().last().ok_or_else(complaint)?;
    let (_, seconds) = UNITS
        .into_iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(complaint)?;
    let digits = &text[..text.len() - unit.len_utf8()];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(complaint());
    }
    let count = digits.parse::<u64>().ok();
    let total = count.and_then(|count| count.checked_mul(seconds));
    Ok(total.filter(|total| *total <= LONGEST))
}

impl FromStr for HumanDuration {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text)?
            .map(Self::from_secs)
            .ok_or_else(|| format!("`{text}` is longer than ten years"))
    }
}

impl HumanDuration {
    /// Reads how far to look back, for `#[serde(deserialize_with)]`: more than ten years are ten.
    ///
    /// # Errors
    /// The deserializer's, and what is wrong with the text.
    pub fn back<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let seconds = text.map(|text| Ok(read(&text)?.unwrap_or(LONGEST)));
        let seconds: Option<u64> = seconds
            .transpose()
            .map_err(serde::de::Error::custom::<String>)?;
        Ok(seconds.map(Self::from_secs))
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.0.as_secs();
        let (unit, seconds) = UNITS
            .into_iter()
            .find(|(_, seconds)| total != 0 && total.is_multiple_of(*seconds))
            .unwrap_or(('s', 1));
        write!(formatter, "{}{unit}", total / seconds)
    }
}

impl<'de> Deserialize<'de> for HumanDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for HumanDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for HumanDuration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]+[smhd]$",
            "description": "A whole number and a unit: s, m, h or d. For example \"90s\", \"12h\".",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_people_write() {
        for (text, seconds, again) in [
            ("0s", 0, "0s"),
            ("90s", 90, "90s"),
            ("60s", 60, "1m"),
            ("5m", 300, "5m"),
            ("12h", 43_200, "12h"),
            ("30d", 2_592_000, "30d"),
        ] {
            let duration: HumanDuration = text.parse().unwrap();
            assert_eq!(duration.get().as_secs(), seconds, "{text}");
            assert_eq!(duration.to_string(), again, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_duration() {
        for text in [
            "",
            "5",
            "m",
            "-1s",
            "+1s",
            "1.5h",
            "5 m",
            "5min",
            "1é",
            "4000d",
            "99999999999999999999s",
        ] {
            assert!(text.parse::<HumanDuration>().is_err(), "{text}");
        }
    }
}
