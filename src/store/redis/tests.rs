use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use chrono::TimeDelta;

use super::*;
use crate::{
    clock::{Clock, SystemClock},
    settings::Secret,
    store::conformance,
};

/// A real `redis-server` on a port of its own; ended when dropped.
struct Server {
    child: Child,
    port: u16,
    /// Where it may write what a replica is sent.
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    #[expect(clippy::print_stderr, reason = "says that nothing was tested")]
    fn start(port: u16) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new("redis-server")
            .arg("--dir")
            .arg(folder.path())
            .args([
                "--port",
                &port.to_string(),
                "--save",
                "",
                "--daemonize",
                "no",
            ])
            .args(["--bind", "127.0.0.1"])
            .stdout(Stdio::null())
            .spawn();
        match child {
            Ok(child) => Some(Self {
                child,
                port,
                _folder: folder,
            }),
            Err(error) if peers_required() => panic!("redis-server: {error}"),
            Err(error) => {
                eprintln!("NOT TESTED: redis-server does not start here: {error}");
                None
            }
        }
    }

    fn on_free_port() -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        Self::start(port)
    }

    fn store(&self) -> RedisStore {
        store_at(format!("redis://127.0.0.1:{}", self.port))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether a missing peer is an error is said by the environment"
)]
fn peers_required() -> bool {
    std::env::var("CI").is_ok() || std::env::var("FLEXBRIDGE_REQUIRE_PEERS").is_ok()
}

fn store_at(url: String) -> RedisStore {
    RedisStore::new(&RedisPlan::at(Secret::new(url))).unwrap()
}

async fn connection(store: &RedisStore) -> MultiplexedConnection {
    store.live().await.unwrap().connection
}

async fn until_it_answers(store: &RedisStore) {
    for _ in 0..100 {
        if store.ping().await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("Redis does not answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn conforms() {
    let Some(server) = Server::on_free_port() else {
        return;
    };
    let store = server.store();
    until_it_answers(&store).await;
    conformance::holds(store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_unavailable_and_ends_by_itself() {
    let Some(server) = Server::on_free_port() else {
        return;
    };
    let (store, port) = (server.store(), server.port);
    until_it_answers(&store).await;
    drop(server);
    let now = SystemClock.now();
    let key = ConsumeKey::of(&[b"outage"]);
    let consume = || store.consume(&key, now, now + TimeDelta::minutes(10), now);
    assert!(consume().await.is_err());
    assert!(store.ping().await.is_err());

    let _server = Server::start(port).unwrap();
    // Nobody asks the store meanwhile.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(
        used(&store, "outage", SystemClock.now()).await,
        Ok(Consumed::First)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_us_is_asked_again() {
    let Some(server) = Server::on_free_port() else {
        return;
    };
    until_it_answers(&server.store()).await;
    let mut plain = connection(&server.store()).await;
    let set = |word: &str| {
        let mut command = redis::cmd("CONFIG");
        command.arg("SET").arg("requirepass").arg(word.to_owned());
        command
    };
    set("s3cret").exec_async(&mut plain).await.unwrap();

    let url = format!("redis://:wrong@127.0.0.1:{}", server.port);
    let store = store_at(url);
    let refused = store.ping().await.unwrap_err();
    assert!(!refused.detail.contains("wrong@"), "{refused}");
    set("wrong").exec_async(&mut plain).await.unwrap();
    until_it_answers(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgets_under_pressure_is_a_concern() {
    let Some(server) = Server::on_free_port() else {
        return;
    };
    let store = server.store();
    until_it_answers(&store).await;
    assert_eq!(store.concern().await, None);
    for (name, value) in [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")] {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg(name).arg(value);
        set.exec_async(&mut connection(&store).await).await.unwrap();
    }
    let concern = store.concern().await.unwrap();
    assert!(
        concern.contains("allkeys-lru") && concern.contains("noeviction"),
        "{concern}"
    );
}

async fn used(
    store: &RedisStore,
    name: &str,
    since: Timestamp,
) -> Result<Consumed, StoreUnavailable> {
    let now = SystemClock.now();
    let key = ConsumeKey::of(&[name.as_bytes()]);
    store
        .consume(&key, since, now + TimeDelta::minutes(10), now)
        .await
}

/// Waits until the store answers for logins that begin now.
async fn until_it_knows(store: &RedisStore) {
    for number in 0..100 {
        let name = format!("until {number}");
        if used(store, &name, SystemClock.now()).await == Ok(Consumed::First) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("Redis does not come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgot_is_not_believed_about_the_time_before() {
    let Some(server) = Server::on_free_port() else {
        return;
    };
    let (store, port) = (server.store(), server.port);
    until_it_answers(&store).await;
    let begun = SystemClock.now();
    assert_eq!(used(&store, "one", begun).await, Ok(Consumed::First));
    drop(server);
    let _server = Server::start(port).unwrap();
    until_it_knows(&store).await;
    for name in ["one", "two"] {
        let refused = used(&store, name, begun).await.unwrap_err();
        assert!(refused.detail.contains("since"), "{refused}");
    }
    // A node that was started meanwhile has the same to go by.
    let fresh = store_at(format!("redis://127.0.0.1:{port}"));
    assert!(used(&fresh, "three", begun).await.is_err());
    let later = SystemClock.now();
    assert_eq!(used(&fresh, "four", later).await, Ok(Consumed::First));
    assert_eq!(used(&store, "four", later).await, Ok(Consumed::Again));

    // Emptied while it runs.
    let mut plain = connection(&store).await;
    redis::cmd("FLUSHALL").exec_async(&mut plain).await.unwrap();
    assert!(used(&store, "four", later).await.is_err());
    until_it_knows(&store).await;
    let refused = used(&fresh, "four", later).await;
    assert_ne!(refused, Ok(Consumed::First));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_replica_missing_nothing_is_called_used_for_the_first_time() {
    let Some(server) = Server::on_free_port() else {
        return;
    };
    let plan = RedisPlan {
        replicas: 1,
        ..RedisPlan::at(Secret::new(format!("redis://127.0.0.1:{}", server.port)))
    };
    let store = RedisStore::new(&plan).unwrap();
    for _ in 0..100 {
        if store.live().await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let now = SystemClock.now();
    let refused = used(&store, "alone", now).await.unwrap_err();
    assert!(refused.detail.contains("0 of the replicas"), "{refused}");
    assert!(store.ping().await.is_err());

    let replica = Server::on_free_port().unwrap();
    let at_replica = store_at(format!("redis://127.0.0.1:{}", replica.port));
    until_it_answers(&at_replica).await;
    let mut follow = redis::cmd("REPLICAOF");
    follow.arg("127.0.0.1").arg(server.port);
    let mut direct = connection(&at_replica).await;
    follow.exec_async(&mut direct).await.unwrap();
    until_it_knows(&store).await;
    assert_eq!(store.ping().await, Ok(()));
    // A server sends what is new to a replica that has just been filled only after its next word,
    // which comes once a second.
    let mut acknowledged = None;
    for turn in 0..10 {
        let name = format!("both {turn}");
        if used(&store, &name, now).await == Ok(Consumed::First) {
            acknowledged = Some(name);
            break;
        }
    }
    let both = acknowledged.expect("never");
    let found: bool = redis::cmd("EXISTS")
        .arg(format!(
            "{PREFIX}{}",
            hex::encode(ConsumeKey::of(&[both.as_bytes()]).as_bytes())
        ))
        .query_async(&mut direct)
        .await
        .unwrap();
    assert!(found, "it was called used before the replica had it");
    // Who follows is not written to.
    let refused = store_at(format!("redis://127.0.0.1:{}", replica.port));
    let refused = refused.ping().await.unwrap_err();
    assert!(refused.detail.contains("role is slave"), "{refused}");
}

/// TLS finds its provider and its roots, and a server without TLS is no server.
#[tokio::test(flavor = "multi_thread")]
async fn rediss_speaks_tls_or_nothing() {
    let Some(server) = Server::on_free_port() else {
        return;
    };
    until_it_answers(&server.store()).await;
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let url = format!("rediss://127.0.0.1:{}", server.port);
    let store = store_at(url);
    assert!(store.ping().await.is_err());
}

#[tokio::test]
async fn a_url_that_is_none_is_not_repeated() {
    let refused =
        RedisStore::new(&RedisPlan::at(Secret::new("redis:/s3cret".to_owned()))).unwrap_err();
    assert!(!refused.detail.contains("s3cret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_a_wrong_clock_is_refused() {
    let Some(server) = Server::on_free_port() else {
        return;
    };
    let store = server.store();
    until_it_answers(&store).await;
    for (name, wrong) in [
        ("back", -TimeDelta::hours(2)),
        ("ahead", TimeDelta::hours(2)),
    ] {
        let now = SystemClock.now() + wrong;
        let key = ConsumeKey::of(&[name.as_bytes()]);
        let refused = store
            .consume(&key, now, now + TimeDelta::minutes(10), now)
            .await;
        assert!(refused.unwrap_err().detail.contains("clock"), "{name}");
    }
}

#[test]
fn identifiers_are_kept_beyond_their_expiry_and_never_without_end() {
    let now = Timestamp::UNIX_EPOCH;
    for (lifetime, kept) in [
        (TimeDelta::minutes(10), 600_000 + MARGIN_MS),
        (-TimeDelta::minutes(10), MARGIN_MS),
        (TimeDelta::days(10_000), LONGEST_MS + MARGIN_MS),
    ] {
        assert_eq!(time_to_live(now + lifetime, now), kept);
    }
}
