//! How long and how often Twilio is asked, and how much it may answer.

use std::time::Duration;

/// The bounds of one call to Twilio's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands, TLS included.
    pub connect: Duration,
    /// For one try, from connecting to the last byte of its body.
    pub attempt: Duration,
    /// For all tries together, the waits between them included.
    pub total: Duration,
    /// How many tries at most; at least one is made.
    pub tries: u32,
    /// The wait after the first failed try is drawn from zero to this; it doubles with each try.
    pub first_wait: Duration,
    /// The longest wait that is drawn.
    pub longest_wait: Duration,
    /// The largest body, in bytes.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(15),
            total: Duration::from_mins(1),
            tries: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(15),
            body: 8 * 1024 * 1024,
        }
    }
}
