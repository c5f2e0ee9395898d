//! When the list is read again.

use std::time::Duration;

use crate::clock::{Random, random_bytes};

/// The wait after the first failure; it doubles with each, up to the usual refresh.
const FIRST_RETRY: Duration = Duration::from_secs(15);

/// Whatever is configured, the source is never asked in a tight loop.
const LEAST: Duration = Duration::from_millis(10);

/// Far longer than anybody configures.
const MOST: Duration = Duration::from_hours(24 * 366);

/// How long to wait until the next refresh.
///
/// Up to a tenth shorter or longer than planned, so that many bridges that were
/// started together do not ask together; never before the source's own wish.
pub(super) fn next_wait(
    refresh: Duration,
    failures: u32,
    retry_after: Option<Duration>,
    random: &dyn Random,
) -> Duration {
    let planned = match failures {
        0 => refresh,
        times => FIRST_RETRY
            .saturating_mul(2_u32.saturating_pow(times - 1))
            .min(refresh),
    };
    // Without a random source the wait is the planned one: nothing secret rests on it.
    let spread =
        random_bytes::<1>(random).map_or(1.0, |[byte]| 0.9 + 0.2 * f64::from(byte) / 255.0);
    planned
        .min(MOST)
        .mul_f64(spread)
        .max(retry_after.unwrap_or_default())
        .max(LEAST)
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
        let planned = |refresh, failures, wish: Option<u64>| {
            let (refresh, wish) = (Duration::from_secs(refresh), wish.map(Duration::from_secs));
            next_wait(refresh, failures, wish, &Always(None)).as_secs()
        };
        assert_eq!(planned(300, 0, None), 300);
        assert_eq!(planned(300, 1, None), 15);
        assert_eq!(planned(300, 2, None), 30);
        assert_eq!(planned(300, 5, None), 240);
        assert_eq!(planned(300, 6, None), 300);
        assert_eq!(planned(300, u32::MAX, None), 300);
        assert_eq!(planned(5, 1, None), 5);
        assert_eq!(planned(300, 1, Some(600)), 600);
        assert_eq!(next_wait(Duration::ZERO, 0, None, &Always(None)), LEAST);
        assert!(next_wait(Duration::MAX, 0, None, &Always(Some(255))) >= MOST);
    }

    #[test]
    fn waits_spread_by_a_tenth() {
        let wait = |byte| next_wait(Duration::from_secs(100), 0, None, &Always(Some(byte)));
        assert_eq!(wait(0).as_secs(), 90);
        assert_eq!(wait(255).as_secs(), 110);
    }
}
