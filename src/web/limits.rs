//! How much is let in at once, in all and from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A limit on things that one address has at once. Proxies that are trusted
/// speak for many and are not counted.
#[derive(Debug)]
pub(super) struct PerAddress {
    most: usize,
    exempt: Vec<IpNet>,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

impl PerAddress {
    pub(super) fn new(most: usize, exempt: &[IpNet]) -> Arc<Self> {
        Arc::new(Self {
            most,
            exempt: exempt.to_vec(),
            counts: Mutex::default(),
        })
    }

    /// Counts one more for this address until the share is dropped; `None` when it has its fill.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Share> {
        let address = address.to_canonical();
        let key = who(address);
        if !self.exempt.iter().any(|network| network.contains(&address)) {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(key).or_default();
            if *count >= self.most {
                return None;
            }
            *count += 1;
            return Some(Share {
                of: Some((Arc::clone(self), key)),
            });
        }
        Some(Share { of: None })
    }
}

/// Who an address stands for: an IPv6 network of 64 bits is one household.
pub(super) fn who(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
    }
}

/// One address's part of what is let in.
#[derive(Debug)]
pub(super) struct Share {
    of: Option<(Arc<PerAddress>, IpAddr)>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some((limit, key)) = self.of.take() else {
            return;
        };
        let mut counts = limit.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }
}

/// How many logins are worked on at once, and how long one waits for its turn.
const WORK: usize = 256;
const WORK_PER_ADDRESS: usize = 64;
pub(super) const TURN: Duration = Duration::from_secs(2);

/// The work on logins: bounded in all and for each address, so that a flood
/// from somewhere leaves room for everybody else.
#[derive(Debug)]
pub(super) struct Work {
    all: Arc<Semaphore>,
    each: Arc<PerAddress>,
}

/// The right to work on one login.
#[derive(Debug)]
pub(super) struct Turn {
    _share: Share,
    _permit: OwnedSemaphorePermit,
}

impl Work {
    pub(super) fn new() -> Self {
        Self::with_limits(WORK, WORK_PER_ADDRESS)
    }

    fn with_limits(all: usize, each: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            each: PerAddress::new(each, &[]),
        }
    }

    /// Waits for a turn, a little; `None` is "overloaded".
    pub(super) async fn turn(&self, address: IpAddr) -> Option<Turn> {
        let share = self.each.enter(address)?;
        let turn = Arc::clone(&self.all).acquire_owned();
        let permit = tokio::time::timeout(TURN, turn).await.ok()?.ok()?;
        Some(Turn {
            _share: share,
            _permit: permit,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_address_has_its_share_and_gives_it_back() {
        let limit = PerAddress::new(2, &["10.0.0.0/8".parse().unwrap()]);
        let one = limit.enter(address("203.0.113.9")).unwrap();
        let _two = limit.enter(address("::ffff:203.0.113.9")).unwrap();
        assert!(limit.enter(address("203.0.113.9")).is_none());
        let _other = limit.enter(address("203.0.113.10")).unwrap();
        drop(one);
        assert!(limit.enter(address("203.0.113.9")).is_some());
        let proxied: Vec<_> = (0..9).map(|_| limit.enter(address("10.0.0.1"))).collect();
        assert!(proxied.iter().all(Option::is_some));
    }

    #[test]
    fn an_ipv6_network_is_one() {
        let limit = PerAddress::new(1, &[]);
        let _one = limit.enter(address("2001:db8::1")).unwrap();
        assert!(limit.enter(address("2001:db8::2")).is_none());
        assert!(limit.enter(address("2001:db8:0:1::1")).is_some());
    }

    #[tokio::test]
    async fn a_flood_from_one_address_leaves_room() {
        let work = Work::with_limits(4, 3);
        let mut flood = Vec::new();
        for _ in 0..9 {
            flood.extend(work.turn(address("203.0.113.9")).await);
        }
        assert_eq!(flood.len(), 3);
        assert!(work.turn(address("198.51.100.1")).await.is_some());
        drop(flood);
        assert!(work.turn(address("203.0.113.9")).await.is_some());
        assert!(work.each.counts.lock().unwrap().is_empty());
    }
}
