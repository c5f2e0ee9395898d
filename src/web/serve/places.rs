//! Who holds the places for connections, and who gives way when there is none left.
//!
//! Must never: serve more connections than there are places, or take the place of somebody who is being answered.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use tokio::sync::{Notify, oneshot};

use crate::{clock::Stopwatch, web::limits::who};

/// All connections; with the buffer of each this bounds the memory that slow strangers can hold.
const CONNECTIONS: usize = 4_096;
const CONNECTIONS_PER_ADDRESS: usize = 256;
/// So long a connection may shake hands and ask its first thing before it counts as idle: a crowd that
/// arrives at once shall not push itself out, each one the one before.
const BEGINNING: Duration = Duration::from_secs(2);

/// The places of one listener.
#[derive(Debug)]
pub(super) struct Places {
    all: usize,
    each: usize,
    /// Proxies speak for many and share nothing but the whole.
    exempt: Vec<IpNet>,
    watch: Stopwatch,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    last: u64,
    by_address: HashMap<IpAddr, HashMap<u64, Arc<Tenant>>>,
}

impl Held {
    fn of(&self, address: IpAddr) -> usize {
        self.by_address.get(&address).map_or(0, HashMap::len)
    }

    fn add(&mut self, tenant: &Arc<Tenant>) {
        let neighbours = self.by_address.entry(tenant.address).or_default();
        neighbours.insert(tenant.number, Arc::clone(tenant));
        self.all += 1;
    }

    /// Takes it out, unless somebody else has its place already.
    fn remove(&mut self, tenant: &Tenant) {
        let Some(neighbours) = self.by_address.get_mut(&tenant.address) else {
            return;
        };
        if neighbours.remove(&tenant.number).is_some() {
            self.all -= 1;
        }
        if neighbours.is_empty() {
            self.by_address.remove(&tenant.address);
        }
    }
}

impl Places {
    pub(super) fn new(trusted_proxies: &[IpNet]) -> Arc<Self> {
        Self::with_limits(CONNECTIONS, CONNECTIONS_PER_ADDRESS, trusted_proxies)
    }

    fn with_limits(all: usize, each: usize, exempt: &[IpNet]) -> Arc<Self> {
        Arc::new(Self {
            all,
            each,
            exempt: exempt.to_vec(),
            watch: Stopwatch::start(),
            held: Mutex::default(),
        })
    }

    /// A place for a connection of this address; where all are taken, that of the one which has been idle
    /// for longest. `None` when all of them are busy.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        self.enter_at(self.watch.elapsed(), peer)
    }

    fn enter_at(self: &Arc<Self>, now: Duration, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        let address = who(peer);
        let exempt = self.exempt.iter().any(|network| network.contains(&peer));
        let mut held = self.held();
        let former = if !exempt && held.of(address) >= self.each {
            let own = held.by_address.get(&address)?;
            Some(longest_idle(own.values(), now)?)
        } else if held.all >= self.all {
            let everybody = held.by_address.values().flat_map(HashMap::values);
            Some(longest_idle(everybody, now)?)
        } else {
            None
        };
        let former = former.map(|tenant| {
            held.remove(&tenant);
            tenant.leave()
        });
        held.last += 1;
        let tenant = Arc::new(Tenant {
            address,
            number: held.last,
            doing: Mutex::new(Doing {
                under_way: 0,
                since: now,
                asked: false,
            }),
            asked_to_leave: Notify::new(),
            heir: Mutex::default(),
        });
        held.add(&tenant);
        drop(held);
        Some(Place {
            tenant,
            former,
            of: Arc::clone(self),
        })
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn longest_idle<'a>(
    tenants: impl Iterator<Item = &'a Arc<Tenant>>,
    now: Duration,
) -> Option<Arc<Tenant>> {
    tenants
        .filter_map(|tenant| Some((tenant.idle_since(now)?, tenant)))
        .min_by_key(|(since, tenant)| (*since, tenant.number))
        .map(|(_, tenant)| Arc::clone(tenant))
}

/// A connection, as the others see it.
#[derive(Debug)]
struct Tenant {
    address: IpAddr,
    number: u64,
    doing: Mutex<Doing>,
    asked_to_leave: Notify,
    /// Dropped with the connection, which tells whoever waits for its place.
    heir: Mutex<Option<oneshot::Sender<()>>>,
}

#[derive(Debug, Clone, Copy)]
struct Doing {
    /// How many requests are being answered.
    under_way: usize,
    /// When it came, or when its last request began or ended.
    since: Duration,
    /// Whether it has ever asked anything.
    asked: bool,
}

impl Tenant {
    fn doing(&self) -> MutexGuard<'_, Doing> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heir(&self) -> MutexGuard<'_, Option<oneshot::Sender<()>>> {
        self.heir.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle_since(&self, now: Duration) -> Option<Duration> {
        let Doing {
            under_way,
            since,
            asked,
        } = *self.doing();
        let begins = !asked && now.saturating_sub(since) < BEGINNING;
        (under_way == 0 && !begins).then_some(since)
    }

    fn leave(&self) -> oneshot::Receiver<()> {
        let (heir, gone) = oneshot::channel();
        *self.heir() = Some(heir);
        self.asked_to_leave.notify_one();
        gone
    }
}

/// One connection's place, held while it lives.
#[derive(Debug)]
pub(super) struct Place {
    tenant: Arc<Tenant>,
    former: Option<oneshot::Receiver<()>>,
    of: Arc<Places>,
}

impl Place {
    /// Waits until whoever had this place is gone. Nothing may be served before.
    pub(super) async fn vacated(&mut self) {
        if let Some(former) = self.former.as_mut() {
            let _ = former.await;
            self.former = None;
            self.tenant.doing().since = self.of.watch.elapsed();
        }
    }

    /// Waits until somebody else needs this place.
    pub(super) async fn asked_to_leave(&self) {
        self.tenant.asked_to_leave.notified().await;
    }

    /// Where its requests are counted.
    pub(super) fn requests(&self) -> Requests {
        Requests {
            tenant: Arc::clone(&self.tenant),
            of: Arc::clone(&self.of),
        }
    }

    /// Waits until something was asked, if nothing was before.
    pub(super) async fn has_asked(&self) {
        const LOOK: Duration = Duration::from_millis(10);
        while !self.tenant.doing().asked {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until nothing has been asked or answered for so long: `idle` when nothing is under way,
    /// `stalled` when something is, which then can't be got rid of by the other side. Whether
    /// something is.
    pub(super) async fn quiet(&self, idle: Duration, stalled: Duration) -> bool {
        /// How soon it is noticed that a request has ended.
        const LOOK: Duration = Duration::from_secs(1);
        loop {
            let (left, busy) = self.left(self.of.watch.elapsed(), idle, stalled);
            if left.is_zero() {
                return busy;
            }
            tokio::time::sleep(if busy { left.min(LOOK) } else { left }).await;
        }
    }

    fn left(&self, now: Duration, idle: Duration, stalled: Duration) -> (Duration, bool) {
        let doing = *self.tenant.doing();
        let busy = doing.under_way > 0;
        let patience = if busy { stalled } else { idle };
        let ends = doing.since.saturating_add(patience);
        (ends.saturating_sub(now), busy)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.of.held().remove(&self.tenant);
        drop(self.tenant.heir().take());
    }
}

/// Counts the requests of one connection.
#[derive(Debug)]
pub(super) struct Requests {
    tenant: Arc<Tenant>,
    of: Arc<Places>,
}

impl Requests {
    /// A request begins; it lasts until what is given back is dropped.
    pub(super) fn begin(&self) -> UnderWay {
        self.begin_at(self.of.watch.elapsed())
    }

    fn begin_at(&self, now: Duration) -> UnderWay {
        let mut doing = self.tenant.doing();
        doing.under_way += 1;
        doing.since = now;
        doing.asked = true;
        UnderWay {
            tenant: Arc::clone(&self.tenant),
            of: Arc::clone(&self.of),
        }
    }
}

/// A request under way.
#[derive(Debug)]
pub(super) struct UnderWay {
    tenant: Arc<Tenant>,
    of: Arc<Places>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut doing = self.tenant.doing();
        doing.under_way -= 1;
        doing.since = self.of.watch.elapsed();
    }
}

#[cfg(test)]
#[path = "places_tests.rs"]
mod tests;
