//! kill -9 in the middle of everything: what was acknowledged is still used afterwards.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use chrono::TimeDelta;
use flexbridge::{
    clock::{Clock, SystemClock},
    store::{ConsumeKey, Consumed, EmbeddedStore, Store},
};

const DIRECTORY: &str = "FLEXBRIDGE_TEST_STORE_TO_BE_KILLED";

async fn consume(store: &EmbeddedStore, number: u32) -> Consumed {
    let now = SystemClock.now();
    let key = ConsumeKey::of(&[b"killed", &number.to_be_bytes()]);
    store
        .consume(&key, now, now + TimeDelta::minutes(10), now)
        .await
        .unwrap()
}

/// The process that will be killed; only of use when the test below starts it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the test below"]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "how the two processes speak with each other"
)]
async fn acknowledges_until_killed() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    let store = Arc::new(EmbeddedStore::open(Path::new(&directory)).unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1_000_000 {
        if tasks.len() >= 16 {
            tasks.join_next().await;
        }
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            assert_eq!(consume(&store, number).await, Consumed::First);
            println!("used {number}");
            let _ = std::io::stdout().flush();
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--nocapture", "--exact"])
        .arg("store_killed::acknowledges_until_killed")
        .env(DIRECTORY, directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines.map_while(Result::ok) {
        // The test harness writes into the same lines.
        if let Some((_, number)) = line.rsplit_once("used ") {
            acknowledged.extend(number.trim().parse::<u32>());
        }
        if acknowledged.len() == 300 {
            // SIGKILL. What stands in the pipe by now was acknowledged as well.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 300);

    let store = EmbeddedStore::open(directory.path()).unwrap();
    for &number in &acknowledged {
        assert_eq!(consume(&store, number).await, Consumed::Again, "{number}");
    }
    assert_eq!(consume(&store, u32::MAX).await, Consumed::First);
}
