//! A journal of millions: what its questions cost. `cargo nextest run ten_million --run-ignored
//! all --no-capture` makes ten million logins (some 5 GB in the temporary directory, minutes)
//! and prints the figures; `cargo nextest run row_costs --run-ignored all --no-capture` prints what
//! one more login costs among them. The small ones run always.

use std::{path::Path, time::Duration};

use chrono::TimeDelta;
use rusqlite::Connection;

use super::{JournalReader, database::Database, journal::LAYOUT, layout, rows};
use crate::{
    clock::{Stopwatch, SystemRandom, Timestamp},
    identity::{
        AgentPseudonym, LoginOutcome, LoginRecord, LoginReference, NoMatchCause, ReadAttribute,
        Reading, RefusalCode,
    },
    store::{BoxFuture, JournalCursor, JournalFilter, JournalRead as _},
};

/// The last login's time, in microseconds; the others are spread over the thirty days before.
const NOW: i64 = 1_770_000_000_000_000;
const MONTH: i64 = 30 * 86_400_000_000;

/// One reading in twenty matches nothing, one login in fifty is refused; 15,000 agents.
const FILL: &str = "
    INSERT INTO reading (id, facts)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
        SELECT i, printf('{\"attributes\":[{\"name\":\"office\",\"count\":1,\"values\":[\"SITE-%03d\"]}]}', i) FROM n;
    INSERT INTO reading_value SELECT printf('site-%03d', id), id FROM reading;
    INSERT INTO login (id, at, reference, idp, flex, outcome, code, location, no_match, rule, duration_us, agent, reading)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows),
        r AS (SELECT i, 1 + abs((i * 7919) % 400) AS reading, i % 50 = 0 AS refused FROM n)
        SELECT i, :now - :month + :month / :rows * i,
               printf('%05d-%05d', i / 100000, i % 100000),
               CASE i % 3 WHEN 0 THEN 'partner' ELSE 'hq' END, 'production',
               CASE WHEN refused THEN 'refused' ELSE 'accepted' END,
               CASE WHEN refused THEN 'release.missing' END,
               CASE WHEN refused THEN NULL WHEN reading % 20 = 0 THEN '' ELSE printf('Office %d', reading % 120) END,
               CASE WHEN reading % 20 = 0 THEN 'no_rule' END,
               CASE WHEN reading % 20 <> 0 THEN 1 + reading % 50 END,
               1500, printf('ag-%020x', (i * 104729) % 15000), reading
        FROM r;
    INSERT INTO tally
        SELECT at / 86400000000, flex, idp, reading, coalesce(code, ''), coalesce('=' || location, ''),
               coalesce(no_match, ''), coalesce(rule, 0), count(*), max(at)
        FROM login GROUP BY 1, 2, 3, 4, 5, 6, 7, 8;
";

/// Makes the tables, fills them, and only then makes the indices, which is faster.
fn fill(path: &Path, rows: i64) {
    let connection = Connection::open(path.join("journal.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -500000;",
        )
        .unwrap();
    let steps: Vec<&str> = [layout::LOGINS, layout::READINGS]
        .iter()
        .flat_map(|step| step.split(";\n"))
        .collect();
    let is_index = |step: &&&str| step.trim_start().starts_with("CREATE INDEX");
    for step in steps.iter().filter(|step| !is_index(step)) {
        connection.execute_batch(step).unwrap();
    }
    for step in FILL.split(";\n").filter(|step| !step.trim().is_empty()) {
        let mut statement = connection.prepare(step).unwrap();
        for (name, value) in [(":rows", rows), (":now", NOW), (":month", MONTH)] {
            if let Some(place) = statement.parameter_index(name).unwrap() {
                statement.raw_bind_parameter(place, value).unwrap();
            }
        }
        statement.raw_execute().unwrap();
    }
    for step in steps.iter().filter(is_index) {
        connection.execute_batch(step).unwrap();
    }
    connection.pragma_update(None, "user_version", 2).unwrap();
    connection
        .pragma_update(None, "journal_mode", "wal")
        .unwrap();
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_timestamp_micros(micros).unwrap()
}

/// Each question, and where its page begins.
fn questions() -> Vec<(&'static str, JournalFilter, Option<JournalCursor>)> {
    let any = JournalFilter::default;
    let middle = JournalCursor {
        at: NOW - MONTH / 2,
        id: i64::MAX,
    };
    let flex = Some("production".parse().unwrap());
    let agent = AgentPseudonym::try_from(format!("ag-{:020x}", 42)).unwrap();
    vec![
        ("newest", any(), None),
        ("from the middle", any(), Some(middle)),
        (
            "of an account",
            JournalFilter {
                flex: flex.clone(),
                ..any()
            },
            Some(middle),
        ),
        (
            "refused of an account",
            JournalFilter {
                flex,
                outcome: Some(LoginOutcome::Refused),
                ..any()
            },
            None,
        ),
        (
            "by a code that never came",
            JournalFilter {
                code: Some(RefusalCode::LoginReplayed),
                ..any()
            },
            None,
        ),
        (
            "without a match",
            JournalFilter {
                no_match: true,
                ..any()
            },
            None,
        ),
        (
            "of an agent",
            JournalFilter {
                agents: Some(vec![agent]),
                ..any()
            },
            None,
        ),
        (
            "of a value",
            JournalFilter {
                values: Some(vec!["site-123".to_owned()]),
                ..any()
            },
            Some(middle),
        ),
        (
            "of a location",
            JournalFilter {
                location: Some("Office 7".to_owned()),
                ..any()
            },
            None,
        ),
    ]
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn timed<T>(name: &str, answer: impl FnOnce() -> T) -> (T, Duration) {
    let watch = Stopwatch::start();
    let answer = answer();
    let took = watch.elapsed();
    println!("{name}: {took:?}");
    (answer, took)
}

fn now<T>(future: BoxFuture<'_, T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("a reader answers at once")
}

/// Fills a journal and asks; a page may take `page` at most, the sums `sum` and `each`.
fn ask(rows: i64, page: Duration, sum: Duration, each: Duration) {
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path(), rows);
    let reader = JournalReader::of(directory.path());
    for (name, filter, after) in questions() {
        let (found, took) = timed(name, || now(reader.page(&filter, after, 100)).unwrap());
        assert!(filter.code.is_some() || !found.records.is_empty(), "{name}");
        assert!(took < page, "{name}: {took:?}");
    }
    let flex = "production".parse().unwrap();
    let (counted, took) = timed("by day, thirty days", || {
        now(reader.by_day(&flex, at(NOW - MONTH))).unwrap()
    });
    let total: u64 = counted.kinds.iter().map(|tally| tally.count).sum();
    assert_eq!(total, u64::try_from(rows).unwrap());
    let unmatched = counted
        .kinds
        .iter()
        .filter(|tally| tally.no_match == Some(NoMatchCause::NoRule));
    assert!(unmatched.count() >= 20);
    assert!(took < sum, "{took:?}");
    let (counted, took) = timed("by agent, seven days", || {
        now(reader.by_agent(&flex, at(NOW - MONTH * 7 / 30))).unwrap()
    });
    assert!(!counted.kinds.is_empty());
    assert!(took < each, "{took:?}");
}

#[test]
fn thousands_of_logins_are_answered_at_once() {
    let generous = Duration::from_secs(5);
    ask(20_000, generous, generous, generous);
}

#[test]
#[ignore = "makes ten million logins: gigabytes, and minutes"]
fn ten_million_logins_are_answered_at_once() {
    let pages = Duration::from_millis(500);
    ask(
        10_000_000,
        pages,
        Duration::from_secs(5),
        Duration::from_mins(1),
    );
}

/// One more login, as the writer gets it.
fn login(number: i64) -> LoginRecord {
    let office = ReadAttribute {
        name: "office".to_owned(),
        count: 1,
        values: vec![format!("SITE-{:03}", 1 + number * 7919 % 400)],
        ..ReadAttribute::default()
    };
    let agent = format!("ag-{:020x}", number * 104_729 % 15_000);
    LoginRecord {
        at: at(NOW) + TimeDelta::milliseconds(number),
        reference: LoginReference::fresh(&SystemRandom).unwrap(),
        idp: Some("hq".parse().unwrap()),
        flex: Some("production".parse().unwrap()),
        agent: Some(agent.try_into().unwrap()),
        outcome: LoginOutcome::Accepted,
        code: None,
        reading: Some(Reading {
            attributes: vec![office],
            answers: Vec::new(),
        }),
        location: Some(format!("Office {}", number % 120)),
        no_match: None,
        rule: Some(1),
        duration_us: 1_500,
    }
}

/// What one more login costs in a journal of so many, fifty to a commit.
fn row_among(count: i64) -> Duration {
    const BATCHES: u32 = 200;
    const BATCH: u32 = 50;
    let directory = tempfile::tempdir().unwrap();
    fill(directory.path(), count);
    let mut connection = Database::in_directory(directory.path(), LAYOUT)
        .open()
        .unwrap();
    let mut number = 0;
    let mut write = |batches: u32| {
        for _ in 0..batches {
            let transaction = connection.transaction().unwrap();
            for _ in 0..BATCH {
                number += 1;
                rows::insert(&transaction, &login(number)).unwrap();
            }
            transaction.commit().unwrap();
        }
    };
    // What a writer has at hand after a while.
    write(BATCHES);
    let name = format!("{BATCHES} commits of {BATCH} logins among {count}");
    let ((), took) = timed(&name, || write(BATCHES));
    took / (BATCHES * BATCH)
}

#[test]
#[ignore = "makes ten million logins: gigabytes, and minutes"]
fn one_more_row_costs_the_same_among_ten_million() {
    let costs = [10_000, 100_000, 1_000_000, 10_000_000].map(row_among);
    let (few, many) = (costs[0], costs[3]);
    // A tree of 10 million is two pages higher than one of ten thousand, and its pages are all over a
    // file of 5 GB: 3.4 times was measured.
    assert!(many < few * 5, "{costs:?}");
}
