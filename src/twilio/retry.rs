//! When to try again: exponential backoff with full jitter, and Twilio's own `Retry-After`.

use std::time::{Duration, SystemTime};

use super::Limits;
use crate::clock::{Random, Timestamp, random_bytes};

/// The longest `Retry-After` that is believed; a longer one counts as this.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);

/// Reads `Retry-After`: whole seconds or an HTTP date (RFC 9110, section 10.2.3).
///
/// `None` for anything else. A date that has passed is zero; at most an hour.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let asked = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time all the same.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let until = httpdate::parse_http_date(value).ok()?;
        until
            .duration_since(SystemTime::from(now))
            .unwrap_or_default()
    };
    Some(asked.min(LONGEST_RETRY_AFTER))
}

/// How long to wait after the `failed`-th failed try (from 1).
///
/// Twilio's own wish comes first; the drawn wait is added to it, so that many
/// bridges that were told the same second do not come back in the same one.
pub(super) fn wait(
    limits: &Limits,
    failed: u32,
    retry_after: Option<Duration>,
    random: &dyn Random,
) -> Duration {
    let doubled = 2_u32.saturating_pow(failed.saturating_sub(1));
    let most = limits
        .first_wait
        .saturating_mul(doubled)
        .min(limits.longest_wait);
    retry_after
        .unwrap_or_default()
        .saturating_add(drawn(most, random))
}

/// A wait between nothing and `most`. Without a random source it is `most`:
/// nothing secret rests on it.
fn drawn(most: Duration, random: &dyn Random) -> Duration {
    random_bytes::<4>(random).map_or(most, |bytes| {
        most.mul_f64(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{RandomUnavailable, SystemRandom};

    struct Always(u8);

    impl Random for Always {
        fn fill(&self, destination: &mut [u8]) -> Result<(), RandomUnavailable> {
            destination.fill(self.0);
            Ok(())
        }
    }

    struct Broken;

    impl Random for Broken {
        fn fill(&self, _: &mut [u8]) -> Result<(), RandomUnavailable> {
            Err(RandomUnavailable)
        }
    }

    #[test]
    fn reads_what_a_server_may_write() {
        let now: Timestamp = "2015-10-21T07:28:00Z".parse().unwrap();
        for (value, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("999999", Some(3_600)),
            ("99999999999999999999999", Some(3_600)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30)),
            ("Wednesday, 21-Oct-15 07:28:30 GMT", Some(30)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0)),
            ("Wed, 21 Oct 2099 07:28:00 GMT", Some(3_600)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(
                retry_after(value, now),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_are_drawn_from_zero() {
        let limits = Limits {
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_millis(500),
            ..Limits::default()
        };
        for (failed, most) in [(1, 100), (2, 200), (3, 400), (4, 500), (u32::MAX, 500)] {
            let most = Duration::from_millis(most);
            assert_eq!(wait(&limits, failed, None, &Always(0xff)), most);
            assert_eq!(wait(&limits, failed, None, &Always(0)), Duration::ZERO);
            assert_eq!(wait(&limits, failed, None, &Broken), most);
            assert!(wait(&limits, failed, None, &SystemRandom) <= most);
        }
    }

    #[test]
    fn twilios_wish_is_never_undercut() {
        let wish = Duration::from_secs(3);
        let waited = wait(&Limits::default(), 1, Some(wish), &Always(0));
        assert_eq!(waited, wish);
    }
}
