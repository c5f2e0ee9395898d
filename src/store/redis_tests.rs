use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use chrono::TimeDelta;

use super::*;
use crate::{
    clock::{Clock, SystemClock},
    store::conformance,
};

/// A real `redis-server` on a port of its own; ended when dropped.
struct Server {
    child: Child,
    port: u16,
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
        let child = Command::new("redis-server")
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
            Ok(child) => Some(Self { child, port }),
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
        RedisStore::new(&Secret::new(format!("redis://127.0.0.1:{}", self.port))).unwrap()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether a missing peer is an error is said by the environment"
)]
fn peers_required() -> bool {
    std::env::var("CI").is_ok() || std::env::var("FLEXBRIDGE_REQUIRE_PEERS").is_ok()
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
    let consume = || store.consume(&key, now + TimeDelta::minutes(10), now);
    assert!(consume().await.is_err());
    assert!(store.ping().await.is_err());

    let _server = Server::start(port).unwrap();
    // Nobody asks the store meanwhile.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(consume().await, Ok(Consumed::First));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_us_is_asked_again() {
    let Some(server) = Server::on_free_port() else {
        return;
    };
    until_it_answers(&server.store()).await;
    let mut plain = server.store().connection();
    let set = |word: &str| {
        let mut command = redis::cmd("CONFIG");
        command.arg("SET").arg("requirepass").arg(word.to_owned());
        command
    };
    set("s3cret").exec_async(&mut plain).await.unwrap();

    let url = format!("redis://:wrong@127.0.0.1:{}", server.port);
    let store = RedisStore::new(&Secret::new(url)).unwrap();
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
        set.exec_async(&mut store.connection()).await.unwrap();
    }
    let concern = store.concern().await.unwrap();
    assert!(
        concern.contains("allkeys-lru") && concern.contains("noeviction"),
        "{concern}"
    );
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
    let store = RedisStore::new(&Secret::new(url)).unwrap();
    assert!(store.ping().await.is_err());
}

#[tokio::test]
async fn a_url_that_is_none_is_not_repeated() {
    let refused = RedisStore::new(&Secret::new("redis:/s3cret".to_owned())).unwrap_err();
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
        let refused = store.consume(&key, now + TimeDelta::minutes(10), now).await;
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
