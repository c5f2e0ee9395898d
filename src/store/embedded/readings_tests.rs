use super::{
    tests::{accepted, at},
    *,
};
use crate::{
    identity::{AgentPseudonym, LoginOutcome, NoMatchCause, ReadAttribute, Reading},
    store::JournalPage,
};

fn agent(number: u8) -> AgentPseudonym {
    AgentPseudonym::of_hash(&[number; 32])
}

fn read(values: &[&str]) -> Reading {
    Reading {
        attributes: vec![ReadAttribute {
            name: "office".to_owned(),
            count: values.len(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
            ..ReadAttribute::default()
        }],
        answers: Vec::new(),
    }
}

/// The login of that second: by that agent, who had these values.
fn login(second: i64, number: u8, values: &[&str]) -> LoginRecord {
    LoginRecord {
        agent: Some(agent(number)),
        reading: Some(read(values)),
        ..accepted(second)
    }
}

fn database(directory: &Path) -> Connection {
    Connection::open(directory.join("journal.db")).unwrap()
}

fn count(directory: &Path, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    database(directory)
        .query_row(&sql, [], |row| row.get(0))
        .unwrap()
}

async fn written(directory: &Path, records: &[LoginRecord]) -> EmbeddedJournal {
    let journal = EmbeddedJournal::open(directory).unwrap();
    for record in records {
        journal.record(record.clone()).unwrap();
    }
    journal.flush().await.unwrap();
    journal
}

#[tokio::test]
async fn an_agent_a_value_and_a_location_lead_to_their_logins() {
    let directory = tempfile::tempdir().unwrap();
    let records = [
        login(0, 1, &["SG-01"]),
        login(1, 2, &["sg-01 ", "Sales"]),
        LoginRecord {
            location: Some(String::new()),
            no_match: Some(NoMatchCause::NoRule),
            ..login(2, 1, &["Atlantis"])
        },
        accepted(3),
    ];
    let journal = written(directory.path(), &records).await;
    let agents = |numbers: &[u8]| Some(numbers.iter().copied().map(agent).collect());
    let values = |values: &[&str]| Some(values.iter().map(|&value| value.to_owned()).collect());
    let any = JournalFilter::default;
    let cases = [
        (
            JournalFilter {
                agents: agents(&[1]),
                ..any()
            },
            vec![2, 0],
        ),
        (
            JournalFilter {
                agents: agents(&[2, 1, 9]),
                ..any()
            },
            vec![2, 1, 0],
        ),
        (
            JournalFilter {
                agents: agents(&[]),
                ..any()
            },
            vec![],
        ),
        (
            JournalFilter {
                values: values(&["sg-01"]),
                ..any()
            },
            vec![1, 0],
        ),
        (
            JournalFilter {
                values: values(&["sales", "atlantis"]),
                ..any()
            },
            vec![2, 1],
        ),
        (
            JournalFilter {
                values: values(&["rome"]),
                ..any()
            },
            vec![],
        ),
        (
            JournalFilter {
                agents: agents(&[1]),
                values: values(&["sg-01"]),
                ..any()
            },
            vec![0],
        ),
        (
            JournalFilter {
                location: Some(String::new()),
                ..any()
            },
            vec![2],
        ),
        (
            JournalFilter {
                values: values(&["sg-01"]),
                since: Some(at(1)),
                ..any()
            },
            vec![1],
        ),
    ];
    for (filter, expected) in cases {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|n: usize| records[n].clone())
            .collect();
        assert_eq!(
            journal.list(&filter, 9).await.unwrap(),
            expected,
            "{filter:?}"
        );
    }
}

#[tokio::test]
async fn pages_follow_each_other_whatever_is_written_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    // Several of one moment, so that the time alone does not order them.
    let records: Vec<_> = (0..10).map(|n| login(n / 4, 1, &["SG-01"])).collect();
    let journal = written(directory.path(), &records).await;
    for filter in [
        JournalFilter::default(),
        JournalFilter {
            values: Some(vec!["sg-01".to_owned()]),
            ..JournalFilter::default()
        },
    ] {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let JournalPage { records, next } = journal.page(&filter, after, 3).await.unwrap();
            assert!(records.len() == 3 || next.is_none());
            seen.extend(records);
            journal.record(login(99, 1, &["SG-01"])).unwrap();
            journal.flush().await.unwrap();
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        seen.retain(|record| record.at < at(99));
        let newest_first: Vec<_> = records.iter().rev().cloned().collect();
        assert_eq!(seen, newest_first);
        journal.prune(at(0)).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_read_is_forgotten_with_the_last_login_that_read_it() {
    let directory = tempfile::tempdir().unwrap();
    let at_day = |day: i64| day * 86_400;
    let records = [
        login(at_day(0), 1, &["SG-01"]),
        login(at_day(0) + 5, 1, &["Secret"]),
        login(at_day(2), 2, &["SG-01"]),
    ];
    let journal = written(directory.path(), &records).await;
    let kept =
        || ["login", "reading", "reading_value", "tally"].map(|t| count(directory.path(), t));
    assert_eq!(kept(), [3, 2, 2, 3]);
    assert_eq!(journal.prune(at(at_day(0) + 1)).await, Ok(1));
    assert_eq!(
        kept(),
        [2, 2, 2, 3],
        "the day is not over, and SG-01 is still read"
    );
    assert_eq!(journal.prune(at(at_day(1))).await, Ok(1));
    assert_eq!(kept(), [1, 1, 1, 1]);
    assert_eq!(journal.prune(at(at_day(3))).await, Ok(1));
    assert_eq!(kept(), [0, 0, 0, 0]);
    journal.record(login(at_day(3), 1, &["SG-01"])).unwrap();
    journal.record(login(at_day(3), 1, &["Rome"])).unwrap();
    journal.flush().await.unwrap();
    journal.keep_at_most(1);
    journal.prune(at(0)).await.unwrap();
    assert_eq!(kept(), [1, 1, 1, 1], "the same when there are too many");
}

/// As the first layout wrote it.
const OLD_ROW: &str = "INSERT INTO login (at, reference, idp, flex, outcome, code, location, no_match, rule, duration_us)
    VALUES (?1, ?2, 'hq', 'production', 'accepted', NULL, 'Rome', NULL, 2, 1234)";

#[tokio::test]
async fn a_journal_of_the_first_layout_keeps_its_logins() {
    let directory = tempfile::tempdir().unwrap();
    let first = Layout {
        migrations: &LAYOUT.migrations[..1],
        ..LAYOUT
    };
    let old = Database::in_directory(directory.path(), first)
        .open()
        .unwrap();
    for second in 0..3 {
        let reference = format!("AAAAA-AAAA{second}");
        old.execute(OLD_ROW, (at(second).timestamp_micros(), reference))
            .unwrap();
    }
    drop(old);
    let reader = super::super::JournalReader::of(directory.path());
    let refused = reader.list(&JournalFilter::default(), 9).await.unwrap_err();
    assert!(refused.detail.contains("older Flexbridge"), "{refused}");

    let journal = written(directory.path(), &[login(9, 1, &["SG-01"])]).await;
    let all = journal.list(&JournalFilter::default(), 9).await.unwrap();
    assert_eq!(all.len(), 4);
    assert_eq!(
        all,
        reader.list(&JournalFilter::default(), 9).await.unwrap()
    );
    let oldest = &all[3];
    assert_eq!(oldest.reference.as_str(), "AAAAA-AAAA0");
    assert_eq!(oldest.location.as_deref(), Some("Rome"));
    assert_eq!(
        (oldest.rule, oldest.outcome),
        (Some(2), LoginOutcome::Accepted)
    );
    assert_eq!((&oldest.agent, &oldest.reading), (&None, &None));
    let sql = "SELECT count, last FROM tally WHERE rule = 2 AND location = '=Rome'";
    let tally = database(directory.path()).query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    assert_eq!(tally.unwrap(), (3_i64, at(2).timestamp_micros()));
}
