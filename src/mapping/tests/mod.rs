//! What administrators can expect of the rules.
//!
//! Must never: look at anything but decisions and problems.

mod lists;
mod people;
mod problems;
mod properties;
mod recall;
mod rules;
mod several;
mod steps;

use std::net::IpAddr;

use super::*;
use crate::{
    clock::Timestamp,
    identity::{
        Attributes, Authentication, IdpName, Location, LocationOutcome, NameId, NoMatchCause, Step,
    },
};

fn settings(toml: &str) -> Settings {
    toml::from_str(toml).unwrap_or_else(|error| panic!("{error}\n{toml}"))
}

fn mapping(toml: &str) -> Mapping {
    Mapping::new(settings(toml)).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn defined(names: &[&str]) -> DefinedLocations {
    DefinedLocations::new(names.iter().map(|name| Location {
        name: (*name).to_owned(),
        edges: vec!["roaming".to_owned()],
    }))
}

fn identity(attributes: &[(&str, &str)]) -> Identity {
    Identity {
        idp: "hq".parse().unwrap(),
        name_id: NameId {
            value: "ann".to_owned(),
            format: None,
        },
        attributes: attributes.iter().copied().collect(),
        authentication: Authentication {
            instant: Timestamp::UNIX_EPOCH,
            context_class: None,
        },
    }
}

fn home() -> IpAddr {
    "198.51.100.7".parse().unwrap()
}

/// The decision, explained; that deciding gives the same is checked each time.
#[track_caller]
fn decided(mapping: &Mapping, who: &Identity, from: IpAddr, list: &DefinedLocations) -> Decision {
    let explained = mapping.explain(who, from, Some(list));
    let decided = mapping.decide(who, from, Some(list));
    assert_eq!(decided.outcome, explained.outcome);
    assert_eq!(decided.attribute, explained.attribute);
    assert_eq!(decided.rule, explained.rule);
    assert_eq!(decided.no_match, explained.no_match);
    let tried = |step: &Step| matches!(step, Step::RuleTried { .. } | Step::TriesLeftOut { .. });
    assert!(!decided.steps.iter().any(tried));
    explained
}

/// The location's name, or `(clear)`, `(omit)`, `(refuse)`.
fn outcome(decision: &Decision) -> &str {
    match &decision.outcome {
        LocationOutcome::Assign(location) => location.as_str(),
        LocationOutcome::Clear => "(clear)",
        LocationOutcome::Omit => "(omit)",
        LocationOutcome::Refuse => "(refuse)",
    }
}
