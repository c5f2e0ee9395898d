//! How often an address may be wrong about the token.
//!
//! Must never: keep more than a bounded number of addresses, or tell how near a guess was.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;

use super::super::limits::who;
use crate::clock::Timestamp;

/// So many wrong tokens …
const MOST: u32 = 10;
/// … within this time; then the address waits until the time is over, whatever it sends.
const WINDOW: TimeDelta = TimeDelta::minutes(5);
/// How many addresses are remembered.
const ADDRESSES: usize = 4_096;

/// Wrong tokens by address.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<IpAddr, (Timestamp, u32)>>);

impl Attempts {
    /// How many seconds an address has to wait, if it has to.
    pub(super) fn wait(&self, address: IpAddr, now: Timestamp) -> Option<i64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = *all.get(&who(address.to_canonical()))?;
        let left = (since + WINDOW - now).num_seconds();
        // A clock that was set back keeps nobody out for longer than the time.
        (count >= MOST && (0..=WINDOW.num_seconds()).contains(&left)).then_some(left.max(1))
    }

    /// Counts a wrong token.
    pub(super) fn failed(&self, address: IpAddr, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ADDRESSES {
            all.retain(|_, (since, _)| now - *since < WINDOW);
        }
        if all.len() >= ADDRESSES {
            // So many at once guess together: the oldest makes room.
            let oldest = all.iter().min_by_key(|(_, (since, _))| *since);
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                all.remove(&oldest);
            }
        }
        let entry = all.entry(who(address.to_canonical())).or_insert((now, 0));
        if now - entry.0 >= WINDOW || now < entry.0 {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_tokens_and_the_address_waits() {
        let attempts = Attempts::default();
        let at = |seconds| Timestamp::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let guesser: IpAddr = "203.0.113.9".parse().unwrap();
        for second in 0..10 {
            assert_eq!(attempts.wait(guesser, at(second)), None);
            attempts.failed(guesser, at(second));
        }
        assert_eq!(attempts.wait(guesser, at(10)), Some(290));
        let mapped = "::ffff:203.0.113.9".parse().unwrap();
        assert_eq!(attempts.wait(mapped, at(10)), Some(290));
        assert_eq!(attempts.wait("203.0.113.10".parse().unwrap(), at(10)), None);
        assert_eq!(attempts.wait(guesser, at(301)), None);
        attempts.failed(guesser, at(301));
        assert_eq!(attempts.wait(guesser, at(302)), None);
    }

    #[test]
    fn many_addresses_take_bounded_room() {
        let attempts = Attempts::default();
        for number in 0..10_000_u32 {
            let address = IpAddr::from(number.to_be_bytes());
            attempts.failed(address, Timestamp::UNIX_EPOCH);
        }
        assert!(attempts.0.lock().unwrap().len() <= ADDRESSES);
    }
}
