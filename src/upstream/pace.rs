//! When the metadata is read again.

use std::time::Duration;

use crate::{
    clock::{Random, Timestamp, random_bytes},
    saml::metadata::IdpMetadata,
};

/// The wait after the first failure; it doubles with each.
const FIRST_RETRY: Duration = Duration::from_secs(15);

/// The longest wait after a failure: metadata is refreshed rarely, and without
/// it nobody signs in.
const LONGEST_RETRY: Duration = Duration::from_mins(5);

/// Whatever is configured, the source is never asked in a tight loop.
const LEAST: Duration = Duration::from_secs(1);

/// Whatever the metadata says of itself, it makes nobody ask more often than this.
const LEAST_BY_METADATA: Duration = Duration::from_mins(1);

/// Far longer than anybody configures.
const MOST: Duration = Duration::from_hours(24 * 366);

/// When to ask again after a success: as configured, or sooner where the metadata
/// says that it may not be kept that long, or ends before (Metadata §2.3.1).
pub(super) fn planned(
    refresh: Duration,
    metadata: Option<&IdpMetadata>,
    now: Timestamp,
) -> Duration {
    let cache = metadata.and_then(|one| one.cache_duration);
    let end = metadata.and_then(|one| one.valid_until);
    // Half of what is left: a server that is away for a while is asked again in time.
    let left = end.map(|end| (end - now).to_std().unwrap_or_default() / 2);
    let asked = cache.into_iter().chain(left).min();
    asked.map_or(refresh, |asked| asked.max(LEAST_BY_METADATA).min(refresh))
}

/// How long to wait until the next refresh.
///
/// Up to a fifth sooner than planned and never later, so that many bridges that were
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
        random_bytes::<1>(random).map_or(1.0, |[byte]| 0.8 + 0.2 * f64::from(byte) / 255.0);
    planned.min(MOST).mul_f64(spread).max(LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::RandomUnavailable,
        saml::testing::{RSA, idp_metadata, now},
    };

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
    fn what_the_metadata_says_makes_it_sooner_never_later_nor_a_flood() {
        let day = 86_400;
        for (refresh, attributes, wait) in [
            (43_200, "", 43_200),
            (43_200, "cacheDuration=\"PT1H\"", 3_600),
            (43_200, "cacheDuration=\"P7D\"", 43_200),
            (43_200, "cacheDuration=\"PT0S\"", 60),
            (43_200, "cacheDuration=\"soon\"", 43_200),
            (5, "cacheDuration=\"PT0S\"", 5),
            (43_200, "validUntil=\"2026-03-01T12:00:00Z\"", 3_600),
            (43_200, "validUntil=\"2026-03-01T10:00:01Z\"", 60),
            (43_200, "validUntil=\"2027-03-01T12:00:00Z\"", 43_200),
            (
                10 * day,
                "validUntil=\"2026-03-11T10:00:00Z\" cacheDuration=\"P4D\"",
                4 * day,
            ),
        ] {
            let text = idp_metadata("urn:a", &[&RSA], attributes);
            let metadata = IdpMetadata::read(&text, now()).unwrap();
            let seen = planned(Duration::from_secs(refresh), Some(&metadata), now());
            assert_eq!(seen.as_secs(), wait, "{attributes}");
        }
        let hour = Duration::from_hours(1);
        assert_eq!(planned(hour, None, now()), hour);
    }

    #[test]
    fn waits_spread_by_a_fifth_and_never_beyond() {
        let wait = |byte| next_wait(Duration::from_secs(100), 0, &Always(Some(byte)));
        assert_eq!(wait(0).as_secs(), 80);
        assert_eq!(wait(255).as_secs(), 100);
    }
}
