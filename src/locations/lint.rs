//! What an administrator should know of a list of locations. Pure.
//!
//! Must never: make an unknown edge an error; Twilio may add some.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use unicode_security::skeleton;

use super::{
    edges::{Edge, is_private, judge},
    oddity::{Oddity, OddityKind},
};
use crate::{
    identity::{Location, fold_name},
    settings::Severity,
};

/// The most findings that are kept; the rest is only counted.
const MOST: usize = 1_000;

/// The most characters of a word as shown in a finding.
const LONGEST_SHOWN: usize = 80;

/// One thing to know of a list of locations, or of what uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// An error: part of the list can't be used. A warning: it can, and probably isn't meant so.
    pub severity: Severity,
    /// The stable code.
    pub code: &'static str,
    /// The entry, counted from 0 as in the list, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The location's name, where there is one; control characters are shown as escapes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it.
    pub mend: String,
}

impl Finding {
    /// A finding about the location of that name.
    #[must_use]
    pub fn of(
        severity: Severity,
        code: &'static str,
        name: Option<&str>,
        message: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code,
            index: None,
            name: name.map(shown),
            message: message.into(),
            mend: mend.into(),
        }
    }
}

/// What was found, errors before warnings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Findings {
    /// The first thousand.
    pub findings: Vec<Finding>,
    /// How many there are beyond these.
    pub more: usize,
    /// How many errors, of all.
    pub errors: usize,
    /// How many warnings, of all.
    pub warnings: usize,
}

impl Findings {
    /// Adds one.
    pub fn add(&mut self, finding: Finding) {
        match finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        if self.findings.len() < MOST {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// Errors first, otherwise as they were found.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.findings.sort_by_key(|finding| finding.severity);
        self
    }
}

/// Lints a list: its usable locations, and what was odd when it was read.
#[must_use]
pub fn lint<'a>(
    locations: impl Iterator<Item = &'a Location>,
    oddities: &[Oddity],
    more_oddities: usize,
) -> Findings {
    let mut found = Findings::default();
    for odd in oddities {
        found.add(of_oddity(odd));
    }
    found.more += more_oddities;
    let mut alike = HashMap::new();
    for location in locations {
        look_alike(&mut found, &mut alike, location);
        of_name(&mut found, &location.name);
        of_edges(&mut found, location);
    }
    found.sorted()
}

fn of_oddity(odd: &Oddity) -> Finding {
    Finding {
        severity: severity(odd.kind),
        code: odd.kind.as_str(),
        index: odd.index,
        name: odd.name.clone(),
        message: odd.kind.meaning().to_owned(),
        mend: odd.kind.mend().to_owned(),
    }
}

/// An oddity is an error when an entry, or its edges, can't be used by anybody.
const fn severity(kind: OddityKind) -> Severity {
    match kind {
        OddityKind::NotAnObject
        | OddityKind::NameMissing
        | OddityKind::NameNotText
        | OddityKind::NameBlank
        | OddityKind::NameTooLong
        | OddityKind::NameUnsendable
        | OddityKind::NameDuplicate
        | OddityKind::EdgeEmpty
        | OddityKind::EdgeNotText => Severity::Error,
        OddityKind::NoList
        | OddityKind::NamePadded
        | OddityKind::NameControl
        | OddityKind::NameAlike
        | OddityKind::EdgeMissing
        | OddityKind::EdgeTooMany => Severity::Warning,
    }
}

/// What a name looks like to somebody who reads it.
#[must_use]
pub(super) fn looks(name: &str) -> String {
    fold_name(&skeleton(name).collect::<String>())
}

fn look_alike<'a>(
    found: &mut Findings,
    seen: &mut HashMap<String, &'a str>,
    location: &'a Location,
) {
    let name = location.name.as_str();
    let earlier = *seen.entry(looks(name)).or_insert(name);
    // What differs in case, white space or form only was found when the list was read.
    if earlier != name && fold_name(earlier) != fold_name(name) {
        found.add(Finding::of(
            Severity::Warning,
            "name.look_alike",
            Some(name),
            format!("The name looks like \"{}\" and is another.", shown(earlier)),
            "Rename one of the two: letters of other scripts, and 1, l, I, 0 and O, are easily taken for each other.",
        ));
    }
}

fn of_name(found: &mut Findings, name: &str) {
    if name.contains('-') {
        found.add(Finding::of(
            Severity::Warning,
            "name.hyphen",
            Some(name),
            "The name has a hyphen; TaskRouter's expressions may not be able to read worker attributes with one.",
            "Write it without a hyphen if a workflow or a queue ever looks at `flex_location`.",
        ));
    }
}

fn of_edges(found: &mut Findings, location: &Location) {
    let name = Some(location.name.as_str());
    let mut warn = |code, message: String, mend: String| {
        found.add(Finding::of(Severity::Warning, code, name, message, mend));
    };
    for (place, edge) in location.edges.iter().enumerate() {
        let word = shown(edge);
        match judge(edge) {
            Edge::Known => {}
            Edge::Region(instead) => warn(
                "edge.region",
                format!("`{word}` is a region ID of older voice clients, not an edge."),
                format!("Write `{instead}`."),
            ),
            Edge::Unknown(likely) => warn(
                "edge.unknown",
                format!("`{word}` is no edge that Twilio documents; agents can't be expected to connect by it."),
                likely.map_or_else(
                    || "Look it up in Twilio's list of edge locations; leave it if Twilio has told you of it.".to_owned(),
                    |edge| format!("Write `{edge}`, if that is meant."),
                ),
            ),
        }
        if location.edges[..place].contains(edge) {
            warn(
                "edge.repeated",
                format!("`{word}` stands in the list twice."),
                "Remove the later one: an edge that failed is not tried again.".to_owned(),
            );
        }
    }
    if !location.edges.is_empty() && location.edges.iter().all(|edge| is_private(edge)) {
        warn(
            "edge.private_only",
            "Each edge is one of Twilio Interconnect: agents outside the company's network have no voice.".to_owned(),
            "Add a public edge or `roaming` at the end, unless nobody ever signs in from elsewhere.".to_owned(),
        );
    }
}

/// Fit for one line: cut, control characters as escapes.
pub(super) fn shown(text: &str) -> String {
    let start: String = text.chars().take(LONGEST_SHOWN).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!("{}{more}", start.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locations::parse;
    use serde_json::{Value, json};

    fn codes(list: &Value) -> Vec<(Severity, &'static str)> {
        let parsed = parse(list).unwrap();
        let found = lint(
            parsed.locations.iter(),
            &parsed.oddities,
            parsed.more_oddities,
        );
        let findings = found.findings.iter();
        findings.map(|one| (one.severity, one.code)).collect()
    }

    #[test]
    fn what_is_found() {
        use Severity::{Error, Warning};
        let at = |name: &str| json!({ "name": name, "edge": "roaming" });
        let by = |edge: Value| json!([{ "name": "A", "edge": edge }]);
        for (list, found) in [
            (json!([]), vec![]),
            (by(json!(["singapore-ix", "singapore", "roaming"])), vec![]),
            (
                by(json!(["sanjose-ix", "ashburn"])),
                vec![(Warning, "edge.unknown")],
            ),
            (
                by(json!(["sanjose-ix", "ashburn-ix"])),
                vec![(Warning, "edge.unknown"), (Warning, "edge.private_only")],
            ),
            (by(json!("us1")), vec![(Warning, "edge.region")]),
            (by(json!("mumbai")), vec![(Warning, "edge.unknown")]),
            (by(json!("london-ix")), vec![(Warning, "edge.private_only")]),
            (
                by(json!(["tokyo", "tokyo"])),
                vec![(Warning, "edge.repeated")],
            ),
            (by(json!([])), vec![(Error, "edge.empty")]),
            (by(json!(["tokyo", 7])), vec![(Error, "edge.not_text")]),
            (json!([{ "name": "A" }]), vec![(Warning, "edge.missing")]),
            (json!([at("San-Francisco")]), vec![(Warning, "name.hyphen")]),
            (json!([at("")]), vec![(Error, "name.blank")]),
            (
                json!([at("A "), at("A")]),
                vec![(Warning, "name.padded"), (Warning, "name.alike")],
            ),
            (json!([at("A"), at("A")]), vec![(Error, "name.duplicate")]),
            (json!([at("a"), at("A")]), vec![(Warning, "name.alike")]),
            // Cyrillic А; one and small L; nothing to confuse.
            (
                json!([at("Austin"), at("\u{410}ustin")]),
                vec![(Warning, "name.look_alike")],
            ),
            (
                json!([at("Floor 1"), at("Floor l")]),
                vec![(Warning, "name.look_alike")],
            ),
            (json!([at("Floor 1"), at("Floor 2")]), vec![]),
            (
                json!([at("A-B"), at("A-B")]),
                vec![(Error, "name.duplicate"), (Warning, "name.hyphen")],
            ),
        ] {
            assert_eq!(codes(&list), found, "{list}");
        }
    }

    #[test]
    fn the_edge_of_twilios_own_article_gets_its_proposal() {
        let parsed = parse(&json!([{ "name": "SF", "edge": ["sanjose-ix", "ashburn"] }])).unwrap();
        let found = lint(parsed.locations.iter(), &[], 0);
        assert!(found.findings[0].message.contains("`sanjose-ix`"));
        assert_eq!(
            found.findings[0].mend,
            "Write `san-jose-ix`, if that is meant."
        );
    }

    #[test]
    fn more_than_anybody_reads_is_counted() {
        let list: Vec<_> = (0..3_000)
            .map(|number| json!({ "name": format!("L{number}"), "edge": "x".repeat(200) }))
            .collect();
        let parsed = parse(&json!(list)).unwrap();
        let found = lint(parsed.locations.iter(), &parsed.oddities, 5);
        assert_eq!((found.findings.len(), found.more), (MOST, 2_005));
        assert_eq!((found.errors, found.warnings), (0, 3_000));
        assert!(found.findings[0].message.len() < 300);
    }
}
