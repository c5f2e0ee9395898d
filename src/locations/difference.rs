//! What changes from one list of locations to another. Pure.

use std::collections::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::lint::looks;
use crate::identity::{Location, fold_name};

/// Beyond this many removed or added locations nobody is helped by a guess which of them
/// are renamed, and guessing means comparing each with each.
const MOST_GUESSED: usize = 100;

/// How alike two names must be to be taken for one that was changed (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.85;

/// What happens to one location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added {
        /// The location.
        location: Location,
    },
    /// It goes.
    Removed {
        /// The location.
        location: Location,
    },
    /// One goes, and one that is much like it comes. Flex knows nothing of renaming: workers
    /// and rules keep the old name.
    Renamed {
        /// The one that goes.
        from: Location,
        /// The one that comes.
        to: Location,
    },
    /// Its edges change.
    Edges {
        /// Its name.
        name: String,
        /// The edges it has.
        before: Vec<String>,
        /// The edges it gets.
        after: Vec<String>,
    },
}

/// What changes from one list to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// What happens to each location that doesn't stay as it is, in the order of the new list;
    /// those that go stand last.
    pub changes: Vec<Change>,
    /// Whether the locations that stay stand in another order. Flex doesn't care; people do.
    pub reordered: bool,
    /// How many stay as they are.
    pub unchanged: usize,
}

impl Difference {
    /// Whether nothing changes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.reordered
    }

    /// The names that are no longer defined afterwards.
    pub fn gone(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().filter_map(|change| match change {
            Change::Removed { location } => Some(location.name.as_str()),
            Change::Renamed { from, .. } => Some(from.name.as_str()),
            Change::Added { .. } | Change::Edges { .. } => None,
        })
    }
}

/// Compares two lists, each with each name once.
#[must_use]
pub fn difference(before: &[Location], after: &[Location]) -> Difference {
    let old = named(before);
    let new = named(after);
    let mut gone: Vec<&Location> = before
        .iter()
        .filter(|location| !new.contains_key(location.name.as_str()))
        .collect();
    let fresh: Vec<&Location> = after
        .iter()
        .filter(|location| !old.contains_key(location.name.as_str()))
        .collect();
    let renamed = renamed(&gone, &fresh);
    let taken: HashSet<&str> = renamed.values().map(|from| from.name.as_str()).collect();
    gone.retain(|location| !taken.contains(location.name.as_str()));

    let mut told = Difference::default();
    for location in after {
        match old.get(location.name.as_str()) {
            Some(earlier) if earlier.edges == location.edges => told.unchanged += 1,
            Some(earlier) => told.changes.push(Change::Edges {
                name: location.name.clone(),
                before: earlier.edges.clone(),
                after: location.edges.clone(),
            }),
            None => told
                .changes
                .push(match renamed.get(location.name.as_str()) {
                    Some(from) => Change::Renamed {
                        from: (*from).clone(),
                        to: location.clone(),
                    },
                    None => Change::Added {
                        location: location.clone(),
                    },
                }),
        }
    }
    let removed = gone.into_iter().map(|location| Change::Removed {
        location: location.clone(),
    });
    told.changes.extend(removed);
    let stay = |list: &[Location], other: &HashMap<&str, &Location>| -> Vec<String> {
        let names = list.iter().map(|location| location.name.clone());
        names
            .filter(|name| other.contains_key(name.as_str()))
            .collect()
    };
    told.reordered = stay(before, &new) != stay(after, &old);
    told
}

fn named(list: &[Location]) -> HashMap<&str, &Location> {
    let pairs = list
        .iter()
        .map(|location| (location.name.as_str(), location));
    pairs.collect()
}

/// Which of the new ones was probably which of those that go; each is taken once.
fn renamed<'a>(gone: &[&'a Location], fresh: &[&'a Location]) -> HashMap<&'a str, &'a Location> {
    if gone.len() > MOST_GUESSED || fresh.len() > MOST_GUESSED {
        return HashMap::new();
    }
    let mut pairs: Vec<(f64, &Location, &Location)> = Vec::new();
    for from in gone {
        for to in fresh {
            let likeness = likeness(from, to);
            if likeness >= ALIKE {
                pairs.push((likeness, from, to));
            }
        }
    }
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut found, mut taken) = (HashMap::new(), HashSet::new());
    for (_, from, to) in pairs {
        if !found.contains_key(to.name.as_str()) && taken.insert(from.name.as_str()) {
            found.insert(to.name.as_str(), from);
        }
    }
    found
}

fn likeness(from: &Location, to: &Location) -> f64 {
    let (one, other) = (fold_name(&from.name), fold_name(&to.name));
    if one == other || looks(&from.name) == looks(&to.name) {
        return 1.0;
    }
    // The same edges make a likely pair likelier: they belong to the place.
    let same_edges = from.edges == to.edges && !from.edges.is_empty();
    let bonus = if same_edges { 0.1 } else { 0.0 };
    strsim::jaro_winkler(&one, &other) + bonus
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, &[&str])]) -> Vec<Location> {
        let entries = entries.iter().map(|(name, edges)| Location {
            name: (*name).to_owned(),
            edges: edges.iter().map(|edge| (*edge).to_owned()).collect(),
        });
        entries.collect()
    }

    /// Each change in a word.
    fn told(before: &[(&str, &[&str])], after: &[(&str, &[&str])]) -> Vec<String> {
        let told = difference(&list(before), &list(after));
        let changes = told.changes.iter().map(|change| match change {
            Change::Added { location } => format!("+{}", location.name),
            Change::Removed { location } => format!("-{}", location.name),
            Change::Renamed { from, to } => format!("{}>{}", from.name, to.name),
            Change::Edges {
                name,
                before,
                after,
            } => {
                format!("{name}: {}>{}", before.join(" "), after.join(" "))
            }
        });
        let order = told.reordered.then(|| "order".to_owned());
        changes.chain(order).collect()
    }

    const A: &[&str] = &["tokyo", "roaming"];
    const B: &[&str] = &["roaming", "tokyo"];

    #[test]
    fn each_change_is_told() {
        for (before, after, changes) in [
            (&[][..], &[][..], &[][..]),
            (&[("X", A)], &[("X", A)], &[]),
            (&[], &[("X", A)], &["+X"]),
            (&[("X", A)], &[], &["-X"]),
            (
                &[("X", A)],
                &[("X", B)],
                &["X: tokyo roaming>roaming tokyo"],
            ),
            (&[("X", A), ("Y", A)], &[("Y", A), ("X", A)], &["order"]),
            (&[("X", A), ("Y", A)], &[("Y", A)], &["-X"]),
            (
                &[("Singapore Office", A), ("Lisbon", A)],
                &[("Singapore office", B), ("Lisbon", A)],
                &["Singapore Office>Singapore office"],
            ),
            (
                &[("Singapore Office", A)],
                &[("Singapore HQ", A), ("Singapore Offices", A)],
                &["+Singapore HQ", "Singapore Office>Singapore Offices"],
            ),
            (&[("Lisbon", A)], &[("東京", B)], &["+東京", "-Lisbon"]),
        ] {
            assert_eq!(told(before, after), changes, "{before:?} to {after:?}");
        }
    }

    #[test]
    fn what_is_gone_is_named_renamed_or_not() {
        let before = list(&[("Lisbon", A), ("Porto", A), ("Faro", A)]);
        let after = list(&[("LISBON", A), ("Faro", B)]);
        let told = difference(&before, &after);
        let gone: Vec<_> = told.gone().collect();
        assert_eq!(gone, ["Lisbon", "Porto"]);
        assert_eq!(told.unchanged, 0);
        assert!(!told.is_empty() && !told.reordered);
    }

    #[test]
    fn ten_thousand_are_compared_in_a_moment() {
        let numbered = |word: &str| -> Vec<Location> {
            let names = (0..10_000).map(|number| Location {
                name: format!("{word} {number}"),
                edges: vec!["roaming".to_owned()],
            });
            names.collect()
        };
        let time = crate::clock::Stopwatch::start();
        let told = difference(&numbered("Office"), &numbered("office"));
        assert_eq!(told.changes.len(), 20_000);
        assert!(time.elapsed() < std::time::Duration::from_secs(5));
    }
}
