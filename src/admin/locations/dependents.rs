//! Who depends on a location that goes: rules that assign it, workers that have it.

use schemars::JsonSchema;
use serde::Serialize;

use super::workers::count;
use crate::{
    locations::{Change, Difference},
    mapping::Mapping,
    settings::SettingPath,
    twilio::Client,
};

/// For how many names at most the dependents are looked for.
const MOST_NAMES: usize = 200;

/// How many workers have a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkersThere {
    /// So many.
    Counted(u64),
    /// Nobody could be asked, or the answer was no answer.
    Unknown(String),
}

/// A rule that assigns a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleThere {
    /// The setting, as seen from the whole file.
    pub setting: String,
    /// Whether it always does; a rule with `${…}` may.
    pub always: bool,
}

/// A location that goes, and who depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dependent {
    /// Its name.
    pub name: String,
    /// The name it probably gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_to: Option<String>,
    /// The rules that assign it.
    pub rules: Vec<RuleThere>,
    /// The workers that have it, and whose voice breaks at their next visit to Flex.
    pub workers: WorkersThere,
}

/// Who depends on what goes.
pub(super) async fn dependents(
    at: &SettingPath,
    mapping: &Mapping,
    difference: &Difference,
    client: &Client,
) -> Vec<Dependent> {
    let names: Vec<String> = difference
        .gone()
        .take(MOST_NAMES)
        .map(str::to_owned)
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    let counted = count(client).await;
    let there = |name: &String| match &counted {
        Ok(counts) => WorkersThere::Counted(counts.get(name).copied().unwrap_or(0)),
        Err(why) => WorkersThere::Unknown(why.clone()),
    };
    names
        .iter()
        .map(|name| Dependent {
            name: name.clone(),
            renamed_to: renamed_to(difference, name),
            rules: rules(at, mapping, name),
            workers: there(name),
        })
        .collect()
}

fn rules(at: &SettingPath, mapping: &Mapping, name: &str) -> Vec<RuleThere> {
    let found = mapping.assigners(name).into_iter();
    found
        .map(|(path, always)| RuleThere {
            setting: at.append(&path).to_string(),
            always,
        })
        .collect()
}

fn renamed_to(difference: &Difference, name: &str) -> Option<String> {
    difference.changes.iter().find_map(|change| match change {
        Change::Renamed { from, to } if from.name == name => Some(to.name.clone()),
        _ => None,
    })
}
