//! `[flex.NAME.claims]`, checked once: what Flex may receive, and from where.
//!
//! Must never: let through what could be taken for the location, or two names that Flex takes for one.

use std::collections::HashMap;

use super::ClaimSettings;
use crate::{
    identity::{claim_key, resembles_location},
    settings::{Problem, SettingPath, Severity},
};

/// What Flex must receive of everybody (Twilio's error 45050 otherwise).
const REQUIRED: [&str; 3] = ["email", "full_name", "roles"];

/// The key that chooses the NameID; it is no attribute of its own.
const NAME_ID: &str = "name_id";

/// The claims of one Flex account, compiled.
#[derive(Debug, Clone)]
pub struct Claims {
    /// The attributes that may be the NameID, when it is not the one that came.
    pub(super) name_id: Option<Vec<String>>,
    pub(super) list: Vec<Claim>,
    warnings: Vec<Problem>,
}

/// One attribute that Flex receives.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    /// Its name, with its type suffix.
    pub(super) name: String,
    /// Where it comes from; the first that is present and not blank counts.
    pub(super) sources: Vec<String>,
    pub(super) kind: Kind,
}

/// What Flex makes of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `email`, `full_name`: required, one value, trimmed.
    Person,
    /// `roles`: required, all values, trimmed.
    Roles,
    /// One value as it is.
    Text,
    Integer,
    Boolean,
    /// One value of elements with commas between.
    TextArray,
    IntegerArray,
    BooleanArray,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "email" | "full_name" => return Self::Person,
            "roles" => return Self::Roles,
            _ => {}
        }
        match name.rsplit_once('.').map(|(_, suffix)| suffix) {
            Some("int") => Self::Integer,
            Some("boolean") => Self::Boolean,
            Some("stringarray") => Self::TextArray,
            Some("intarray") => Self::IntegerArray,
            Some("booleanarray") => Self::BooleanArray,
            _ => Self::Text,
        }
    }

    pub(super) const fn required(self) -> bool {
        matches!(self, Self::Person | Self::Roles)
    }
}

impl Claims {
    /// Whether the NameID is chosen by a claim, and is not the identity provider's own.
    #[must_use]
    pub const fn chooses_name_id(&self) -> bool {
        self.name_id.is_some()
    }

    /// Checks and compiles the claims.
    ///
    /// # Errors
    /// Every problem at once, warnings among them, with paths as seen from the
    /// section, when at least one is an error.
    pub fn new(settings: &ClaimSettings) -> Result<Self, Vec<Problem>> {
        let mut problems = missing(settings);
        let mut keys: HashMap<String, &str> = HashMap::new();
        for (name, sources) in &settings.0 {
            problems.extend(check_sources(name, sources));
            if name == NAME_ID {
                continue;
            }
            problems.extend(check_name(name));
            if let Some(earlier) = keys.insert(claim_key(name), name) {
                problems.push(Problem::error(
                    path(name),
                    format!("`{name}` and `{earlier}` become one worker attribute, and Flex would keep only one of them"),
                    "keep one of the two; give it several sources if that is what was meant",
                ));
            }
        }
        if problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
        {
            return Err(problems);
        }
        let claim = |(name, sources): (&String, &Vec<String>)| Claim {
            name: name.clone(),
            sources: sources.clone(),
            kind: Kind::of(name),
        };
        let claims = settings.0.iter().filter(|(name, _)| *name != NAME_ID);
        Ok(Self {
            name_id: settings.0.get(NAME_ID).cloned(),
            list: claims.map(claim).collect(),
            warnings: problems,
        })
    }

    /// Where each claim may come from, the NameID's sources first if it has any.
    pub fn sources(&self) -> impl Iterator<Item = &[String]> {
        let claims = self.list.iter().map(|claim| &*claim.sources);
        self.name_id.as_deref().into_iter().chain(claims)
    }

    /// Whether Flex is told the person's name, address or NameID by this attribute.
    pub(super) fn is_personal(&self, attribute: &str) -> bool {
        let persons = self.list.iter().filter(|claim| claim.kind == Kind::Person);
        let persons = persons.map(|claim| &claim.sources);
        persons
            .chain(&self.name_id)
            .flatten()
            .any(|source| source == attribute)
    }

    /// What the administrator should know of claims that can be used: side
    /// effects that some have in Flex.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }
}

fn path(name: &str) -> SettingPath {
    SettingPath::root().join(name)
}

fn missing(settings: &ClaimSettings) -> Vec<Problem> {
    let absent = REQUIRED
        .iter()
        .filter(|name| !settings.0.contains_key(**name));
    absent
        .map(|name| {
            let other = settings.0.keys().find(|key| claim_key(key) == *name);
            let mend = match other {
                Some(other) => format!(
                    "write `{other}` as `{name}`: Flex knows its type, and tells case apart"
                ),
                None => format!("name the attributes it may come from: {name} = [\"{name}\"]"),
            };
            Problem::error(
                path(name),
                format!("Flex refuses agents without `{name}`"),
                mend,
            )
        })
        .collect()
}

fn check_sources(name: &str, sources: &[String]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if sources.is_empty() {
        problems.push(Problem::error(
            path(name),
            format!("`{name}` has no source"),
            "name the attributes it may come from, or remove it",
        ));
    }
    for (index, source) in sources.iter().enumerate() {
        let path = path(name).join(index);
        let last = source.rsplit(['/', ':']).next().unwrap_or_default();
        if source.trim().is_empty() {
            problems.push(Problem::error(
                path,
                "the attribute's name is blank",
                "name an attribute, or remove this entry",
            ));
        } else if resembles_location(source) || resembles_location(last) {
            problems.push(Problem::error(
                path,
                format!("`{source}` is, or looks like, `flex_location`, which is never released as it comes"),
                format!("to let it decide the location, name it under `location`: attribute = [\"{source}\"]"),
            ));
        }
    }
    problems
}

fn check_name(name: &str) -> Vec<Problem> {
    let error = |message: String, mend: &str| vec![Problem::error(path(name), message, mend)];
    if resembles_location(name) {
        return error(
            format!(
                "`{name}` is, or looks like, `flex_location`, which only the location rules set"
            ),
            "remove it, and name the attribute under `location`: attribute = […]",
        );
    }
    if name.is_empty()
        || name.contains(|c: char| c.is_whitespace() || c.is_control())
        || uncarriable(name).is_some()
    {
        return error(
            format!("`{name}` can't be the name of a worker attribute"),
            "use a name without white space, as the worker attribute shall be called in Flex",
        );
    }
    if name.eq_ignore_ascii_case(NAME_ID) {
        return error(
            format!("`{name}` is not `{NAME_ID}`, and would be released to Flex"),
            "write exactly `name_id` to choose the NameID",
        );
    }
    if let Some((_, suffix)) = name.rsplit_once('.') {
        let lower = suffix.to_ascii_lowercase();
        let typed = claim_key(&format!("x.{lower}")) == "x";
        if typed && lower != suffix {
            return error(
                format!("Flex knows the type `.{suffix}` in lower case only"),
                "write the type in lower case",
            );
        }
    }
    side_effect(name).into_iter().collect()
}

/// The first character that no XML 1.0 document can hold (XML 1.0 §2.2).
pub(super) fn uncarriable(text: &str) -> Option<char> {
    let forbidden = |character: &char| {
        matches!(
            character,
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    text.chars().find(forbidden)
}

/// What releasing some attributes does in Flex besides showing them.
fn side_effect(name: &str) -> Option<Problem> {
    let key = claim_key(name);
    let effect = match key.as_str() {
        "contact_uri" => {
            "Flex routes the agent's calls to it, away from the browser if it is a SIP address or telephone number"
        }
        "team_member" | "team_owner" => {
            "Flex moves the agent between teams by it, and an empty value takes the agent out"
        }
        "team_sid" => "Flex's Teams page keeps its own state in it",
        "department"
        | "location"
        | "manager"
        | "phone"
        | "team_id"
        | "team_name"
        | "team_name_in_hierarchy" => "Flex Insights groups its reports by it",
        "routing" | "disabled_skills" => "Flex keeps the agent's skills in it",
        key if key.starts_with("channel.") => {
            "Flex sets the capacity and availability of the agent's channels by it"
        }
        _ if name.contains("://") || name.starts_with("urn:") => {
            "Flex does not map names with a namespace to worker attributes"
        }
        _ => return None,
    };
    Some(Problem::warning(
        path(name),
        format!("releasing `{name}` does more than it seems: {effect}"),
        "keep it if that is what you want; else choose another name, or remove it",
    ))
}

#[cfg(test)]
mod tests;
