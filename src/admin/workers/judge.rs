//! What the rules would give a worker, as far as that can be known.
//!
//! The rules read what the identity provider says at a login. A worker holds only what
//! Flex was told then, under Flex's names. So the administrator says where the values come
//! from: worker attributes that hold them, or a table. A worker without any of them is
//! unknown, never "no match".

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::rows::{Record, Table, TableProblem, WORKER};
use crate::{
    clock::Timestamp,
    identity::{
        Attributes, Authentication, Identity, IdpName, LocationOutcome, NameId, NoMatchCause,
    },
    login::{FlexAccount, decide},
    twilio::taskrouter::{CurrentLocation, Worker},
};

/// Where the values come from that the rules read.
#[derive(Debug, Clone)]
pub enum AttributeSource {
    /// From the workers themselves: the name that the rules read, and the worker attribute
    /// that holds it.
    Worker(Vec<(String, String)>),
    /// From a table.
    Table(AttributeTable),
}

/// The attributes of each worker, by SID, friendly name or e-mail address.
pub type People = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// Attributes by worker: by SID, friendly name or e-mail address, without case.
#[derive(Debug, Clone, Default)]
pub struct AttributeTable(HashMap<String, Attributes>);

impl AttributeTable {
    /// Reads a table with a column `worker`; see [`AttributeTable::people`].
    ///
    /// # Errors
    /// [`TableProblem`].
    pub fn read(bytes: &[u8]) -> Result<Self, TableProblem> {
        Ok(Self::of_people(&Self::people(bytes)?))
    }

    /// What a table with a column `worker` says of each; every other column is an attribute by
    /// that name, and one that is repeated has several values. Empty fields are left out.
    ///
    /// # Errors
    /// [`TableProblem`].
    pub fn people(bytes: &[u8]) -> Result<People, TableProblem> {
        let mut table = Table::open(bytes)?;
        let worker = table.column(WORKER)?;
        let mut known = People::new();
        while let Some(Record { line, fields }) = table.next()? {
            let mut says = BTreeMap::<String, Vec<String>>::new();
            for (place, value) in fields.iter().enumerate() {
                if place != worker && !value.is_empty() {
                    let name = table.header[place].to_owned();
                    says.entry(name).or_default().push(value.to_owned());
                }
            }
            if known.insert(fold(&fields[worker]), says).is_some() {
                return Err(TableProblem::new(
                    format!("line {line}: this worker had a row before"),
                    "leave one row for each worker; repeat a column for several values",
                ));
            }
        }
        Ok(known)
    }

    /// The same of people who are there already, with each one's attributes.
    #[must_use]
    pub fn of_people(people: &People) -> Self {
        let known = people.iter().map(|(worker, says)| {
            let mut attributes = Attributes::new();
            for (name, values) in says {
                let values = values.iter().filter(|value| !value.is_empty());
                attributes.add(name, None, values.cloned());
            }
            (fold(worker), attributes)
        });
        Self(known.collect())
    }

    fn of(&self, worker: &Worker) -> Option<&Attributes> {
        let email = worker.attributes.as_ref().and_then(|one| one.text("email"));
        let names = [
            Some(worker.sid.clone()),
            Some(worker.friendly_name.clone()),
            email,
        ];
        let mut names = names.into_iter().flatten();
        names.find_map(|name| self.0.get(&fold(&name)))
    }
}

fn fold(name: &str) -> String {
    name.trim().to_lowercase()
}

/// What the rules would give a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Judged {
    /// It can't be known: nothing says what the identity provider says of this person.
    Unknown,
    /// A login as of now would come to this.
    Known {
        /// What Flex would be told.
        outcome: LocationOutcome,
        /// The number of the rule that decided, from 1, if one did.
        rule: Option<usize>,
        /// Why nothing matched, if nothing did.
        no_match: Option<NoMatchCause>,
        /// Whether the worker has that already, or would keep what it has.
        agrees: bool,
    },
}

impl Judged {
    /// Whether the worker has what the rules would give; `None` where that can't be known.
    #[must_use]
    pub const fn agrees(&self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Known { agrees, .. } => Some(*agrees),
        }
    }
}

/// Asks the rules of a Flex account about its workers, the way a login does.
pub struct Judge<'a> {
    /// The Flex account.
    pub account: &'a FlexAccount,
    /// Where the values come from.
    pub source: AttributeSource,
    /// The identity provider that the rules are told.
    pub idp: IdpName,
    /// The address that the rules are told.
    pub address: IpAddr,
    /// The time of the login that never is.
    pub now: Timestamp,
}

impl Judge<'_> {
    pub(super) fn judge(&self, worker: &Worker, current: &CurrentLocation) -> Judged {
        let Some(attributes) = self.attributes(worker) else {
            return Judged::Unknown;
        };
        let identity = Identity {
            idp: self.idp.clone(),
            name_id: NameId {
                value: worker.friendly_name.clone(),
                format: None,
            },
            attributes,
            authentication: Authentication {
                instant: self.now,
                context_class: None,
            },
        };
        let decision = decide(self.account, &identity, self.address, false);
        let agrees = match (&decision.outcome, current) {
            (LocationOutcome::Assign(location), CurrentLocation::Named(name)) => {
                location.as_str() == name
            }
            (LocationOutcome::Clear, CurrentLocation::Absent | CurrentLocation::Empty)
            | (LocationOutcome::Omit, _) => true,
            (LocationOutcome::Assign(_) | LocationOutcome::Clear | LocationOutcome::Refuse, _) => {
                false
            }
        };
        Judged::Known {
            outcome: decision.outcome,
            rule: decision.rule,
            no_match: decision.no_match,
            agrees,
        }
    }

    fn attributes(&self, worker: &Worker) -> Option<Attributes> {
        let pairs = match &self.source {
            AttributeSource::Table(table) => return table.of(worker).cloned(),
            AttributeSource::Worker(pairs) => pairs,
        };
        let held = worker.attributes.as_ref()?;
        let mut attributes = Attributes::new();
        for (name, key) in pairs {
            let values = held.value(key).map_or_else(Vec::new, values);
            if !values.is_empty() {
                attributes.add(name, None, values);
            }
        }
        (!attributes.is_empty()).then_some(attributes)
    }
}

/// The values that Flex may have made this of: text, a number, yes or no, or several of them.
fn values(value: Value) -> Vec<String> {
    match value {
        Value::String(text) if !text.is_empty() => vec![text],
        Value::Number(number) => vec![number.to_string()],
        Value::Bool(truth) => vec![truth.to_string()],
        Value::Array(several) => several
            .into_iter()
            .filter(|one| !one.is_array())
            .flat_map(values)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_gives_each_worker_its_attributes() {
        let table = "department,worker,groups,groups\nSG-01,Ann@Example.com ,a,b\n,bob,,c\n";
        let AttributeTable(known) = AttributeTable::read(table.as_bytes()).unwrap();
        assert_eq!(known["ann@example.com"].values("department"), ["SG-01"]);
        assert_eq!(known["ann@example.com"].values("groups"), ["a", "b"]);
        assert_eq!(known["bob"].values("groups"), ["c"]);
        assert!(known["bob"].get("department").is_none());
        for table in ["department\nx\n", "worker,a\nann,1\nANN,2\n"] {
            assert!(AttributeTable::read(table.as_bytes()).is_err(), "{table}");
        }
    }

    #[test]
    fn a_worker_attribute_may_be_anything() {
        let read = |text: &str| values(serde_json::from_str(text).unwrap());
        for (text, expected) in [
            (r#""SG-01""#, vec!["SG-01"]),
            ("7", vec!["7"]),
            ("true", vec!["true"]),
            (r#"["a", 1, "", null, ["b"], {}]"#, vec!["a", "1"]),
            (r#""""#, vec![]),
            ("null", vec![]),
            ("{}", vec![]),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
