//! Since when a server has forgotten nothing.
//!
//! A Redis server that is started again knows what was on its disk by then, which may be
//! nothing; one that takes another's place knows what had reached it. So each life of a server,
//! from its start on or from when it became the one that is written to, has its begin noted in
//! itself. Whatever may have been used before that is not believed to be unused.

use super::{StoreUnavailable, Timestamp, milliseconds};

/// The key under which the present life is noted: the server's run ID, and since when.
pub(super) const LIFE: &str = "flexbridge:life";

/// Clocks of machines that ask for the time are within this, in milliseconds: no correction is
/// made for less, as the way to the server and back is part of what was measured.
const USUAL_MS: i64 = 1_000;

/// The present life of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    /// Its begin by the server's clock, in milliseconds since 1970.
    since: i64,
}

impl Life {
    /// What is noted of the life of the server with this run ID.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when another's is noted, or none: the server has begun anew.
    pub(super) fn of(noted: Option<&str>, run: &str) -> Result<Self, StoreUnavailable> {
        let since = noted
            .and_then(|text| text.split_once(' '))
            .filter(|(known, _)| *known == run)
            .and_then(|(_, since)| since.parse().ok());
        since.map(|since| Self { since }).ok_or_else(|| {
            StoreUnavailable::new(
                "Redis: the server began anew, or another one took its place; it is looked at again",
            )
        })
    }

    /// One that begins with the next whole second: logins note their begin in whole seconds,
    /// rounded down. Whoever makes one waits until then.
    pub(super) const fn begin(server: (i64, i64)) -> Self {
        let now = milliseconds(server);
        Self {
            since: (now + 999) / 1_000 * 1_000,
        }
    }

    /// How long it is until it begins, in milliseconds.
    pub(super) fn begins_in(self, server: (i64, i64)) -> u64 {
        u64::try_from(self.since.saturating_sub(milliseconds(server))).unwrap_or(0)
    }

    /// How it is noted.
    pub(super) fn noted(self, run: &str) -> String {
        format!("{run} {}", self.since)
    }

    /// Whether the server would know of a use at `since` or later, by the clock of a node that
    /// is `apart` milliseconds ahead of the server's.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when it could have forgotten that.
    pub(super) fn knows(self, since: Timestamp, apart: i64) -> Result<(), StoreUnavailable> {
        let ahead = (apart - USUAL_MS).max(0);
        if since.timestamp_millis().saturating_sub(ahead) >= self.since {
            return Ok(());
        }
        let begun = Timestamp::from_timestamp_millis(self.since).unwrap_or_default();
        Err(StoreUnavailable::new(format!(
            "the Redis server knows what was used since {begun} only, when it was started or took another's place; this login was begun before that, and may have been used"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn what_was_begun_before_is_not_believed() {
        let life = Life::begin((1_000, 300_000));
        assert_eq!(life.noted("run"), "run 1001000");
        assert_eq!(life.begins_in((1_000, 300_000)), 700);
        assert_eq!(life.begins_in((1_002, 0)), 0);
        let at = |ms: i64| Timestamp::UNIX_EPOCH + TimeDelta::milliseconds(ms);
        for (begun, apart, known) in [
            (1_001_000, 0, true),
            (1_001_000, USUAL_MS, true),
            (1_000_999, 0, false),
            (1_000_000, -60_000, false),
            // A node whose clock is a minute ahead began it before, by the server's clock.
            (1_060_999, 60_000 + USUAL_MS, false),
            (1_061_000, 60_000 + USUAL_MS, true),
        ] {
            let seen = life.knows(at(begun), apart).is_ok();
            assert_eq!(seen, known, "{begun} {apart}");
        }
    }

    #[test]
    fn another_life_is_told_from_this_one() {
        let life = Life::of(Some("run 17"), "run").unwrap();
        assert_eq!(life, Life { since: 17 });
        for noted in [None, Some("other 17"), Some("run"), Some("run x"), Some("")] {
            assert!(Life::of(noted, "run").is_err(), "{noted:?}");
        }
    }
}
