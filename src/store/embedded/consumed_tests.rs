use chrono::TimeDelta;

use super::*;
use crate::{clock::Clock, clock::SystemClock, store::conformance};

fn key(name: &str) -> ConsumeKey {
    ConsumeKey::of(&[b"test", name.as_bytes()])
}

async fn consume(
    store: &EmbeddedStore,
    name: &str,
    now: Timestamp,
) -> Result<Consumed, StoreUnavailable> {
    store
        .consume(&key(name), now, now + TimeDelta::minutes(10), now)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn conforms() {
    let directory = tempfile::tempdir().unwrap();
    conformance::holds(EmbeddedStore::open(directory.path()).unwrap()).await;
}

#[tokio::test]
async fn what_was_acknowledged_is_on_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(consume(&store, "a", now).await, Ok(Consumed::First));
    // As after kill -9: the files as they are, while the writer still holds them open.
    let copy = tempfile::tempdir().unwrap();
    for file in ["consumed.db", "consumed.db-wal"] {
        std::fs::copy(directory.path().join(file), copy.path().join(file)).unwrap();
    }
    let revived = EmbeddedStore::open(copy.path()).unwrap();
    assert_eq!(consume(&revived, "a", now).await, Ok(Consumed::Again));
    assert_eq!(consume(&revived, "b", now).await, Ok(Consumed::First));
}

#[tokio::test]
async fn two_processes_at_one_file_agree() {
    let directory = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let one = EmbeddedStore::open(directory.path()).unwrap();
    let two = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(consume(&one, "a", now).await, Ok(Consumed::First));
    assert_eq!(consume(&two, "a", now).await, Ok(Consumed::Again));
}

fn rows(directory: &Path) -> usize {
    Connection::open(directory.join("consumed.db"))
        .unwrap()
        .query_row("SELECT count(*) FROM consumed", [], |row| row.get(0))
        .unwrap()
}

fn forget_until(directory: &Path, now: Timestamp) {
    let mut horizon = Horizon::with_steady(Duration::ZERO);
    horizon.observe(now);
    let mut writer = Writer {
        database: Database::in_directory(directory, LAYOUT),
        connection: None,
        horizon,
        forget_watch: Stopwatch::start(),
    };
    writer.forget();
}

#[tokio::test]
async fn the_expired_are_forgotten_but_not_before_the_margin() {
    let directory = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    for name in ["a", "b", "c"] {
        let _ = consume(&store, name, now).await.unwrap();
    }
    forget_until(directory.path(), now + TimeDelta::minutes(69));
    assert_eq!(rows(directory.path()), 3);
    forget_until(directory.path(), now + TimeDelta::minutes(71));
    assert_eq!(rows(directory.path()), 0);
}

#[tokio::test]
async fn a_clock_that_jumps_forward_and_back_makes_nothing_new() {
    let directory = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    assert_eq!(consume(&store, "a", now).await, Ok(Consumed::First));
    forget_until(directory.path(), now + TimeDelta::days(1));
    // The identifier is gone, and the clock is right again: it must not be the first.
    let again = consume(&store, "a", now).await;
    assert!(
        again.is_err_and(|error| error.detail.contains("clock")),
        "a replay"
    );
    assert_eq!(consume(&store, "a", now).await, Ok(Consumed::Again));
    // With the clock past what was forgotten, logins work.
    let later = now + TimeDelta::days(1);
    assert_eq!(consume(&store, "b", later).await, Ok(Consumed::First));
}

#[tokio::test]
async fn a_corrupt_file_is_refused_and_a_mended_one_works_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("consumed.db");
    std::fs::write(
        &path,
        "this is no database, whatever it is called".repeat(300),
    )
    .unwrap();
    let refused = EmbeddedStore::open(directory.path()).unwrap_err();
    assert!(refused.detail.contains("consumed.db"), "{refused}");
    std::fs::remove_file(&path).unwrap();
    assert!(EmbeddedStore::open(directory.path()).is_ok());
}

#[tokio::test]
async fn a_locked_file_is_unavailable_until_it_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let store = EmbeddedStore::open(directory.path()).unwrap();
    let mut other = Connection::open(directory.path().join("consumed.db")).unwrap();
    let lock = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    assert!(consume(&store, "a", now).await.is_err());
    assert!(store.ping().await.is_err());
    drop(lock);
    assert_eq!(store.ping().await, Ok(()));
    assert_eq!(consume(&store, "a", now).await, Ok(Consumed::First));
}

#[tokio::test]
async fn a_full_disk_is_unavailable_until_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let database = Database::in_directory(directory.path(), LAYOUT);
    let connection = database.open().unwrap();
    // SQLite answers "disk full" beyond this many pages, as it does for the disk's own end.
    connection.pragma_update(None, "max_page_count", 6).unwrap();
    let mut writer = Writer {
        database,
        connection: Some(connection),
        horizon: Horizon::new(),
        forget_watch: Stopwatch::start(),
    };
    let mut ask = |name: &str| {
        let (reply, mut answer) = oneshot::channel();
        writer.serve(vec![Request::Consume(Consume {
            key: key(name),
            expiry: now + TimeDelta::minutes(10),
            now,
            reply,
        })]);
        answer.try_recv().unwrap()
    };
    let full = (0..10_000)
        .map(|n| (n, ask(&n.to_string())))
        .find(|(_, answer)| answer.is_err());
    let (number, answer) = full.expect("the disk fills up");
    assert!(answer.unwrap_err().detail.contains("full"));
    // The trouble closed the file; opened again it has room.
    assert_eq!(ask(&number.to_string()), Ok(Consumed::First));
}
