//! The law: which module may use which, and where foreign crates are at home.
//!
//! A row may use only rows above it.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{Named, Target, named};
use super::source::Source;

/// A module and what it may use, from what everything rests on to what runs.
/// `settings` and `clock` carry no weight, so every row may use them; see [`BASE`].
pub const ROWS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("settings", &[]),
    // How others are asked over HTTP.
    ("outbound", &[]),
    ("identity", &[]),
    // The nouns' names are its labels.
    ("telemetry", &["outbound", "identity"]),
    ("keys", &["identity"]),
    ("store", &["identity"]),
    ("mapping", &["identity"]),
    ("saml", &["keys", "identity"]),
    ("oidc", &["outbound", "keys", "identity", "telemetry"]),
    ("twilio", &["outbound", "identity"]),
    ("upstream", &["outbound", "identity", "saml", "telemetry"]),
    ("locations", &["identity", "twilio", "telemetry"]),
    (
        "login",
        &[
            "telemetry",
            "identity",
            "keys",
            "store",
            "mapping",
            "saml",
            "oidc",
            "twilio",
            "upstream",
            "locations",
        ],
    ),
    (
        "admin",
        &[
            "telemetry",
            "identity",
            "keys",
            "store",
            "mapping",
            "saml",
            "oidc",
            "twilio",
            "upstream",
            "locations",
            "login",
        ],
    ),
    ("web", &["telemetry", "identity", "login", "admin"]),
    (
        "config",
        &[
            "telemetry",
            "identity",
            "keys",
            "store",
            "mapping",
            "saml",
            "oidc",
            "twilio",
            "locations",
            "login",
            "web",
        ],
    ),
    (
        "app",
        &[
            "telemetry",
            "identity",
            "keys",
            "store",
            "mapping",
            "saml",
            "oidc",
            "twilio",
            "upstream",
            "locations",
            "login",
            "admin",
            "web",
            "config",
        ],
    ),
    ("demo", &["identity", "keys", "saml", "config", "app"]),
    (
        "cli",
        &[
            "telemetry",
            "identity",
            "keys",
            "store",
            "mapping",
            "saml",
            "oidc",
            "twilio",
            "upstream",
            "locations",
            "login",
            "admin",
            "web",
            "config",
            "app",
            "demo",
        ],
    ),
    ("main", &["cli"]),
];

/// What every row below it may use.
const BASE: &[&str] = &["clock", "settings"];

/// Parts of which `config` may name only what their `settings.rs` defines:
/// everything it may use but the base and the nouns.
const CONFIG_NOUNS: &[&str] = &["clock", "settings", "identity"];

/// Where a foreign crate may be named. Crates that aren't listed are free.
/// `*` at the end of a home means: only in its `settings.rs`.
const HOMES: &[(&str, &[&str])] = &[
    ("axum", &["web", "demo", "app"]),
    ("hyper", &["web"]),
    ("hyper_util", &["web"]),
    ("tokio_rustls", &["web"]),
    ("tower", &["web", "demo", "app"]),
    ("tower_http", &["web", "demo", "app"]),
    ("askama", &["web", "demo"]),
    // The demo Flex judges the bridge's responses by xmlsec itself, not by the bridge's verifier.
    ("samael", &["saml", "demo"]),
    ("bergshamra", &["saml"]),
    ("uppsala", &["saml"]),
    ("openidconnect", &["oidc"]),
    ("jsonwebtoken", &["oidc"]),
    ("openssl", &["keys"]),
    ("regex", &["mapping"]),
    ("regex_syntax", &["mapping"]),
    // demo is an ordinary client of the rest.
    (
        "reqwest",
        &[
            "outbound",
            "oidc",
            "twilio",
            "upstream",
            "telemetry",
            "demo",
        ],
    ),
    ("rusqlite", &["store"]),
    // Whose a secret's file is, and that no core dump holds one.
    ("rustix", &["store", "settings", "cli"]),
    ("redis", &["store"]),
    ("toml", &["config"]),
    // What the API takes and gives describes itself.
    (
        "schemars",
        &[
            "config",
            "settings",
            "identity",
            "store",
            "locations",
            "admin",
            "web",
            "*",
        ],
    ),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("csv", &["admin", "cli"]),
    ("indicatif", &["cli"]),
    ("tracing_subscriber", &["telemetry"]),
    ("prometheus_client", &["telemetry"]),
    ("opentelemetry", &["telemetry"]),
    ("opentelemetry_http", &["telemetry"]),
    ("opentelemetry_otlp", &["telemetry"]),
    ("opentelemetry_sdk", &["telemetry"]),
    ("tracing_opentelemetry", &["telemetry"]),
];

/// What a module may use; `None` when it has no row.
fn allowed(module: &str) -> Option<Vec<&'static str>> {
    let place = ROWS.iter().position(|(name, _)| *name == module)?;
    let base = BASE
        .iter()
        .filter(|base| ROWS[..place].iter().any(|(name, _)| name == *base));
    let base = base.filter(|_| module != "main");
    Some(ROWS[place].1.iter().chain(base).copied().collect())
}

/// A use of one module by another.
struct Edge {
    from: String,
    to: String,
    /// What is used of it.
    item: String,
    /// Where.
    at: String,
}

fn edges_of(source: &Source) -> Vec<Edge> {
    let Some(from) = source.module().into_iter().next() else {
        // The root may name every module: it is their map.
        return Vec::new();
    };
    named(source)
        .into_iter()
        .filter_map(|named| edge(source, &from, &named))
        .filter(|edge| edge.from != edge.to)
        .collect()
}

fn edge(source: &Source, from: &str, named: &Named) -> Option<Edge> {
    let Target::Own(path) = named.target() else {
        return None;
    };
    let mut path = path.into_iter();
    Some(Edge {
        from: from.to_owned(),
        // Nothing left: the crate itself, under another name or all of it.
        to: path.next().unwrap_or_else(|| "*".to_owned()),
        item: path.next().unwrap_or_default(),
        at: format!("{}:{}", source.path, named.line),
    })
}

/// Uses that no row allows.
pub fn edges(sources: &[Source]) -> Vec<String> {
    let settings = settings_items(sources);
    let mut found: Vec<String> = sources
        .iter()
        .flat_map(edges_of)
        .filter_map(|edge| not_allowed(&edge).or_else(|| beyond_settings(&edge, &settings)))
        .collect();
    // `use crate::web::{A, B}` is one mistake.
    found.dedup();
    found
}

fn not_allowed(edge: &Edge) -> Option<String> {
    let Edge { from, to, at, .. } = edge;
    let Some(allowed) = allowed(from) else {
        return Some(format!(
            "{at}: the module `{from}` has no row; give it one in rules.rs"
        ));
    };
    let complaint = match to.as_str() {
        to if allowed.contains(&to) => return None,
        "*" => "name what is used of the crate, not the crate itself".to_owned(),
        to => format!(
            "`{from}` must not use `{to}`; it may use {}",
            allowed.join(", ")
        ),
    };
    Some(format!("{at}: {complaint}"))
}

/// What each part's `settings.rs` defines.
fn settings_items(sources: &[Source]) -> BTreeMap<String, BTreeSet<String>> {
    let mut items = BTreeMap::<String, BTreeSet<String>>::new();
    for source in sources {
        let module = source.module();
        if let [part, file, ..] = module.as_slice()
            && file == "settings"
        {
            let defined = items.entry(part.clone()).or_default();
            defined.insert("settings".to_owned());
            defined.extend(source.text.lines().filter_map(definition));
        }
    }
    items
}

/// The name that a line like `pub struct Name {` defines.
fn definition(line: &str) -> Option<String> {
    let rest = line.strip_prefix("pub ")?;
    let rest = rest
        .strip_prefix("const fn ")
        .map_or(rest, |_| &rest["const ".len()..]);
    let (kind, rest) = rest.split_once(' ')?;
    ["struct", "enum", "type", "fn", "const", "trait"]
        .contains(&kind)
        .then_some(())?;
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}

fn beyond_settings(edge: &Edge, settings: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    let Edge { from, to, item, at } = edge;
    if from != "config" || CONFIG_NOUNS.contains(&to.as_str()) {
        return None;
    }
    let known = settings.get(to).is_some_and(|items| items.contains(item));
    (!known && !item.is_empty()).then(|| {
        format!("{at}: `config` may use settings of the parts only, and `{to}::{item}` is none of src/{to}/settings.rs")
    })
}

/// Modules that use each other, directly or by way of others.
pub fn circles(sources: &[Source]) -> Vec<String> {
    let mut uses = BTreeMap::<String, BTreeSet<String>>::new();
    for edge in sources.iter().flat_map(edges_of) {
        uses.entry(edge.from).or_default().insert(edge.to);
    }
    uses.keys()
        .filter(|start| reachable(&uses, start).contains(*start))
        .map(|start| format!("`{start}` is part of a circle of modules that use each other"))
        .collect()
}

fn reachable(uses: &BTreeMap<String, BTreeSet<String>>, start: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start.to_owned()];
    while let Some(next) = open.pop() {
        for used in uses.get(&next).into_iter().flatten() {
            if reached.insert(used.clone()) {
                open.push(used.clone());
            }
        }
    }
    reached
}

/// Foreign crates away from home.
pub fn foreign(sources: &[Source]) -> Vec<String> {
    sources.iter().flat_map(foreign_in).collect()
}

fn foreign_in(source: &Source) -> Vec<String> {
    let module = source.module();
    let at_home = |homes: &[&str]| {
        let settings = homes.contains(&"*") && module.get(1).is_some_and(|file| file == "settings");
        settings
            || module
                .first()
                .is_some_and(|part| homes.contains(&part.as_str()))
    };
    let away = |named: Named| {
        let Target::Elsewhere(name) = named.target() else {
            return None;
        };
        let (_, homes) = HOMES.iter().find(|(known, _)| *known == name)?;
        (!at_home(homes) && !is_test(&named.within)).then(|| {
            format!(
                "{}:{}: `{name}` is at home in {} only",
                source.path,
                named.line,
                homes.join(", ")
            )
        })
    };
    named(source).into_iter().filter_map(away).collect()
}

/// Whether a module is test code: unit tests may speak HTTP to a real server,
/// or read settings from TOML. Which modules they use is bound like any code's.
fn is_test(module: &[String]) -> bool {
    module
        .iter()
        .any(|part| part == "tests" || part == "testing" || part.ends_with("_tests"))
}

/// Rows of the table that point at themselves, downwards or nowhere.
pub fn table() -> Vec<String> {
    let above = |place: usize, name: &str| ROWS[..place].iter().any(|(known, _)| *known == name);
    ROWS.iter()
        .enumerate()
        .flat_map(|(place, (row, uses))| {
            let wrong = uses.iter().filter(move |used| !above(place, used));
            wrong.map(move |used| format!("the row `{row}` uses `{used}`, which is not above it"))
        })
        .collect()
}
