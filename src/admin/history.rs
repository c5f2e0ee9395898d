//! Logins and refusals over time, counted for a chart.

use chrono::TimeDelta;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Trouble;
use crate::{clock::Timestamp, store::JournalRead};

/// How far back to look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Span {
    /// The last 24 hours, by the hour.
    #[default]
    #[serde(rename = "24h")]
    Day,
    /// The last 7 days, by 6 hours.
    #[serde(rename = "7d")]
    Week,
    /// The last 30 days, by the day.
    #[serde(rename = "30d")]
    Month,
}

impl Span {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// The one that is written so.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    const fn step_and_count(self) -> (TimeDelta, u32) {
        match self {
            Self::Day => (TimeDelta::hours(1), 24),
            Self::Week => (TimeDelta::hours(6), 28),
            Self::Month => (TimeDelta::hours(24), 30),
        }
    }
}

/// How many logins ended in a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stretch {
    /// Where it begins.
    pub from: Timestamp,
    /// Logins that were accepted.
    pub accepted: u64,
    /// Logins that were refused.
    pub refused: u64,
}

/// Logins over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct History {
    /// How far back.
    pub span: Span,
    /// How long each stretch is, in seconds.
    pub step_seconds: i64,
    /// One stretch after the other, the newest last; those without logins too.
    pub stretches: Vec<Stretch>,
    /// All that were accepted.
    pub accepted: u64,
    /// All that were refused.
    pub refused: u64,
    /// All whose person matched no location.
    pub no_match: u64,
}

/// Counts the logins of `span` up to `now`. Stretches begin at whole steps of UTC.
///
/// # Errors
/// `journal.unavailable`.
pub async fn history(
    journal: &dyn JournalRead,
    span: Span,
    now: Timestamp,
) -> Result<History, Trouble> {
    let (step, count) = span.step_and_count();
    let step_seconds = step.num_seconds();
    let last = now.timestamp().div_euclid(step_seconds) * step_seconds;
    let last = Timestamp::from_timestamp(last, 0).unwrap_or(now);
    let first = last - step * i32::try_from(count - 1).unwrap_or(0);
    let tally = journal.tally(first, last + step, step).await?;
    let mut stretches: Vec<Stretch> = (0..count)
        .map(|place| Stretch {
            from: first + step * i32::try_from(place).unwrap_or(0),
            accepted: 0,
            refused: 0,
        })
        .collect();
    for (counts, accepted) in [(&tally.accepted, true), (&tally.refused, false)] {
        for (place, count) in counts {
            let Some(stretch) = stretches.get_mut(*place) else {
                continue;
            };
            if accepted {
                stretch.accepted = *count;
            } else {
                stretch.refused = *count;
            }
        }
    }
    Ok(History {
        span,
        step_seconds,
        accepted: stretches.iter().map(|one| one.accepted).sum(),
        refused: stretches.iter().map(|one| one.refused).sum(),
        stretches,
        no_match: tally.no_match,
    })
}
