//! What may be forgotten when clocks can't be trusted.

use std::time::Duration;

use crate::clock::{Stopwatch, Timestamp};

/// How much the wall clock may drift from the monotonic one between two looks, in milliseconds.
const DRIFT_MS: u64 = 60_000;

/// How long after its expiry an identifier is kept.
const MARGIN: Duration = Duration::from_hours(1);

/// How long the clock must have run evenly before anything is forgotten.
const STEADY: Duration = Duration::from_mins(10);

/// Watches the wall clock, and says up to when identifiers may be forgotten.
///
/// A clock that jumps forward, and back after a correction, must not cost us
/// identifiers that are needed again: nothing is forgotten until the clock has
/// run evenly with the monotonic one for a while, and then only with a margin.
#[derive(Debug)]
pub(super) struct Horizon {
    last: Option<(Timestamp, Stopwatch)>,
    even_since: Stopwatch,
    steady: Duration,
}

impl Horizon {
    pub(super) fn new() -> Self {
        Self::with_steady(STEADY)
    }

    pub(super) fn with_steady(steady: Duration) -> Self {
        Self {
            last: None,
            even_since: Stopwatch::start(),
            steady,
        }
    }

    /// Takes note of the time as a caller sees it.
    pub(super) fn observe(&mut self, now: Timestamp) {
        if let Some((then, watch)) = self.last {
            let wall = (now - then).num_milliseconds();
            let even = i64::try_from(watch.elapsed().as_millis()).unwrap_or(i64::MAX);
            if wall.abs_diff(even) > DRIFT_MS {
                self.even_since = Stopwatch::start();
            }
        }
        self.last = Some((now, Stopwatch::start()));
    }

    /// Identifiers that expired before this may be forgotten now.
    pub(super) fn forgettable(&self) -> Option<Timestamp> {
        let (now, _) = self.last?;
        (self.even_since.elapsed() >= self.steady)
            .then(|| now.checked_sub_signed(chrono::TimeDelta::from_std(MARGIN).ok()?))
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn nothing_is_forgotten_before_the_clock_has_run_evenly() {
        let mut horizon = Horizon::with_steady(Duration::from_secs(10));
        horizon.observe(Timestamp::UNIX_EPOCH);
        assert_eq!(horizon.forgettable(), None);
    }

    #[test]
    fn a_jump_starts_the_wait_again() {
        let steady = Duration::from_millis(50);
        for jump in [TimeDelta::days(2), -TimeDelta::days(2)] {
            let mut horizon = Horizon::with_steady(steady);
            horizon.observe(Timestamp::UNIX_EPOCH);
            std::thread::sleep(steady);
            assert_eq!(
                horizon.forgettable(),
                Some(Timestamp::UNIX_EPOCH - TimeDelta::hours(1))
            );
            horizon.observe(Timestamp::UNIX_EPOCH + jump);
            assert_eq!(horizon.forgettable(), None, "{jump}");
        }
    }
}
