//! `[flex.NAME.claims]`: what Flex receives has side effects there.

use std::collections::BTreeMap;

use crate::{
    config::found::shown,
    settings::{Problem, SettingPath},
};

/// Each claim; one without a value could not be read, which was said already.
type Claims = BTreeMap<String, Option<Vec<String>>>;

/// What Flex can't do without (Twilio error 45050).
const REQUIRED: [&str; 3] = ["email", "full_name", "roles"];

/// The types that Flex knows behind a name: `skill.int` is the worker attribute `skill`.
const TYPES: [&str; 6] = [
    "string",
    "int",
    "boolean",
    "stringarray",
    "intarray",
    "booleanarray",
];

pub(super) fn check(claims: &Claims, at: &SettingPath, problems: &mut Vec<Problem>) {
    for name in REQUIRED {
        if !claims.contains_key(name) {
            problems.push(missing(name, claims, at));
        }
    }
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (name, sources) in claims {
        let at = at.join(name.as_str());
        if sources.as_ref().is_some_and(Vec::is_empty) {
            problems.push(Problem::error(
                at.clone(),
                "there is no attribute to take it from",
                "Name at least one attribute of the identity provider, such as [\"mail\"].",
            ));
        }
        problems.extend(bad_name(name, &at).or_else(|| doubled(name, &mut seen, &at)));
        problems.extend(side_effect(name, &at));
    }
}

fn missing(name: &str, claims: &Claims, at: &SettingPath) -> Problem {
    let similar = claims.keys().find(|key| base(key) == name);
    let mend = match similar {
        Some(key) => format!("Write `{name}` for `{key}`: Flex looks for exactly that name."),
        None => format!(
            "Add `{name} = [\"…\"]` with the attributes of the identity provider that carry it."
        ),
    };
    Problem::error(
        at.clone(),
        format!("`{name}` is missing, and Flex lets nobody in without it"),
        mend,
    )
}

/// The worker attribute that a claim becomes, for comparing: type suffix and case folded.
fn base(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    match lower.rsplit_once('.') {
        Some((base, kind)) if TYPES.contains(&kind) => base.to_owned(),
        _ => lower,
    }
}

fn bad_name(name: &str, at: &SettingPath) -> Option<Problem> {
    let lower = name.to_ascii_lowercase();
    if lower.split('.').next().map(str::trim) == Some("flex_location") {
        return Some(Problem::error(
            at.clone(),
            "`flex_location` is what the bridge itself decides and checks",
            "Leave it out here; `[flex.NAME.location]` says where the location comes from.",
        ));
    }
    if base(name) == "name_id" && name != "name_id" {
        return Some(Problem::error(
            at.clone(),
            format!(
                "`{}` is not `name_id`, and would be released to Flex",
                shown(name)
            ),
            "Write exactly `name_id` to choose the NameID.",
        ));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte);
    let fine = (1..=256).contains(&name.len()) && name.bytes().all(plain);
    if !fine {
        return Some(Problem::error(
            at.clone(),
            "this can't be the name of a worker attribute",
            "Use ASCII letters, digits, `_`, `-`, `.`, `:` and `/`, at most 256.",
        ));
    }
    let suffix = name.rsplit_once('.').map(|(_, kind)| kind)?;
    let lower = suffix.to_ascii_lowercase();
    (lower != suffix && TYPES.contains(&lower.as_str())).then(|| {
        Problem::error(
            at.clone(),
            format!("Flex doesn't know the type `{suffix}`"),
            format!("Write `.{lower}`: types are lower case."),
        )
    })
}

fn doubled<'a>(
    name: &'a str,
    seen: &mut BTreeMap<String, &'a str>,
    at: &SettingPath,
) -> Option<Problem> {
    let other = seen.insert(base(name), name)?;
    Some(Problem::error(
        at.clone(),
        format!("`{name}` and `{other}` differ only by type or case"),
        "Keep one of them: Flex would take both for one attribute, and which one wins is chance.",
    ))
}

/// Names that do something in Flex beyond being stored.
fn side_effect(name: &str, at: &SettingPath) -> Option<Problem> {
    let base = base(name);
    let what = match base.as_str() {
        "contact_uri" => "decides where an agent's calls go",
        "department" | "location" | "manager" | "phone" => {
            "is shown in and reported by Flex Insights"
        }
        "routing" | "disabled_skills" => "belongs to Flex's own routing and skills",
        base if base.starts_with("channel.") => {
            "sets the worker's channels: capacity and availability"
        }
        base if base.starts_with("team_") => "moves the agent between teams",
        _ => return None,
    };
    Some(Problem::warning(
        at.clone(),
        format!("`{base}` {what}"),
        "Keep it if that is what you want; else leave it out, or release it under another name.",
    ))
}
