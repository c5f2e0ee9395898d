//! Logins counted: by day, for coverage, and by agent, to be decided anew.

use std::{collections::HashMap, sync::Arc};

use rusqlite::{Connection, OptionalExtension, Row, params, types::ValueRef};

use super::{
    super::{LoginKind, LoginKinds},
    rows::{DAY, known, unreadable},
};
use crate::{
    clock::Timestamp,
    identity::{AgentPseudonym, FlexName, NoMatchCause, Reading, RefusalCode},
};

/// How many different kinds of login are told apart at most.
const MOST: usize = 200_000;

/// Whole days are added up; thousands of rows for millions of logins.
const BY_DAY: &str = "
    SELECT idp, reading, code, location, no_match, rule, NULL, sum(count), max(last)
    FROM tally WHERE flex = ?1 AND day >= ?2
    GROUP BY idp, reading, code, location, no_match, rule LIMIT ?3";

/// Those that were refused before anything was read are left out. Millions of them are told apart
/// here and not by SQL, which would sort them all on the disk.
const BY_AGENT: &str = "
    SELECT coalesce(idp, ''), coalesce(reading, 0), coalesce(code, ''),
           coalesce('=' || location, ''), coalesce(no_match, ''), coalesce(rule, 0), agent,
           1, at
    FROM login INDEXED BY login_by_flex
    WHERE flex = ?1 AND at >= ?2 AND (reading IS NOT NULL OR outcome = 'accepted')";

pub(super) fn by_day(
    connection: &Connection,
    flex: &FlexName,
    since: Timestamp,
) -> rusqlite::Result<LoginKinds> {
    let day = since.timestamp_micros().div_euclid(DAY);
    gather(connection, BY_DAY, flex, day)
}

pub(super) fn by_agent(
    connection: &Connection,
    flex: &FlexName,
    since: Timestamp,
) -> rusqlite::Result<LoginKinds> {
    gather(connection, BY_AGENT, flex, since.timestamp_micros())
}

fn gather(
    connection: &Connection,
    sql: &str,
    flex: &FlexName,
    since: i64,
) -> rusqlite::Result<LoginKinds> {
    let mut readings = Readings::default();
    let mut statement = connection.prepare(sql)?;
    let values = params![flex.as_str(), since, MOST + 1];
    let mut rows = statement.query(&values[..statement.parameter_count()])?;
    let mut kinds: Vec<LoginKind> = Vec::new();
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut cut = false;
    while let Some(row) = rows.next()? {
        let key = key(row)?;
        if let Some(place) = places.get(&key) {
            let known = &mut kinds[*place];
            known.count += count(row)?;
            known.last = known.last.max(last(row)?);
        } else if kinds.len() == MOST {
            cut = true;
        } else {
            places.insert(key, kinds.len());
            kinds.push(kind(connection, row, &mut readings)?);
        }
    }
    let oldest = connection
        .query_row("SELECT at FROM login ORDER BY at LIMIT 1", [], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(LoginKinds {
        oldest: oldest.and_then(Timestamp::from_timestamp_micros),
        kinds,
        cut,
    })
}

/// What was read, each once.
#[derive(Default)]
struct Readings(HashMap<i64, Option<Arc<Reading>>>);

impl Readings {
    fn get(&mut self, connection: &Connection, id: i64) -> rusqlite::Result<Option<Arc<Reading>>> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let facts: Option<String> = connection
            .prepare_cached("SELECT facts FROM reading WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let reading = facts.and_then(|facts| serde_json::from_str(&facts).ok());
        let reading = reading.map(Arc::new);
        self.0.insert(id, reading.clone());
        Ok(reading)
    }
}

/// What tells kinds apart, as bytes: the columns before the counts.
fn key(row: &Row<'_>) -> rusqlite::Result<Vec<u8>> {
    let mut key = Vec::with_capacity(128);
    for column in 0..7 {
        match row.get_ref(column)? {
            ValueRef::Integer(number) => key.extend(number.to_le_bytes()),
            ValueRef::Text(text) | ValueRef::Blob(text) => {
                key.extend(text.len().to_le_bytes());
                key.extend(text);
            }
            ValueRef::Null | ValueRef::Real(_) => key.push(0),
        }
    }
    Ok(key)
}

fn count(row: &Row<'_>) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(7)?).unwrap_or(0))
}

fn last(row: &Row<'_>) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_timestamp_micros(row.get(8)?).unwrap_or_default())
}

fn kind(
    connection: &Connection,
    row: &Row<'_>,
    readings: &mut Readings,
) -> rusqlite::Result<LoginKind> {
    let text = |column: usize| row.get::<_, String>(column);
    let idp = text(0)?;
    let agent: Option<String> = row.get(6)?;
    let rule: i64 = row.get(5)?;
    Ok(LoginKind {
        idp: match idp.as_str() {
            "" => None,
            name => Some(name.parse().map_err(|error| unreadable(0, error))?),
        },
        reading: readings.get(connection, row.get(1)?)?,
        code: known(RefusalCode::ALL, RefusalCode::as_str, &text(2)?),
        location: text(3)?.strip_prefix('=').map(str::to_owned),
        no_match: known(NoMatchCause::ALL, NoMatchCause::as_str, &text(4)?),
        rule: usize::try_from(rule).ok().filter(|rule| *rule > 0),
        agent: agent
            .map(|text| AgentPseudonym::try_from(text).map_err(|error| unreadable(6, error)))
            .transpose()?,
        count: count(row)?,
        last: last(row)?,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::layout, *};

    #[test]
    fn both_ways_walk_an_index() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(layout::LOGINS).unwrap();
        connection.execute_batch(layout::READINGS).unwrap();
        let plan = |sql: &str| {
            let mut statement = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let values = params!["x", 0, 9];
            let values = &values[..statement.parameter_count()];
            let steps = statement.query_map(values, |row| row.get::<_, String>(3));
            let steps: Vec<String> = steps.unwrap().map(Result::unwrap).collect();
            steps.join("; ")
        };
        assert!(
            plan(BY_DAY).contains("SEARCH tally USING PRIMARY KEY"),
            "{}",
            plan(BY_DAY)
        );
        assert!(
            plan(BY_AGENT).contains("USING INDEX login_by_flex"),
            "{}",
            plan(BY_AGENT)
        );
    }
}
