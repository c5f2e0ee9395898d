//! Reaching the server: directly, or by asking the Sentinels who is it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _,
    RedisError, TlsMode,
    aio::MultiplexedConnection,
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

use super::{
    LIFE, PATIENCE, StoreUnavailable,
    life::Life,
    plan::{RedisPlan, SentinelPlan},
    told, value_of,
};

/// How long it may take to find the server and to get to know it, a new life's second included.
const LONGEST: Duration = Duration::from_secs(5);

/// Where the server is.
pub(super) enum Server {
    /// At this address.
    There(Client),
    /// The Sentinels know.
    Asked(Mutex<SentinelClient>),
}

/// A connection to one life of a server.
#[derive(Clone)]
pub(super) struct Live {
    pub(super) connection: MultiplexedConnection,
    /// The server's run ID: another one each time it is started.
    pub(super) run: String,
    number: u64,
}

static NUMBERS: AtomicU64 = AtomicU64::new(0);

impl Live {
    /// Whether it is this very connection.
    pub(super) const fn is(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Server {
    pub(super) fn new(plan: &RedisPlan) -> Result<Self, StoreUnavailable> {
        let no_url = || {
            StoreUnavailable::new(
                "the Redis URL can't be read; it looks like redis://:password@host:6379/0, or rediss:// for TLS",
            )
        };
        let url = plan.url.expose().into_connection_info();
        let info: ConnectionInfo = url.map_err(|_| no_url())?;
        let by_tls = matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        if plan.tls.is_some() && !by_tls {
            return Err(StoreUnavailable::new(
                "there are certificates for Redis, but its URL begins with redis: and not with rediss:",
            ));
        }
        if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
            return Err(StoreUnavailable::new(
                "the Redis URL says #insecure: whoever is on the way could answer for the server; name its authority with `authorities` instead",
            ));
        }
        let wrong = |error: RedisError| {
            StoreUnavailable::new(format!("the settings for Redis can't be used: {error}"))
        };
        match (&plan.sentinel, &plan.tls) {
            (Some(sentinel), _) => asked(plan, sentinel, &info, by_tls)
                .map(|client| Self::Asked(Mutex::new(client)))
                .map_err(wrong),
            (None, Some(tls)) => Client::build_with_tls(info, tls.clone())
                .map(Self::There)
                .map_err(wrong),
            (None, None) => Client::open(info).map(Self::There).map_err(|_| no_url()),
        }
    }

    /// Finds the server and gets to know it.
    ///
    /// # Errors
    /// [`StoreUnavailable`] when it is not found, is not the one that is written to, or says
    /// nothing within the time.
    pub(super) async fn reach(&self) -> Result<Live, StoreUnavailable> {
        match timeout(LONGEST, self.try_reach()).await {
            Ok(reached) => reached,
            Err(_) => Err(StoreUnavailable::new("Redis: no answer in time")),
        }
    }

    async fn try_reach(&self) -> Result<Live, StoreUnavailable> {
        let client = match self {
            Self::There(client) => client.clone(),
            Self::Asked(sentinels) => {
                sentinels
                    .lock()
                    .await
                    .async_get_client()
                    .await
                    .map_err(|error| {
                        StoreUnavailable::new(format!(
                            "the Redis Sentinels name no server: {error}"
                        ))
                    })?
            }
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let mut connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(told)?;
        let run = greet(&mut connection).await?;
        Ok(Live {
            connection,
            run,
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
        })
    }
}

fn asked(
    plan: &RedisPlan,
    sentinel: &SentinelPlan,
    info: &ConnectionInfo,
    by_tls: bool,
) -> Result<SentinelClient, RedisError> {
    let address = |(host, port): &(String, u16)| {
        let (host, port) = (host.clone(), *port);
        if !by_tls {
            return ConnectionAddr::Tcp(host, port);
        }
        ConnectionAddr::TcpTls {
            host,
            port,
            insecure: false,
            tls_params: None,
        }
    };
    let nodes = sentinel.nodes.iter().map(address);
    let mut builder =
        SentinelClientBuilder::new(nodes, &sentinel.service, SentinelServerType::Master)?
            .set_client_to_redis_db(info.redis_settings().db());
    if let Some(user) = info.redis_settings().username() {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = info.redis_settings().password() {
        builder = builder.set_client_to_redis_password(password);
    }
    if let Some(user) = &sentinel.user {
        builder = builder.set_client_to_sentinel_username(user);
    }
    if let Some(password) = &sentinel.password {
        builder = builder.set_client_to_sentinel_password(password.expose());
    }
    if by_tls {
        builder = builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_tls_mode(TlsMode::Secure);
    }
    if let Some(tls) = &plan.tls {
        builder = builder
            .set_client_to_redis_certificates(tls.clone())
            .set_client_to_sentinel_certificates(tls.clone());
    }
    builder.build()
}

/// Learns who the server is, and notes the begin of its life where that is news. The run ID.
async fn greet(connection: &mut MultiplexedConnection) -> Result<String, StoreUnavailable> {
    let (server, replication, time, noted): (String, String, (i64, i64), Option<String>) =
        redis::pipe()
            .cmd("INFO")
            .arg("server")
            .cmd("INFO")
            .arg("replication")
            .cmd("TIME")
            .cmd("GET")
            .arg(LIFE)
            .query_async(connection)
            .await
            .map_err(told)?;
    let role = value_of(&replication, "role").unwrap_or("unknown");
    if role != "master" {
        return Err(StoreUnavailable::new(format!(
            "Redis: the server's role is {role}, and only a master can be written to"
        )));
    }
    let run = value_of(&server, "run_id").filter(|run| !run.is_empty());
    let run = run.ok_or_else(|| {
        StoreUnavailable::new(
            "Redis: `INFO server` tells no run_id, so that a server that forgot could not be told; what answers is not Redis or Valkey itself",
        )
    })?;
    if Life::of(noted.as_deref(), run).is_err() {
        let life = Life::begin(time);
        redis::cmd("SET")
            .arg(LIFE)
            .arg(life.noted(run))
            .exec_async(connection)
            .await
            .map_err(told)?;
        if noted.is_some() {
            tracing::warn!(
                "the Redis server was started again, or another one took its place: logins that were begun before are refused"
            );
        }
        sleep(Duration::from_millis(life.begins_in(time))).await;
    }
    Ok(run.to_owned())
}
