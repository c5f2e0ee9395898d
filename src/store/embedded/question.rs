//! Which logins fit a filter, a page at a time. The newest hundred among ten million cost what
//! they cost among ten: each question walks an index in the order of its answer.

use rusqlite::{Connection, params_from_iter, types::Value};

use super::{
    super::{JournalCursor, JournalFilter, JournalPage},
    rows::{self, COLUMNS, TABLES},
};
use crate::{
    clock::Timestamp,
    identity::{AgentPseudonym, FlexName, IdpName, LoginOutcome, RefusalCode},
};

/// In how many combinations of values a value is looked for; the newest count.
const MOST_READINGS: usize = 1_000;

/// One walk along an index, and what the index's first column equals.
struct Walk {
    index: &'static str,
    key: Option<(&'static str, Value)>,
}

/// The page behind `after`.
pub(super) fn page(
    connection: &Connection,
    filter: &JournalFilter,
    after: Option<JournalCursor>,
    limit: usize,
) -> rusqlite::Result<JournalPage> {
    let mut found: Vec<JournalCursor> = Vec::new();
    for walk in walks(connection, filter)? {
        let (sql, values) = statement(filter, &walk, after, limit + 1);
        let mut statement = connection.prepare_cached(&sql)?;
        let places = statement.query_map(params_from_iter(values), |row| {
            Ok(JournalCursor {
                at: row.get(0)?,
                id: row.get(1)?,
            })
        })?;
        for place in places {
            found.push(place?);
        }
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.dedup();
    let more = found.len() > limit;
    found.truncate(limit);
    let sql = format!("SELECT {COLUMNS} FROM login {TABLES} WHERE login.id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let records = found
        .iter()
        .map(|place| statement.query_row([place.id], rows::read));
    Ok(JournalPage {
        records: records.collect::<rusqlite::Result<_>>()?,
        next: found.last().copied().filter(|_| more),
    })
}

/// The walks that find everything between them: one, or one for each agent or reading that is meant.
fn walks(connection: &Connection, filter: &JournalFilter) -> rusqlite::Result<Vec<Walk>> {
    if let Some(agents) = &filter.agents {
        let walk = |agent: &AgentPseudonym| Walk {
            index: "login_by_agent",
            key: Some(("agent", Value::Text(agent.to_string()))),
        };
        return Ok(agents.iter().map(walk).collect());
    }
    let Some(values) = &filter.values else {
        let index = index_for(filter);
        return Ok(vec![Walk { index, key: None }]);
    };
    let mut statement = connection.prepare_cached(READINGS_OF)?;
    let mut walks = Vec::new();
    for value in values {
        for reading in statement.query_map((value, MOST_READINGS), |row| row.get(0))? {
            walks.push(Walk {
                index: "login_by_reading",
                key: Some(("reading", Value::Integer(reading?))),
            });
        }
    }
    Ok(walks)
}

const READINGS_OF: &str =
    "SELECT reading FROM reading_value WHERE value = ?1 ORDER BY reading DESC LIMIT ?2";

/// The statement of one walk, naming the index whose order is the answer's.
fn statement(
    filter: &JournalFilter,
    walk: &Walk,
    after: Option<JournalCursor>,
    limit: usize,
) -> (String, Vec<Value>) {
    let mut asked = Asked::default();
    let text = |text: Option<&str>| text.map(|text| Value::Text(text.to_owned()));
    let time = |time: Option<Timestamp>| time.map(|time| Value::Integer(time.timestamp_micros()));
    if let Some((column, key)) = &walk.key {
        asked.add(&format!("{column} ="), Some(key.clone()));
    }
    asked.add("code =", text(filter.code.map(RefusalCode::as_str)));
    asked.add("flex =", text(filter.flex.as_ref().map(FlexName::as_str)));
    asked.add("idp =", text(filter.idp.as_ref().map(IdpName::as_str)));
    asked.add("location =", text(filter.location.as_deref()));
    asked.add("outcome =", text(filter.outcome.map(LoginOutcome::as_str)));
    asked.add("at >=", time(filter.since));
    asked.add("at <", time(filter.until));
    if filter.no_match {
        asked.conditions.push("no_match IS NOT NULL".to_owned());
    }
    if let (Some(_), Some(values)) = (&filter.agents, &filter.values) {
        let places: Vec<String> = values
            .iter()
            .map(|value| asked.place(text(Some(value))))
            .collect();
        asked.conditions.push(format!(
            "reading IN (SELECT reading FROM reading_value WHERE value IN ({}))",
            places.join(", ")
        ));
    }
    if let Some(JournalCursor { at, id }) = after {
        asked.add("at <=", Some(Value::Integer(at)));
        let (at, id) = (
            asked.place(Some(Value::Integer(at))),
            asked.place(Some(Value::Integer(id))),
        );
        asked.conditions.push(format!("(at < {at} OR id < {id})"));
    }
    let conditions = if asked.conditions.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", asked.conditions.join(" AND "))
    };
    let limit = asked.place(Some(Value::Integer(
        i64::try_from(limit).unwrap_or(i64::MAX),
    )));
    let index = walk.index;
    let sql = format!(
        "SELECT at, id FROM login INDEXED BY {index} {conditions} ORDER BY at DESC, id DESC LIMIT {limit}"
    );
    (sql, asked.values)
}

#[derive(Default)]
struct Asked {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Asked {
    /// Takes a value, and says where it stands in the statement.
    fn place(&mut self, value: Option<Value>) -> String {
        self.values.push(value.unwrap_or(Value::Null));
        format!("?{}", self.values.len())
    }

    fn add(&mut self, condition: &str, value: Option<Value>) {
        if value.is_some() {
            let place = self.place(value);
            self.conditions.push(format!("{condition} {place}"));
        }
    }
}

/// The index that leaves the fewest rows to look at, rarest condition first.
const fn index_for(filter: &JournalFilter) -> &'static str {
    if filter.code.is_some() {
        "login_by_code"
    } else if filter.no_match {
        "login_by_no_match"
    } else if filter.location.is_some() {
        "login_by_location"
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

#[cfg(test)]
mod tests {
    use super::{super::layout, *};

    fn plan(connection: &Connection, sql: &str, values: Vec<Value>) -> String {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let steps = statement.query_map(params_from_iter(values), |row| row.get(3));
        let steps: Vec<String> = steps.unwrap().collect::<rusqlite::Result<_>>().unwrap();
        steps.join("; ")
    }

    #[test]
    fn no_question_walks_the_whole_table_or_sorts_it() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(layout::LOGINS).unwrap();
        connection.execute_batch(layout::READINGS).unwrap();
        connection
            .execute("INSERT INTO reading_value VALUES ('sg-01', 7)", [])
            .unwrap();
        for bits in 0..1024_u16 {
            let on = |bit: u16| bits & (1 << bit) != 0;
            let filter = JournalFilter {
                since: on(0).then_some(Timestamp::UNIX_EPOCH),
                until: on(1).then_some(Timestamp::UNIX_EPOCH),
                flex: on(2).then(|| "production".parse().unwrap()),
                idp: on(3).then(|| "hq".parse().unwrap()),
                outcome: on(4).then_some(LoginOutcome::Refused),
                code: on(5).then_some(RefusalCode::SignatureInvalid),
                no_match: on(6),
                location: on(7).then(|| "Rome".to_owned()),
                agents: on(8).then(|| vec![AgentPseudonym::of_hash(&[7; 32])]),
                values: on(9).then(|| vec!["sg-01".to_owned()]),
            };
            for after in [None, Some(JournalCursor { at: 9, id: 9 })] {
                let walks = walks(&connection, &filter).unwrap();
                assert_eq!(walks.len(), 1, "{filter:?}");
                let (sql, values) = statement(&filter, &walks[0], after, 100);
                let plan = plan(&connection, &sql, values);
                assert!(!plan.contains("B-TREE"), "{filter:?}: {plan}");
                assert!(plan.contains("login USING"), "{filter:?}: {plan}");
                assert!(!plan.contains("SCAN reading"), "{filter:?}: {plan}");
            }
        }
        assert!(
            plan(&connection, READINGS_OF, vec![Value::Null, Value::Null])
                .contains("USING PRIMARY KEY")
        );
        let find = "SELECT 1 FROM login WHERE reference = 'x' ORDER BY login.id DESC LIMIT 1";
        assert!(plan(&connection, find, Vec::new()).contains("login_by_reference"));
    }

    #[test]
    fn a_cursor_survives_being_written_down() {
        let cursor = JournalCursor { at: 1_700, id: 42 };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "1", "1.", ".1", "a.b", "1.2.3"] {
            assert!(text.parse::<JournalCursor>().is_err(), "{text}");
        }
    }
}
