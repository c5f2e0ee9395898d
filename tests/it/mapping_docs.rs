//! Every example of `docs/mapping.md` and `docs/cookbook.md` does what the page says.

use flexbridge::{
    clock::Timestamp,
    identity::{
        Attributes, Authentication, Decision, DefinedLocations, Identity, Location,
        LocationOutcome, NameId, Release,
    },
    login::{ClaimSettings, Claims},
    mapping::{self, Mapping},
};
use toml::{Table, Value};

/// The pages, and how many examples of rules and of claims each has at least.
const PAGES: [(&str, usize, usize); 2] = [("mapping", 10, 2), ("cookbook", 8, 1)];

fn page(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
    std::fs::read_to_string(format!("{folder}/{name}.md")).unwrap()
}

/// The fenced blocks of this kind.
fn blocks(page: &str, kind: &str) -> Vec<String> {
    let opening = format!("```{kind}\n");
    let parts = page.split(&opening).skip(1);
    parts
        .map(|part| part.split("\n```").next().unwrap().to_owned())
        .collect()
}

/// The lines `# { … } -> …` of a block: who, and what is expected.
fn expectations(block: &str) -> Vec<(Table, String)> {
    let lines = block.lines().filter(|line| line.starts_with("# {"));
    let found: Vec<(Table, String)> = lines
        .map(|line| {
            let (who, expected) = line[2..].split_once(" -> ").unwrap();
            (inline(who), expected.to_owned())
        })
        .collect();
    assert!(
        !found.is_empty(),
        "an example without an expectation:\n{block}"
    );
    found
}

fn inline(text: &str) -> Table {
    let whole: Table = toml::from_str(&format!("it = {text}")).unwrap();
    whole["it"].as_table().unwrap().clone()
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(values).collect(),
        other => panic!("{other}"),
    }
}

fn person(who: &Table) -> Identity {
    let mut attributes = Attributes::new();
    for (name, value) in who {
        if name != "from" && name != "idp" {
            attributes.add(name, None, values(value));
        }
    }
    let idp = who.get("idp").map_or("hq", |idp| idp.as_str().unwrap());
    Identity {
        idp: idp.parse().unwrap(),
        name_id: NameId {
            value: "ann".to_owned(),
            format: None,
        },
        attributes,
        authentication: Authentication {
            instant: Timestamp::UNIX_EPOCH,
            context_class: None,
        },
    }
}

fn defined(page: &str) -> DefinedLocations {
    let blocks = blocks(page, "json defined-locations");
    let list: Vec<serde_json::Value> = serde_json::from_str(&blocks[0]).unwrap();
    DefinedLocations::new(list.iter().map(|location| Location {
        name: location["name"].as_str().unwrap().to_owned(),
        edges: vec![],
    }))
}

fn section<T: serde::de::DeserializeOwned>(block: &str, name: &str) -> T {
    let whole: Table = toml::from_str(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
    let section = whole["flex"]["production"][name].clone();
    section.try_into().unwrap()
}

fn answer(decision: &Decision) -> &str {
    match &decision.outcome {
        LocationOutcome::Assign(location) => location.as_str(),
        LocationOutcome::Clear => "(cleared)",
        LocationOutcome::Omit => "(left out)",
        LocationOutcome::Refuse => "(refused)",
    }
}

#[test]
fn every_rule_example_does_what_the_page_says() {
    for (name, least, _) in PAGES {
        rules_hold(&page(name), least);
    }
}

fn rules_hold(page: &str, least: usize) {
    let defined = defined(page);
    let examples = blocks(page, "toml rule-example");
    assert!(examples.len() >= least, "{}", examples.len());
    for block in examples {
        let settings: mapping::Settings = section(&block, "location");
        let mapping = Mapping::new(settings).unwrap();
        assert!(mapping.warnings().is_empty(), "{:?}", mapping.warnings());
        for (who, expected) in expectations(&block) {
            let from = who
                .get("from")
                .map_or("198.51.100.1", |from| from.as_str().unwrap());
            let address = from.parse().unwrap();
            let decision = mapping.decide(&person(&who), address, Some(&defined));
            assert_eq!(answer(&decision), expected, "{who}\n{decision:#?}");
        }
    }
}

fn released(claims: &Claims, who: &Table) -> Result<Release, String> {
    let mut who = who.clone();
    for (name, value) in [
        ("mail", "ann@example.com"),
        ("displayName", "Ann"),
        ("roles", "agent"),
    ] {
        let value = || Value::String(value.to_owned());
        who.entry(name).or_insert_with(value);
    }
    let decision = Decision {
        outcome: LocationOutcome::Omit,
        attribute: None,
        rule: None,
        no_match: None,
        steps: vec![],
    };
    let release = claims.release(&person(&who), &decision);
    release.map_err(|refusal| format!("(refused {})", refusal.code))
}

#[test]
fn every_claims_example_does_what_the_page_says() {
    for (name, _, least) in PAGES {
        claims_hold(&page(name), least);
    }
}

fn claims_hold(page: &str, least: usize) {
    let examples = blocks(page, "toml claims-example");
    assert!(examples.len() >= least);
    for block in examples {
        let settings: ClaimSettings = section(&block, "claims");
        let claims = Claims::new(&settings).unwrap();
        for (who, expected) in expectations(&block) {
            let release = match released(&claims, &who) {
                Ok(release) => release,
                Err(refused) => {
                    assert_eq!(refused, expected, "{who}");
                    continue;
                }
            };
            let mut expected = inline(&expected);
            for attribute in release.attributes() {
                let required = ["email", "full_name", "roles"].contains(&attribute.name.as_str());
                match expected.remove(&attribute.name) {
                    Some(value) => assert_eq!(values(&value), attribute.values, "{who}"),
                    None => assert!(required, "{who} also sends {}", attribute.name),
                }
            }
            assert!(expected.is_empty(), "{who} does not send {expected}");
        }
    }
}

#[test]
fn every_example_on_the_pages_is_run() {
    let pages = PAGES.map(|(name, ..)| page(name));
    let fences = pages
        .iter()
        .flat_map(|page| page.lines())
        .filter(|line| line.starts_with("```") && line.len() > 3);
    for fence in fences {
        assert!(
            matches!(
                fence,
                "```toml rule-example" | "```toml claims-example" | "```json defined-locations"
            ),
            "{fence} is not run by a test"
        );
    }
}
