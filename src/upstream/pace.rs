//! When the metadata is read again.

use std::time::Duration;

use crate::clock::{Random, random_bytes};

/// The wait after the first failure; it doubles with each.
const FIRST_RETRY: Duration = Duration::from_secs(15);

/// The longest wait after a failure: metadata is refreshed rarely, and without
/// it nobody signs in.
const LONGEST_RETRY: Duration = Duration::from_mins(5);

/// Whatever is configured, the source is never asked in a tight loop.
const LEAST: Duration = Duration::from_secs(1);

/// Far longer than anybody configures.
const MOST: Duration = Duration::from_hours(24 * 366);

/// How long to wait until the next refresh.
///
/// Up to a tenth shorter or longer than planned, so that many bridges that were
/// started together do not ask together.
pub(super) fn next_wait(refresh: Duration, failures: u32, random: &dyn Random) -> Duration {
    let planned = match failures {
        0 => refresh,
        times => FIRST_RETRY
            .saturating_mul(2_u32.saturating_pow(times - 1))
            .min(LONGEST_RETRY)
            .min(refresh),
    };
    // Without a random source the wait is the planned one: nothing secret rests on it.
    let spread =
        random_bytes::<1>(random).map_or(1.0, |[byte]| 0.9 + 0.2 * f64::from(byte) / 255.0);
    planned.min(MOST).mul_f64(spread).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::RandomUnavailable;

    struct Always(Option<u8>);

    impl Random for Always {
        fn fill(&self, destination: &mut [u8]) -> Result<(), RandomUnavailable> {
            destination.fill(self.0.ok_or(RandomUnavailable)?);
            Ok(())
        }
    }

    #[test]
    fn failures_are_retried_sooner_but_not_forever_faster() {
        for (refresh, failures, wait) in [
            (43_200, 0, 43_200),
            (43_200, 1, 15),
            (43_200, 2, 30),
            (43_200, 5, 240),
            (43_200, 6, 300),
            (43_200, u32::MAX, 300),
            (60, 0, 60),
            (60, 9, 60),
            (5, 1, 5),
            (0, 0, 1),
        ] {
            let seen = next_wait(Duration::from_secs(refresh), failures, &Always(None));
            assert_eq!(seen.as_secs(), wait, "{refresh} s, {failures} failures");
        }
        assert!(next_wait(Duration::MAX, 0, &Always(Some(255))) >= MOST);
    }

    #[test]
    fn waits_spread_by_a_tenth() {
        let wait = |byte| next_wait(Duration::from_secs(100), 0, &Always(Some(byte)));
        assert_eq!(wait(0).as_secs(), 90);
        assert_eq!(wait(255).as_secs(), 110);
    }
}
