//! Logins as rows of `journal.db`: written, read back, forgotten.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params};

use crate::{
    clock::Timestamp,
    identity::{
        AgentPseudonym, FlexName, IdpName, LoginOutcome, LoginRecord, LoginReference, NoMatchCause,
        Reading, RefusalCode, fold_name,
    },
};

/// What a login is read from.
pub(super) const COLUMNS: &str = "login.at, reference, idp, flex, outcome, code, location, \
    no_match, rule, duration_us, agent, facts";

/// Where from.
pub(super) const TABLES: &str = "LEFT JOIN reading ON reading.id = login.reading";

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

pub(super) fn insert(transaction: &Transaction<'_>, record: &LoginRecord) -> rusqlite::Result<()> {
    let reading = record.reading.as_ref();
    let reading = reading
        .map(|reading| reading_of(transaction, reading))
        .transpose()?;
    transaction
        .prepare_cached(
            "INSERT INTO login (at, reference, idp, flex, outcome, code, location, no_match, rule, duration_us, agent, reading)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            record.at.timestamp_micros(),
            record.reference.as_str(),
            record.idp.as_ref().map(IdpName::as_str),
            record.flex.as_ref().map(FlexName::as_str),
            record.outcome.as_str(),
            record.code.map(RefusalCode::as_str),
            record.location,
            record.no_match.map(NoMatchCause::as_str),
            record.rule.and_then(|rule| i64::try_from(rule).ok()),
            i64::try_from(record.duration_us).unwrap_or(i64::MAX),
            record.agent.as_ref().map(AgentPseudonym::as_str),
            reading,
        ])?;
    count(transaction, record, reading)
}

/// The number of what was read; the same for all who read alike.
fn reading_of(transaction: &Transaction<'_>, reading: &Reading) -> rusqlite::Result<i64> {
    let facts = serde_json::to_string(reading)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let known = transaction
        .prepare_cached("SELECT id FROM reading WHERE facts = ?1")?
        .query_row([&facts], |row| row.get(0))
        .optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    transaction
        .prepare_cached("INSERT INTO reading (facts) VALUES (?1)")?
        .execute([&facts])?;
    let id = transaction.last_insert_rowid();
    let mut values =
        transaction.prepare_cached("INSERT OR IGNORE INTO reading_value VALUES (?1, ?2)")?;
    for value in reading.kept() {
        values.execute(params![fold_name(value), id])?;
    }
    Ok(id)
}

/// Adds a login to the day's tally; one that never reached an account counts nowhere.
fn count(
    transaction: &Transaction<'_>,
    record: &LoginRecord,
    reading: Option<i64>,
) -> rusqlite::Result<()> {
    let Some(flex) = &record.flex else {
        return Ok(());
    };
    let at = record.at.timestamp_micros();
    let location = record.location.as_ref();
    transaction
        .prepare_cached(
            "INSERT INTO tally VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9)
             ON CONFLICT DO UPDATE SET count = count + 1, last = max(last, excluded.last)",
        )?
        .execute(params![
            at.div_euclid(DAY),
            flex.as_str(),
            record.idp.as_ref().map_or("", IdpName::as_str),
            reading.unwrap_or(0),
            record.code.map_or("", RefusalCode::as_str),
            location.map_or_else(String::new, |location| format!("={location}")),
            record.no_match.map_or("", NoMatchCause::as_str),
            record
                .rule
                .and_then(|rule| i64::try_from(rule).ok())
                .unwrap_or(0),
            at,
        ])
        .map(|_| ())
}

pub(super) fn find(
    connection: &Connection,
    reference: &LoginReference,
) -> rusqlite::Result<Option<LoginRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM login {TABLES} WHERE reference = ?1 ORDER BY login.id DESC LIMIT 1"
    );
    connection
        .query_row(&sql, [reference.as_str()], read)
        .optional()
}

pub(super) fn prune_step(
    transaction: &Transaction<'_>,
    before: Timestamp,
    step: usize,
) -> rusqlite::Result<usize> {
    let forgotten = forget(
        transaction,
        "DELETE FROM login WHERE id IN (SELECT id FROM login WHERE at < ?1 ORDER BY at LIMIT ?2)
         RETURNING reading",
        params![before.timestamp_micros(), step],
    )?;
    // A day's tally goes with the day's last login.
    transaction
        .prepare_cached(
            "DELETE FROM tally WHERE day < coalesce((SELECT min(at) FROM login), ?1) / ?2",
        )?
        .execute(params![i64::MAX, DAY])?;
    Ok(forgotten)
}

/// Forgets the oldest of those that are more than `most`. Their numbers tell how many
/// there are at most, without counting millions.
pub(super) fn trim_step(
    transaction: &Transaction<'_>,
    most: u64,
    step: usize,
) -> rusqlite::Result<usize> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    forget(
        transaction,
        "DELETE FROM login WHERE id IN (
             SELECT id FROM login WHERE id <= (SELECT max(id) FROM login) - ?1 ORDER BY id LIMIT ?2)
         RETURNING reading",
        params![most, step],
    )
}

/// Deletes logins, and what was read of nobody else.
fn forget(
    transaction: &Transaction<'_>,
    sql: &str,
    values: impl Params,
) -> rusqlite::Result<usize> {
    let mut readings = BTreeSet::new();
    let mut forgotten = 0;
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        forgotten += 1;
        readings.extend(row.get::<_, Option<i64>>(0)?);
    }
    for reading in readings {
        let unused = transaction
            .prepare_cached(
                "DELETE FROM reading WHERE id = ?1
                 AND NOT EXISTS (SELECT 1 FROM login WHERE login.reading = ?1)",
            )?
            .execute([reading])?;
        if unused > 0 {
            for table in ["reading_value", "tally"] {
                transaction
                    .prepare_cached(&format!("DELETE FROM {table} WHERE reading = ?1"))?
                    .execute([reading])?;
            }
        }
    }
    Ok(forgotten)
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<LoginRecord> {
    let text = |column: usize| row.get::<_, Option<String>>(column);
    let outcome = match text(4)?.as_deref() {
        Some("accepted") => LoginOutcome::Accepted,
        _ => LoginOutcome::Refused,
    };
    Ok(LoginRecord {
        at: Timestamp::from_timestamp_micros(row.get(0)?).unwrap_or_default(),
        reference: LoginReference::try_from(row.get::<_, String>(1)?)
            .map_err(|error| unreadable(1, error))?,
        idp: text(2)?
            .map(|name| name.parse().map_err(|error| unreadable(2, error)))
            .transpose()?,
        flex: text(3)?
            .map(|name| name.parse().map_err(|error| unreadable(3, error)))
            .transpose()?,
        agent: text(10)?
            .map(|text| AgentPseudonym::try_from(text).map_err(|error| unreadable(10, error)))
            .transpose()?,
        outcome,
        code: text(5)?.and_then(|word| known(RefusalCode::ALL, RefusalCode::as_str, &word)),
        // What another version kept is no reason to lose the login.
        reading: text(11)?.and_then(|facts| serde_json::from_str(&facts).ok()),
        location: text(6)?,
        no_match: text(7)?.and_then(|word| known(NoMatchCause::ALL, NoMatchCause::as_str, &word)),
        rule: row
            .get::<_, Option<i64>>(8)?
            .and_then(|rule| usize::try_from(rule).ok()),
        duration_us: u64::try_from(row.get::<_, i64>(9)?).unwrap_or(0),
    })
}

/// The member of a closed list by its word; a word of another version is none.
pub(super) fn known<T: Copy>(
    all: &[T],
    word_of: impl Fn(T) -> &'static str,
    word: &str,
) -> Option<T> {
    all.iter().copied().find(|&one| word_of(one) == word)
}

pub(super) fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}
