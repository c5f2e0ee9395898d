//! How fast Twilio is asked.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::clock::Stopwatch;

/// At most so many requests a second, and so many at once. Clones share it.
#[derive(Debug, Clone)]
pub struct Pace {
    interval: Duration,
    /// How many requests are under way at once, at most.
    pub at_once: usize,
    began: Stopwatch,
    next: Arc<Mutex<Duration>>,
}

/// Shorter waits than this are not worth a timer.
const SHORTEST: Duration = Duration::from_millis(2);

impl Pace {
    /// At most `per_second` requests a second and `at_once` at once; zero counts as one.
    #[must_use]
    pub fn new(per_second: u32, at_once: usize) -> Self {
        Self {
            interval: Duration::from_secs(1) / per_second.max(1),
            at_once: at_once.max(1),
            began: Stopwatch::start(),
            next: Arc::default(),
        }
    }

    /// Waits for this request's turn.
    pub async fn turn(&self) {
        let wait = self.book(self.began.elapsed());
        if wait >= SHORTEST {
            tokio::time::sleep(wait).await;
        }
    }

    /// Nobody has a turn for so long.
    pub(super) fn hold(&self, pause: Duration) {
        let until = self.began.elapsed().saturating_add(pause);
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = until.max(*next);
    }

    /// Books the next turn, and says how long it is until then.
    fn book(&self, now: Duration) -> Duration {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = now.max(*next);
        *next = turn + self.interval;
        turn.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_keep_their_distance_and_time_that_passed_is_not_made_up_for() {
        let pace = Pace::new(10, 4);
        let milliseconds = Duration::from_millis;
        assert_eq!(pace.book(milliseconds(0)), milliseconds(0));
        assert_eq!(pace.book(milliseconds(0)), milliseconds(100));
        assert_eq!(pace.clone().book(milliseconds(50)), milliseconds(150));
        assert_eq!(pace.book(milliseconds(5000)), milliseconds(0));
        assert_eq!(pace.book(milliseconds(5000)), milliseconds(100));
        assert_eq!(Pace::new(0, 0).at_once, 1);
        pace.hold(milliseconds(60_000));
        assert!(pace.book(milliseconds(0)) >= milliseconds(60_000));
    }
}
