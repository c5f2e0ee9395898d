//! Time and randomness, as parameters.
//!
//! Everything that asks "what time is it?" or "give me random bytes" takes a
//! [`Clock`] or a [`Random`]; the linter forbids every other way
//! (`clippy.toml`). That is what lets a test replay last year's assertion and
//! lets the bridge refuse, instead of guess, when the random source fails.
//!
//! This module must never know what the time or the bytes are for.

use std::time::{Duration, Instant};

/// A point in time, UTC.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

/// Where the current time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The current time, UTC.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system clock"
    )]
    fn now(&self) -> Timestamp {
        chrono::Utc::now()
    }
}

/// A clock that stands still: for tests, and for explaining a sample "as of its own time".
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The random source failed; whoever asked must refuse, never go on with less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the random source of the operating system failed")]
pub struct RandomUnavailable;

/// Where unpredictable bytes come from.
pub trait Random: Send + Sync + 'static {
    /// Fills `destination` with unpredictable bytes.
    ///
    /// # Errors
    /// [`RandomUnavailable`] when the source fails; `destination` is then not to be used.
    fn fill(&self, destination: &mut [u8]) -> Result<(), RandomUnavailable>;
}

/// The operating system's random source, by way of aws-lc.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, destination: &mut [u8]) -> Result<(), RandomUnavailable> {
        aws_lc_rs::rand::fill(destination).map_err(|_| RandomUnavailable)
    }
}

/// `N` unpredictable bytes.
///
/// # Errors
/// [`RandomUnavailable`] when the source fails.
pub fn random_bytes<const N: usize>(random: &dyn Random) -> Result<[u8; N], RandomUnavailable> {
    let mut bytes = [0_u8; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// Measures how long something took, on a clock that never goes backwards.
///
/// For durations in logs and metrics only; no decision may rest on it.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the monotonic clock"
    )]
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since [`Stopwatch::start`].
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bytes_differ() {
        let first: [u8; 16] = random_bytes(&SystemRandom).unwrap();
        let second: [u8; 16] = random_bytes(&SystemRandom).unwrap();
        assert_ne!(first, second);
    }

    #[test]
    fn a_fixed_clock_stands_still() {
        let clock = FixedClock(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
    }
}
