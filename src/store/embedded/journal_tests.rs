use chrono::TimeDelta;

use super::*;
use crate::{
    clock::SystemRandom,
    identity::{LoginOutcome, NoMatchCause, RefusalCode},
};

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

pub(super) fn accepted(seconds: i64) -> LoginRecord {
    LoginRecord {
        at: at(seconds),
        reference: LoginReference::fresh(&SystemRandom).unwrap(),
        idp: Some("hq".parse().unwrap()),
        flex: Some("production".parse().unwrap()),
        agent: None,
        outcome: LoginOutcome::Accepted,
        code: None,
        reading: None,
        location: Some("São Paulo <1>".to_owned()),
        no_match: None,
        rule: Some(3),
        duration_us: 1_234,
    }
}

fn refused(seconds: i64) -> LoginRecord {
    LoginRecord {
        idp: None,
        flex: None,
        outcome: LoginOutcome::Refused,
        code: Some(RefusalCode::SignatureInvalid),
        location: None,
        rule: None,
        ..accepted(seconds)
    }
}

fn cleared(seconds: i64) -> LoginRecord {
    LoginRecord {
        flex: Some("partner".parse().unwrap()),
        location: Some(String::new()),
        no_match: Some(NoMatchCause::NoRule),
        rule: None,
        ..accepted(seconds)
    }
}

#[tokio::test]
async fn a_record_comes_back_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let journal = EmbeddedJournal::open(directory.path()).unwrap();
    for record in [accepted(0), refused(1), cleared(2)] {
        journal.record(record.clone()).unwrap();
        journal.flush().await.unwrap();
        assert_eq!(journal.find(&record.reference).await, Ok(Some(record)));
    }
    let unknown = LoginReference::fresh(&SystemRandom).unwrap();
    assert_eq!(journal.find(&unknown).await, Ok(None));
}

#[tokio::test]
async fn the_newest_come_first_and_filters_hold_together() {
    let directory = tempfile::tempdir().unwrap();
    let journal = EmbeddedJournal::open(directory.path()).unwrap();
    let records = [accepted(0), refused(1), cleared(2), accepted(3)];
    for record in &records {
        journal.record(record.clone()).unwrap();
    }
    journal.flush().await.unwrap();
    let flex = |name: &str| Some(name.parse().unwrap());
    let cases = [
        (JournalFilter::default(), 9, vec![3, 2, 1, 0]),
        (JournalFilter::default(), 2, vec![3, 2]),
        (
            JournalFilter {
                flex: flex("production"),
                ..Default::default()
            },
            9,
            vec![3, 0],
        ),
        (
            JournalFilter {
                outcome: Some(LoginOutcome::Refused),
                ..Default::default()
            },
            9,
            vec![1],
        ),
        (
            JournalFilter {
                code: Some(RefusalCode::SignatureInvalid),
                ..Default::default()
            },
            9,
            vec![1],
        ),
        (
            JournalFilter {
                no_match: true,
                ..Default::default()
            },
            9,
            vec![2],
        ),
        (
            JournalFilter {
                no_match: true,
                flex: flex("production"),
                ..Default::default()
            },
            9,
            vec![],
        ),
        (
            JournalFilter {
                since: Some(at(1)),
                until: Some(at(3)),
                ..Default::default()
            },
            9,
            vec![2, 1],
        ),
    ];
    for (filter, limit, expected) in cases {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|n: usize| records[n].clone())
            .collect();
        assert_eq!(
            journal.list(&filter, limit).await.unwrap(),
            expected,
            "{filter:?}"
        );
    }
}

#[tokio::test]
async fn what_was_flushed_survives_and_the_old_are_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let journal = EmbeddedJournal::open(directory.path()).unwrap();
    for seconds in 0..2_500 {
        journal.record(accepted(seconds)).unwrap();
    }
    journal.flush().await.unwrap();
    std::mem::forget(journal);

    let journal = EmbeddedJournal::open(directory.path()).unwrap();
    assert_eq!(journal.prune(at(2_400)).await, Ok(2_400));
    let left = journal
        .list(&JournalFilter::default(), 10_000)
        .await
        .unwrap();
    assert_eq!(left.len(), 100);
    assert!(left.iter().all(|record| record.at >= at(2_400)));
}

#[tokio::test]
async fn records_wait_while_the_file_is_locked_and_are_not_lost() {
    let directory = tempfile::tempdir().unwrap();
    let journal = EmbeddedJournal::open(directory.path()).unwrap();
    let mut other = Connection::open(directory.path().join("journal.db")).unwrap();
    let lock = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let record = accepted(0);
    journal.record(record.clone()).unwrap();
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(journal.find(&record.reference).await, Ok(None));
    drop(lock);
    journal.flush().await.unwrap();
    assert_eq!(journal.find(&record.reference).await, Ok(Some(record)));
}

#[tokio::test]
async fn a_queue_that_is_full_says_so_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let journal = EmbeddedJournal::open(directory.path()).unwrap();
    let mut other = Connection::open(directory.path().join("journal.db")).unwrap();
    let _lock = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let refused = (0..=QUEUE + BATCH)
        .find_map(|_| journal.record(accepted(0)).err())
        .expect("there is a bound");
    assert!(refused.detail.contains("wait"), "{refused}");
}

#[tokio::test]
async fn the_oldest_go_first_when_there_are_too_many() {
    let directory = tempfile::tempdir().unwrap();
    let journal = EmbeddedJournal::open(directory.path()).unwrap();
    let kept = async || {
        journal.flush().await.unwrap();
        let all = JournalFilter::default();
        let found = journal.list(&all, LIST_LIMIT).await.unwrap();
        let last = found.last().map(|record| record.at);
        (found.len(), last)
    };
    journal.keep_at_most(3_000);
    for seconds in 0..5_000 {
        journal.record(accepted(seconds)).unwrap();
    }
    assert_eq!(kept().await, (3_000, Some(at(2_000))), "as it is written");
    // Lowered, it is reached at once by housekeeping, and by writing soon.
    journal.keep_at_most(100);
    assert_eq!(journal.prune(at(0)).await, Ok(2_900));
    assert_eq!(kept().await, (100, Some(at(4_900))));
    journal.keep_at_most(10);
    for seconds in 5_000..5_200 {
        journal.record(accepted(seconds)).unwrap();
    }
    assert_eq!(kept().await, (10, Some(at(5_190))));
}

/// A small file system of the test's own.
struct Small(tempfile::TempDir);

impl Small {
    #[expect(clippy::print_stderr, reason = "says that nothing was tested")]
    fn mount() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"])
            .arg(directory.path())
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(directory));
        }
        eprintln!("NOT TESTED: a file system can't be mounted here; that takes root");
        None
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .status();
    }
}

#[tokio::test]
async fn with_its_file_system_nearly_full_the_journal_waits_and_logins_go_on() {
    use crate::store::{ConsumeKey, Consumed, EmbeddedStore, Store as _};
    let Some(small) = Small::mount() else {
        return;
    };
    let journal = EmbeddedJournal::open(small.0.path()).unwrap();
    let store = EmbeddedStore::open(small.0.path()).unwrap();
    let (first, second) = (accepted(0), accepted(1));
    journal.record(first.clone()).unwrap();
    journal.flush().await.unwrap();

    let filler = small.0.path().join("filler");
    std::fs::write(&filler, vec![1; 24 << 20]).unwrap();
    journal.record(second.clone()).unwrap();
    tokio::time::sleep(3 * RETRY).await;
    assert_eq!(journal.find(&second.reference).await, Ok(None), "it waits");
    assert_eq!(journal.find(&first.reference).await, Ok(Some(first)));
    let key = ConsumeKey::of(&[b"full"]);
    let used = store.consume(&key, at(0), at(600), at(0)).await;
    assert_eq!(used, Ok(Consumed::First));

    std::fs::remove_file(filler).unwrap();
    journal.flush().await.unwrap();
    assert_eq!(journal.find(&second.reference).await, Ok(Some(second)));
}
