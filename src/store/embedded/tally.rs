//! Logins counted by stretches of time, out of the indices: rows are never walked through.

use chrono::TimeDelta;
use rusqlite::{Connection, params};

use super::super::Tally;
use crate::{clock::Timestamp, identity::LoginOutcome};

/// One range of an index that holds every column that is asked for.
const BY_OUTCOME: &str = "
    SELECT (at - ?2) / ?4 AS place, count(*) FROM login INDEXED BY login_by_outcome
    WHERE outcome = ?1 AND at >= ?2 AND at < ?3 GROUP BY place";
/// One range of an index that holds only the logins that matched nothing.
const NO_MATCH: &str = "
    SELECT count(*) FROM login INDEXED BY login_by_no_match
    WHERE no_match IS NOT NULL AND at >= ?1 AND at < ?2";

pub(super) fn count(
    connection: &Connection,
    since: Timestamp,
    until: Timestamp,
    step: TimeDelta,
) -> rusqlite::Result<Tally> {
    let (since, until) = (since.timestamp_micros(), until.timestamp_micros());
    let step = step.num_microseconds().unwrap_or(i64::MAX).max(1);
    let mut statement = connection.prepare(BY_OUTCOME)?;
    let mut of = |outcome: LoginOutcome| {
        let values = params![outcome.as_str(), since, until, step];
        let rows = statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<Vec<(usize, u64)>>>()
    };
    Ok(Tally {
        accepted: of(LoginOutcome::Accepted)?,
        refused: of(LoginOutcome::Refused)?,
        no_match: connection.query_row(NO_MATCH, params![since, until], |row| row.get(0))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_an_index_is_counted() {
        let connection = Connection::open_in_memory().unwrap();
        for sql in super::super::journal::LAYOUT.migrations {
            connection.execute_batch(sql).unwrap();
        }
        for (sql, way) in [
            (
                BY_OUTCOME,
                "SEARCH login USING COVERING INDEX login_by_outcome (outcome=? AND at>? AND at<?)",
            ),
            (
                NO_MATCH,
                "SEARCH login USING INDEX login_by_no_match (at>? AND at<?)",
            ),
        ] {
            let plan: Vec<String> = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {}", sql.replace('?', "")))
                .unwrap()
                .query_map([], |row| row.get(3))
                .unwrap()
                .collect::<rusqlite::Result<_>>()
                .unwrap();
            let plan = plan.join("; ");
            assert!(plan.contains(way), "{plan}");
        }
    }

    #[test]
    fn each_login_is_counted_once_in_its_stretch() {
        let connection = Connection::open_in_memory().unwrap();
        for sql in super::super::journal::LAYOUT.migrations {
            connection.execute_batch(sql).unwrap();
        }
        for (seconds, outcome, no_match) in [
            (-1, "accepted", None),
            (0, "accepted", None),
            (9, "accepted", Some("no_rule")),
            (10, "refused", None),
            (29, "accepted", None),
            (30, "accepted", Some("no_rule")),
        ] {
            connection
                .execute(
                    "INSERT INTO login (at, reference, outcome, no_match, duration_us)
                     VALUES (?1, '0', ?2, ?3, 1)",
                    params![seconds * 1_000_000_i64, outcome, no_match],
                )
                .unwrap();
        }
        let until = Timestamp::from_timestamp(30, 0).unwrap();
        let step = TimeDelta::seconds(10);
        let tally = count(&connection, Timestamp::UNIX_EPOCH, until, step).unwrap();
        let expected = Tally {
            accepted: vec![(0, 2), (2, 1)],
            refused: vec![(1, 1)],
            no_match: 1,
        };
        assert_eq!(tally, expected);
    }
}
