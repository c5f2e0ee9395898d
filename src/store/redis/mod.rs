//! Used identifiers in a Redis server, shared by all nodes.
//!
//! Must never: call an identifier unused because the server forgot it. A server that began
//! anew, or another one that took its place, is told by [`life`]; writes that a replica has
//! to have are waited for.

mod life;
mod plan;
mod server;

pub use plan::RedisPlan;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use redis::{RedisError, aio::MultiplexedConnection};

use self::{
    life::{LIFE, Life},
    server::{Live, Server},
};
use super::{BoxFuture, ConsumeKey, Consumed, Store, StoreUnavailable};
use crate::clock::Timestamp;

/// What our keys begin with in the server.
const PREFIX: &str = "flexbridge:used:";
/// How long Redis may take to answer, or to be connected to.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How long replicas may take to confirm that they have an identifier, in milliseconds. A login
/// uses two, and the server lets the second wait for the first: both together are shorter than
/// [`PATIENCE`], so that the reason is still told.
const REPLICAS_PATIENCE_MS: u64 = 600;
/// How long after its expiry an identifier is kept, and how far a node's clock
/// may be from the server's: whoever is within this can't see an identifier as
/// valid that the server has forgotten.
const MARGIN_MS: i64 = 3_600_000;
/// The longest an identifier is kept; nothing that is used once lives longer.
const LONGEST_MS: i64 = 366 * 86_400_000;
/// How long to wait between attempts to reach the server again.
const RETRY: Duration = Duration::from_millis(500);
/// How often a connection is looked at while nobody uses it.
const LOOK: Duration = Duration::from_secs(1);

/// The used identifiers of a cluster, in a Redis server.
///
/// `SET key 1 NX PX ttl` is the one atomic verb. `TIME` in the same round trip
/// shows a clock that is wrong by more than the margin: such a node refuses.
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    server: Server,
    replicas: usize,
    state: Mutex<State>,
    /// Held by whoever makes the first connection, so that one does.
    first: tokio::sync::Mutex<()>,
}

enum State {
    /// Nobody has asked yet.
    Unused,
    Live(Live),
    /// Being tried again in the background; why it failed the last time.
    Down(StoreUnavailable),
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RedisStore(…)")
    }
}

impl RedisStore {
    /// A store in the server that `plan` leads to.
    ///
    /// Connects when first used, and again whenever the connection is lost. To
    /// be used within a tokio runtime; `rediss` needs the process's rustls
    /// provider to be installed.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the plan leads nowhere. The URL is not repeated: it
    /// may hold a password.
    pub fn new(plan: &RedisPlan) -> Result<Self, StoreUnavailable> {
        Ok(Self(Arc::new(Inner {
            server: Server::new(plan)?,
            replicas: plan.replicas,
            state: Mutex::new(State::Unused),
            first: tokio::sync::Mutex::new(()),
        })))
    }

    /// The connection, or why there is none.
    async fn live(&self) -> Result<Live, StoreUnavailable> {
        if let Some(known) = self.0.known() {
            return known;
        }
        let _first = self.0.first.lock().await;
        if let Some(known) = self.0.known() {
            return known;
        }
        let reached = self.0.server.reach().await;
        self.0.become_state(match &reached {
            Ok(live) => State::Live(live.clone()),
            Err(why) => State::Down(why.clone()),
        });
        tokio::spawn(keep(Arc::downgrade(&self.0)));
        reached
    }

    /// What Redis says of the identifier: its time, its life, whether it was stored, and how
    /// many replicas have it.
    async fn set(
        &self,
        connection: &mut MultiplexedConnection,
        key: &ConsumeKey,
        time_to_live: i64,
    ) -> Result<Said, RedisError> {
        let name = format!("{PREFIX}{}", hex::encode(key.as_bytes()));
        let mut pipe = redis::pipe();
        pipe.cmd("TIME").cmd("GET").arg(LIFE);
        pipe.cmd("SET").arg(name).arg(1);
        pipe.arg("NX").arg("PX").arg(time_to_live);
        if self.0.replicas == 0 {
            let (time, life, stored) = pipe.query_async(connection).await?;
            return Ok(Said {
                time,
                life,
                stored,
                replicas: 0,
            });
        }
        pipe.cmd("WAIT").arg(self.0.replicas);
        pipe.arg(REPLICAS_PATIENCE_MS);
        let (time, life, stored, replicas) = pipe.query_async(connection).await?;
        Ok(Said {
            time,
            life,
            stored,
            replicas,
        })
    }
}

impl Inner {
    fn known(&self) -> Option<Result<Live, StoreUnavailable>> {
        match &*self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Unused => None,
            State::Live(live) => Some(Ok(live.clone())),
            State::Down(why) => Some(Err(why.clone())),
        }
    }

    fn become_state(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// This connection is of no use any more; a later one may be.
    fn lost(&self, live: &Live, why: &StoreUnavailable) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(&*state, State::Live(current) if current.is(live)) {
            tracing::warn!(detail = %why, "the store in Redis is lost; it is tried again");
            *state = State::Down(why.clone());
        }
    }

    /// Whether the connection still leads to the same life of a server, with its replicas.
    async fn look(&self, live: &Live) -> Result<(), StoreUnavailable> {
        let mut connection = live.connection.clone();
        let mut pipe = redis::pipe();
        pipe.cmd("GET").arg(LIFE);
        let (noted, replicas): (Option<String>, usize) = if self.replicas == 0 {
            let (noted,) = pipe.query_async(&mut connection).await.map_err(told)?;
            (noted, 0)
        } else {
            pipe.cmd("WAIT")
                .arg(self.replicas)
                .arg(REPLICAS_PATIENCE_MS);
            pipe.query_async(&mut connection).await.map_err(told)?
        };
        Life::of(noted.as_deref(), &live.run)?;
        enough(replicas, self.replicas)
    }
}

/// Sees to it that the connection comes back without a login having to try it first; ends
/// with the store.
async fn keep(inner: Weak<Inner>) {
    loop {
        let Some(store) = inner.upgrade() else {
            return;
        };
        let pause = if let Some(Ok(live)) = store.known() {
            if let Err(why) = store.look(&live).await
                && !why.detail.contains(TOO_FEW)
            {
                store.lost(&live, &why);
            }
            LOOK
        } else {
            match store.server.reach().await {
                Ok(live) => {
                    tracing::info!("the store in Redis is back");
                    store.become_state(State::Live(live));
                }
                Err(why) => store.become_state(State::Down(why)),
            }
            RETRY
        };
        drop(store);
        tokio::time::sleep(pause).await;
    }
}

/// What Redis answers to the use of an identifier.
struct Said {
    time: ServerTime,
    life: Option<String>,
    stored: Option<String>,
    replicas: usize,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` takes"
)]
fn told(error: RedisError) -> StoreUnavailable {
    StoreUnavailable::new(format!("Redis: {error}"))
}

/// What is said where replicas are missing; the connection itself is good then.
const TOO_FEW: &str = "of the replicas have what was written";

fn enough(replicas: usize, wanted: usize) -> Result<(), StoreUnavailable> {
    if replicas >= wanted {
        return Ok(());
    }
    Err(StoreUnavailable::new(format!(
        "Redis: {replicas} {TOO_FEW}, and `store.replicas` wants {wanted}; were the server lost now, what was used could be used again"
    )))
}

/// The server's time as `TIME` tells it: seconds and microseconds.
type ServerTime = (i64, i64);

const fn milliseconds(server: ServerTime) -> i64 {
    server
        .0
        .saturating_mul(1_000)
        .saturating_add(server.1 / 1_000)
}

/// How far the node's clock is from the server's, in milliseconds.
const fn apart(server: ServerTime, now: Timestamp) -> i64 {
    now.timestamp_millis().saturating_sub(milliseconds(server))
}

fn time_to_live(expiry: Timestamp, now: Timestamp) -> i64 {
    (expiry - now).num_milliseconds().clamp(0, LONGEST_MS) + MARGIN_MS
}

/// An hour apart or more, and what is still valid here may be forgotten there.
fn near(apart: i64) -> Result<(), StoreUnavailable> {
    if apart.abs() <= MARGIN_MS {
        return Ok(());
    }
    Err(StoreUnavailable::new(format!(
        "this machine's clock and the Redis server's are {} s apart; correct the one that is wrong",
        apart / 1_000
    )))
}

impl Store for RedisStore {
    fn consume<'a>(
        &'a self,
        key: &'a ConsumeKey,
        since: Timestamp,
        expiry: Timestamp,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Consumed, StoreUnavailable>> {
        Box::pin(async move {
            let live = self.live().await?;
            let mut connection = live.connection.clone();
            let said = self
                .set(&mut connection, key, time_to_live(expiry, now))
                .await
                .map_err(|error| {
                    let why = told(error);
                    self.0.lost(&live, &why);
                    why
                })?;
            if said.stored.is_none() {
                return Ok(Consumed::Again);
            }
            let present = Life::of(said.life.as_deref(), &live.run).inspect_err(|why| {
                self.0.lost(&live, why);
            })?;
            let apart = apart(said.time, now);
            near(apart)?;
            present.knows(since, apart)?;
            enough(said.replicas, self.0.replicas)?;
            Ok(Consumed::First)
        })
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), StoreUnavailable>> {
        Box::pin(async move {
            let live = self.live().await?;
            self.0.look(&live).await.inspect_err(|why| {
                if !why.detail.contains(TOO_FEW) {
                    self.0.lost(&live, why);
                }
            })
        })
    }

    /// Under memory pressure a server that evicts keys makes used identifiers usable again.
    fn concern(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(async move {
            let mut connection = self.live().await.ok()?.connection;
            let mut info = redis::cmd("INFO");
            let memory: String = info.arg("memory").query_async(&mut connection).await.ok()?;
            forgets(&memory)
        })
    }
}

/// What a section of `INFO` says of `name`.
fn value_of<'a>(section: &'a str, name: &str) -> Option<&'a str> {
    let found = section
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    found.map(str::trim)
}

/// What `INFO memory` says that makes the server forget.
fn forgets(memory: &str) -> Option<String> {
    let policy = value_of(memory, "maxmemory_policy")?;
    let bounded = value_of(memory, "maxmemory")? != "0";
    (bounded && policy != "noeviction").then(|| {
        format!(
            "the Redis server's maxmemory-policy is {policy}: when its memory is full it forgets which logins were used, and they could be used again; set it to noeviction"
        )
    })
}

#[cfg(test)]
mod tests;
