//! Whether what the rules assign is defined, and what was probably meant.

use std::collections::HashMap;

use super::{Mapping, NoMatch, RuleSettings, When, compile::rule_path};
use crate::{
    identity::{DefinedLocations, Lookup, fold_name},
    settings::{Problem, SettingPath},
};

/// For how many names the nearest defined one is looked for: it means
/// comparing with every one of them.
const MOST_SUGGESTIONS: usize = 50;

/// How alike two names must be to be mistaken for each other (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.82;

/// The defined name that is most like `name`, if any is much like it.
#[must_use]
pub fn nearest<'d>(name: &str, defined: &'d DefinedLocations) -> Option<&'d str> {
    let wanted = fold_name(name);
    defined
        .iter()
        .map(|location| {
            let likeness = strsim::jaro_winkler(&wanted, &fold_name(&location.name));
            (likeness, location.name.as_str())
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        // Of equals the first, so that the answer does not depend on chance.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, name)| name)
}

/// The rule that would have caught a value which matched nothing, with the
/// defined name that is most like it; `None` when none is much like it.
///
/// A suggestion to put before the administrator, never to act on.
#[must_use]
pub fn suggest_rule(value: &str, defined: &DefinedLocations) -> Option<RuleSettings> {
    let value = value.trim();
    let name = nearest(value, defined).filter(|_| !value.is_empty())?;
    Some(RuleSettings {
        when: When {
            one_of: Some(vec![value.to_owned()]),
            ..When::default()
        },
        assign: name.replace('$', "$$"),
    })
}

pub(super) fn check_against(mapping: &Mapping, defined: &DefinedLocations) -> Vec<Problem> {
    let names = assigned_names(mapping);
    if defined.is_empty() && !names.is_empty() {
        return vec![Problem::warning(
            SettingPath::root(),
            "the Flex account defines no locations, so no rule can assign one; Flex ignores `flex_location` then",
            "define the locations in Flex's configuration (`flexbridge locations apply`), or leave the rules for later",
        )];
    }
    let mut suggestions: HashMap<&str, Option<&str>> = HashMap::new();
    let mut problems = Vec::new();
    for (path, name) in names {
        let problem = match defined.find(name) {
            Lookup::Exact(_) => continue,
            Lookup::Folded(location) => Problem::warning(
                path,
                format!(
                    "`{name}` is not spelt as the Flex account spells it; it is sent as `{}`",
                    location.as_str()
                ),
                format!("write \"{}\"", location.as_str()),
            ),
            Lookup::Ambiguous(several) => Problem::error(
                path,
                format!(
                    "`{name}` could be any of several defined locations: {}",
                    several.join(", ")
                ),
                "write one of them exactly",
            ),
            Lookup::Unknown => {
                let room = suggestions.len() < MOST_SUGGESTIONS;
                let near = if room || suggestions.contains_key(name) {
                    *suggestions
                        .entry(name)
                        .or_insert_with(|| nearest(name, defined))
                } else {
                    None
                };
                unknown(path, name, near)
            }
        };
        problems.push(problem);
    }
    problems
}

fn unknown(path: SettingPath, name: &str, near: Option<&str>) -> Problem {
    Problem::error(
        path,
        format!("the Flex account defines no location `{name}`"),
        match near {
            Some(near) => format!("did you mean \"{near}\"? If not, define the location first"),
            None => "define the location in Flex's configuration, or assign one that is defined (`flexbridge locations list`)".to_owned(),
        },
    )
}

/// Where the mapping assigns `name`, and whether always: a rule with `${…}` only may.
pub(super) fn assigners(mapping: &Mapping, name: &str) -> Vec<(SettingPath, bool)> {
    let wanted = fold_name(name);
    let always = assigned_names(mapping)
        .into_iter()
        .filter(|(_, assigned)| fold_name(assigned) == wanted)
        .map(|(path, _)| (path, true));
    let may = mapping
        .rules
        .iter()
        .filter(|rule| rule.assign.constant().is_none() && rule.assign.may_be(name))
        .map(|rule| (rule_path(rule.number - 1).join("assign"), false));
    let mut found: Vec<_> = always.chain(may).collect();
    found.sort();
    found
}

/// What is assigned to everybody alike, and where that is written.
fn assigned_names(mapping: &Mapping) -> Vec<(SettingPath, &str)> {
    let rules = mapping.rules.iter().filter_map(|rule| {
        let name = rule.assign.constant()?;
        Some((rule_path(rule.number - 1).join("assign"), name))
    });
    let otherwise = match &mapping.no_match {
        NoMatch::Assign(name) => Some((
            SettingPath::root().join("no_match").join("assign"),
            name.as_str(),
        )),
        _ => None,
    };
    rules.chain(otherwise).collect()
}
