//! Used identifiers in a Redis server, shared by all nodes.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{
    Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::{BoxFuture, ConsumeKey, Consumed, Store, StoreUnavailable};
use crate::{clock::Timestamp, settings::Secret};

/// What our keys begin with in the server.
const PREFIX: &str = "flexbridge:used:";
/// How long Redis may take to answer, or to be connected to.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long after its expiry an identifier is kept, and how far a node's clock
/// may be from the server's: whoever is within this can't see an identifier as
/// valid that the server has forgotten.
const MARGIN_MS: i64 = 3_600_000;
/// The longest an identifier is kept; nothing that is used once lives longer.
const LONGEST_MS: i64 = 366 * 86_400_000;
/// How long to wait between attempts to reach the server again.
const RETRY: Duration = Duration::from_millis(500);

/// The used identifiers of a cluster, in a Redis server.
///
/// `SET key 1 NX PX ttl` is the one atomic verb. `TIME` in the same round trip
/// shows a clock that is wrong by more than the margin: such a node refuses.
#[derive(Clone)]
pub struct RedisStore(Arc<Inner>);

struct Inner {
    client: Client,
    connection: Mutex<ConnectionManager>,
    recovering: AtomicBool,
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RedisStore(…)")
    }
}

impl RedisStore {
    /// A store in the server at `url` (`redis://` or `rediss://`, password included).
    ///
    /// Connects when first used, and again whenever the connection is lost. To
    /// be called within a tokio runtime; `rediss` needs the process's rustls
    /// provider to be installed.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when the URL is not one. The URL is not repeated: it
    /// may hold a password.
    pub fn new(url: &Secret) -> Result<Self, StoreUnavailable> {
        let client = Client::open(url.expose()).map_err(|_| {
            StoreUnavailable::new(
                "the Redis URL can't be read; it looks like redis://:password@host:6379/0, or rediss:// for TLS",
            )
        })?;
        let connection = connect(&client)?;
        Ok(Self(Arc::new(Inner {
            client,
            connection: Mutex::new(connection),
            recovering: AtomicBool::new(false),
        })))
    }

    fn connection(&self) -> ConnectionManager {
        self.0
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sees to it that the connection comes back without a login having to try it first.
    fn recover(&self) {
        if self.0.recovering.swap(true, Ordering::AcqRel) {
            return;
        }
        let store = self.clone();
        tokio::spawn(async move {
            while ask_ping(store.connection()).await.is_err() {
                tokio::time::sleep(RETRY).await;
                // A manager keeps the answer to a refused password or to a
                // server that still loads its data; a fresh one asks again.
                if let Ok(fresh) = connect(&store.0.client) {
                    *store
                        .0
                        .connection
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner) = fresh;
                }
                if Arc::strong_count(&store.0) == 1 {
                    return;
                }
            }
            store.0.recovering.store(false, Ordering::Release);
        });
    }

    fn unavailable(&self, error: &RedisError) -> StoreUnavailable {
        self.recover();
        StoreUnavailable::new(format!("Redis: {error}"))
    }
}

fn connect(client: &Client) -> Result<ConnectionManager, StoreUnavailable> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE))
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
        .map_err(|error| StoreUnavailable::new(format!("Redis: {error}")))
}

async fn ask_ping(mut connection: ConnectionManager) -> Result<(), RedisError> {
    redis::cmd("PING").query_async(&mut connection).await
}

/// The server's time as `TIME` tells it: seconds and microseconds.
type ServerTime = (i64, i64);

/// How far the node's clock is from the server's, in milliseconds.
fn apart(server: ServerTime, now: Timestamp) -> i64 {
    let server_ms = server
        .0
        .saturating_mul(1_000)
        .saturating_add(server.1 / 1_000);
    now.timestamp_millis().saturating_sub(server_ms)
}

fn time_to_live(expiry: Timestamp, now: Timestamp) -> i64 {
    (expiry - now).num_milliseconds().clamp(0, LONGEST_MS) + MARGIN_MS
}

impl Store for RedisStore {
    fn consume<'a>(
        &'a self,
        key: &'a ConsumeKey,
        expiry: Timestamp,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Consumed, StoreUnavailable>> {
        Box::pin(async move {
            let name = format!("{PREFIX}{}", hex::encode(key.as_bytes()));
            let (server, stored): (ServerTime, Option<String>) = redis::pipe()
                .cmd("TIME")
                .cmd("SET")
                .arg(name)
                .arg(1)
                .arg("NX")
                .arg("PX")
                .arg(time_to_live(expiry, now))
                .query_async(&mut self.connection())
                .await
                .map_err(|error| self.unavailable(&error))?;
            if stored.is_none() {
                return Ok(Consumed::Again);
            }
            let apart = apart(server, now);
            if apart.abs() > MARGIN_MS {
                return Err(StoreUnavailable::new(format!(
                    "this machine's clock and the Redis server's are {} s apart; correct the one that is wrong",
                    apart / 1_000
                )));
            }
            Ok(Consumed::First)
        })
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), StoreUnavailable>> {
        Box::pin(async move {
            ask_ping(self.connection())
                .await
                .map_err(|error| self.unavailable(&error))
        })
    }

    /// Under memory pressure a server that evicts keys makes used identifiers usable again.
    fn concern(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(async move {
            let mut info = redis::cmd("INFO");
            let memory: String = info
                .arg("memory")
                .query_async(&mut self.connection())
                .await
                .ok()?;
            forgets(&memory)
        })
    }
}

/// What `INFO memory` says that makes the server forget.
fn forgets(memory: &str) -> Option<String> {
    let value_of = |name: &str| {
        memory
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    let policy = value_of("maxmemory_policy")?.trim();
    let bounded = value_of("maxmemory")?.trim() != "0";
    (bounded && policy != "noeviction").then(|| {
        format!(
            "the Redis server's maxmemory-policy is {policy}: when its memory is full it forgets which logins were used, and they could be used again; set it to noeviction"
        )
    })
}

#[cfg(test)]
#[path = "redis_tests.rs"]
mod tests;
