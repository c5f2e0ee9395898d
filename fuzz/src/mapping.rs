//! Whatever rules, claims, people and locations there are: only defined names are assigned, only listed
//! attributes released, none twice; and explaining decides as deciding does.

use std::{
    collections::{BTreeMap, HashSet},
    net::IpAddr,
};

use chrono::DateTime;
use flexbridge::{
    identity::{
        Attributes, Authentication, DefinedLocations, Identity, Location, LocationOutcome, NameId,
        claim_key, resembles_location,
    },
    login::{ClaimSettings, Claims},
    mapping::{self, Mapping},
};
use serde::Deserialize;

/// An administrator's section and a person, in TOML.
#[derive(Deserialize)]
struct Input {
    location: mapping::Settings,
    #[serde(default)]
    claims: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    defined: Vec<String>,
    #[serde(default)]
    person: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    name_id: String,
    address: Option<IpAddr>,
}

/// One section and person.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(input) = toml::from_str::<Input>(text) else {
        return;
    };
    let mapping = match Mapping::new(input.location) {
        Ok(mapping) => mapping,
        Err(problems) => {
            assert!(
                problems
                    .iter()
                    .all(|problem| !problem.mend.is_empty() && !problem.message.is_empty())
            );
            return;
        }
    };
    let mut attributes = Attributes::new();
    for (name, values) in input.person {
        attributes.add(&name, None, values);
    }
    let identity = Identity {
        idp: "hq".parse().expect("a name"),
        name_id: NameId {
            value: input.name_id,
            format: None,
        },
        attributes,
        authentication: Authentication {
            instant: DateTime::UNIX_EPOCH,
            context_class: None,
        },
    };
    let names: HashSet<&str> = input.defined.iter().map(String::as_str).collect();
    let defined = DefinedLocations::new(input.defined.iter().map(|name| Location {
        name: name.clone(),
        edges: Vec::new(),
    }));
    let address = input.address.unwrap_or(IpAddr::from([192, 0, 2, 1]));
    let decision = mapping.decide(&identity, address, Some(&defined));
    // Explaining tells more steps, and nothing else.
    let explained = mapping.explain(&identity, address, Some(&defined));
    assert_eq!(decision.outcome, explained.outcome);
    assert_eq!(decision.rule, explained.rule);
    assert_eq!(decision.no_match, explained.no_match);
    match &decision.outcome {
        LocationOutcome::Assign(location) => assert!(names.contains(location.as_str())),
        _ => assert!(decision.no_match.is_some()),
    }
    let unknown = mapping.decide(&identity, address, None);
    assert!(!matches!(unknown.outcome, LocationOutcome::Assign(_)));
    let _ = mapping.check_against(&defined);
    let settings = ClaimSettings(input.claims);
    let Ok(claims) = Claims::new(&settings) else {
        return;
    };
    let Ok(release) = claims.release(&identity, &decision) else {
        return;
    };
    let mut keys = HashSet::new();
    for attribute in release.attributes() {
        assert!(keys.insert(claim_key(&attribute.name)), "sent twice");
        if resembles_location(&attribute.name) {
            assert_eq!(attribute.name, "flex_location");
            let [value] = &*attribute.values else {
                panic!("one location");
            };
            assert!(value.is_empty() || names.contains(value.as_str()));
        } else {
            assert!(settings.0.contains_key(&attribute.name), "not listed");
        }
    }
}
