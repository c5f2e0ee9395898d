//! Logins as rows of `journal.db`, and the questions asked of them.

use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, params};

use super::super::JournalFilter;
use crate::{
    clock::Timestamp,
    identity::{
        FlexName, IdpName, LoginOutcome, LoginRecord, LoginReference, NoMatchCause, RefusalCode,
    },
};

/// Each question has an index whose order is the answer's order, so the cost of
/// the newest hundred is the same among ten logins and ten million.
pub(super) const SCHEMA: &str = "
    CREATE TABLE login (
        id          INTEGER NOT NULL PRIMARY KEY,
        at          INTEGER NOT NULL,                -- microseconds since 1970, UTC
        reference   TEXT    NOT NULL,
        idp         TEXT,
        flex        TEXT,
        outcome     TEXT    NOT NULL,
        code        TEXT,
        location    TEXT,
        no_match    TEXT,
        rule        INTEGER,
        duration_us INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX login_by_at        ON login (at);
    CREATE INDEX login_by_reference ON login (reference);
    CREATE INDEX login_by_flex      ON login (flex, at);
    CREATE INDEX login_by_flex_end  ON login (flex, outcome, at);
    CREATE INDEX login_by_idp       ON login (idp, at);
    CREATE INDEX login_by_outcome   ON login (outcome, at);
    CREATE INDEX login_by_code      ON login (code, at) WHERE code IS NOT NULL;
    CREATE INDEX login_by_no_match  ON login (at) WHERE no_match IS NOT NULL;
";

const COLUMNS: &str =
    "at, reference, idp, flex, outcome, code, location, no_match, rule, duration_us";

pub(super) fn insert(transaction: &Transaction<'_>, record: &LoginRecord) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO login (at, reference, idp, flex, outcome, code, location, no_match, rule, duration_us)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
        ])
        .map(|_| ())
}

pub(super) fn find(
    connection: &Connection,
    reference: &LoginReference,
) -> rusqlite::Result<Option<LoginRecord>> {
    connection
        .query_row(
            &format!("SELECT {COLUMNS} FROM login WHERE reference = ?1 ORDER BY id DESC LIMIT 1"),
            [reference.as_str()],
            read,
        )
        .optional()
}

pub(super) fn list(
    connection: &Connection,
    filter: &JournalFilter,
    limit: usize,
) -> rusqlite::Result<Vec<LoginRecord>> {
    let (sql, values) = question(filter, limit);
    let mut statement = connection.prepare(&sql)?;
    let values: Vec<&dyn ToSql> = values.iter().map(AsRef::as_ref).collect();
    statement.query_map(values.as_slice(), read)?.collect()
}

pub(super) fn prune_step(
    transaction: &Transaction<'_>,
    before: Timestamp,
    step: usize,
) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached(
            "DELETE FROM login WHERE id IN (SELECT id FROM login WHERE at < ?1 ORDER BY at LIMIT ?2)",
        )?
        .execute(params![before.timestamp_micros(), step])
}

/// Forgets the oldest of those that are more than `most`. Their numbers tell how many
/// there are at most, without counting millions.
pub(super) fn trim_step(
    transaction: &Transaction<'_>,
    most: u64,
    step: usize,
) -> rusqlite::Result<usize> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    transaction
        .prepare_cached(
            "DELETE FROM login WHERE id IN (
                 SELECT id FROM login WHERE id <= (SELECT max(id) FROM login) - ?1 ORDER BY id LIMIT ?2)",
        )?
        .execute(params![most, step])
}

/// The statement for a filter, naming the index whose order is the answer's.
fn question(filter: &JournalFilter, limit: usize) -> (String, Vec<Box<dyn ToSql>>) {
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut add = |condition: &str, value: Option<Box<dyn ToSql>>| {
        if let Some(value) = value {
            values.push(value);
            conditions.push(format!("{condition} ?{}", values.len()));
        }
    };
    let text = |text: Option<&str>| text.map(|text| Box::new(text.to_owned()) as Box<dyn ToSql>);
    let time = |time: Option<Timestamp>| {
        time.map(|time| Box::new(time.timestamp_micros()) as Box<dyn ToSql>)
    };
    add("code =", text(filter.code.map(RefusalCode::as_str)));
    add("flex =", text(filter.flex.as_ref().map(FlexName::as_str)));
    add("idp =", text(filter.idp.as_ref().map(IdpName::as_str)));
    add("outcome =", text(filter.outcome.map(LoginOutcome::as_str)));
    add("at >=", time(filter.since));
    add("at <", time(filter.until));
    if filter.no_match {
        conditions.push("no_match IS NOT NULL".to_owned());
    }
    let r#where = if conditions.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", conditions.join(" AND "))
    };
    let index = index_for(filter);
    values.push(Box::new(limit));
    let sql = format!(
        "SELECT {COLUMNS} FROM login INDEXED BY {index} {where} ORDER BY at DESC LIMIT ?{}",
        values.len()
    );
    (sql, values)
}

/// The index that leaves the fewest rows to look at, rarest condition first.
const fn index_for(filter: &JournalFilter) -> &'static str {
    if filter.code.is_some() {
        "login_by_code"
    } else if filter.no_match {
        "login_by_no_match"
    } else if filter.flex.is_some() && filter.outcome.is_some() {
        "login_by_flex_end"
    } else if filter.flex.is_some() {
        "login_by_flex"
    } else if filter.idp.is_some() {
        "login_by_idp"
    } else if filter.outcome.is_some() {
        "login_by_outcome"
    } else {
        "login_by_at"
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<LoginRecord> {
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
        outcome,
        code: text(5)?.and_then(|word| known(RefusalCode::ALL, RefusalCode::as_str, &word)),
        location: text(6)?,
        no_match: text(7)?.and_then(|word| known(NoMatchCause::ALL, NoMatchCause::as_str, &word)),
        rule: row
            .get::<_, Option<i64>>(8)?
            .and_then(|rule| usize::try_from(rule).ok()),
        duration_us: u64::try_from(row.get::<_, i64>(9)?).unwrap_or(0),
    })
}

/// The member of a closed list by its word; a word of another version is none.
fn known<T: Copy>(all: &[T], word_of: impl Fn(T) -> &'static str, word: &str) -> Option<T> {
    all.iter().copied().find(|&one| word_of(one) == word)
}

fn unreadable(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_question_walks_the_whole_table_or_sorts_it() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        for bits in 0..64_u8 {
            let filter = JournalFilter {
                since: (bits & 1 != 0).then_some(Timestamp::UNIX_EPOCH),
                until: None,
                flex: (bits & 2 != 0).then(|| "production".parse().unwrap()),
                idp: (bits & 4 != 0).then(|| "hq".parse().unwrap()),
                outcome: (bits & 8 != 0).then_some(LoginOutcome::Refused),
                code: (bits & 16 != 0).then_some(RefusalCode::SignatureInvalid),
                no_match: bits & 32 != 0,
            };
            let (sql, values) = question(&filter, 100);
            let values: Vec<&dyn ToSql> = values.iter().map(AsRef::as_ref).collect();
            let plan: Vec<String> = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap()
                .query_map(values.as_slice(), |row| row.get(3))
                .unwrap()
                .collect::<rusqlite::Result<_>>()
                .unwrap();
            assert!(
                !plan.join("; ").contains("TEMP B-TREE"),
                "{filter:?}: {plan:?}"
            );
            assert!(
                plan.join("; ").contains("USING INDEX"),
                "{filter:?}: {plan:?}"
            );
        }
    }
}
