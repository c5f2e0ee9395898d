//! What Flex receives of a person, and the only way to it.

use std::{fmt, sync::LazyLock};

use schemars::JsonSchema;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

use super::{LocationOutcome, NameId};

/// The attribute by which Flex learns a person's location.
const LOCATION: &str = "flex_location";

/// Flex's type suffixes: `skill.int` becomes the worker attribute `skill`, an integer.
const SUFFIXES: [&str; 6] = [
    ".string",
    ".int",
    ".boolean",
    ".stringarray",
    ".intarray",
    ".booleanarray",
];

/// One attribute as Flex receives it.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReleasedAttribute {
    /// The name, with its type suffix if it has one.
    pub name: String,
    /// The values; one value that is empty clears what the worker has.
    pub values: Vec<String>,
}

impl fmt::Debug for ReleasedAttribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {} values", self.name, self.values.len())
    }
}

/// What Flex receives: the NameID, the configured claims, and at most one `flex_location`.
///
/// To hold one is the proof that no name stands in it twice, and that its
/// `flex_location` is a defined name or empty: only [`Release::new`] makes one,
/// and it takes the location from a [`LocationOutcome`] alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    name_id: NameId,
    attributes: Vec<ReleasedAttribute>,
    remarks: Vec<String>,
}

/// Why attributes can't be released as they are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReleasable {
    /// Only the decision may set the location.
    #[error("`{0}` is, or looks like, `flex_location`, which only the decision may set")]
    Location(String),
    /// Flex would keep only one of them, and it is not said which.
    #[error("`{0}` would be sent twice")]
    Twice(String),
    /// The decision was to refuse the login.
    #[error("the decision about the location was to refuse")]
    Refused,
}

impl Release {
    /// Puts together what Flex receives: `claims` in their order, then the location.
    ///
    /// # Errors
    /// [`NotReleasable`] when a claim is named like the location, when two
    /// claims would become one worker attribute, or when `location` refuses.
    pub fn new(
        name_id: NameId,
        claims: Vec<ReleasedAttribute>,
        location: &LocationOutcome,
    ) -> Result<Self, NotReleasable> {
        let mut keys = std::collections::HashSet::new();
        for claim in &claims {
            if resembles_location(&claim.name) {
                return Err(NotReleasable::Location(claim.name.clone()));
            }
            if !keys.insert(claim_key(&claim.name)) {
                return Err(NotReleasable::Twice(claim.name.clone()));
            }
        }
        let value = match location {
            LocationOutcome::Assign(location) => Some(location.as_str().to_owned()),
            LocationOutcome::Clear => Some(String::new()),
            LocationOutcome::Omit => None,
            LocationOutcome::Refuse => return Err(NotReleasable::Refused),
        };
        let mut attributes = claims;
        attributes.extend(value.map(|value| ReleasedAttribute {
            name: LOCATION.to_owned(),
            values: vec![value],
        }));
        Ok(Self {
            name_id,
            attributes,
            remarks: Vec::new(),
        })
    }

    /// The same, with what the administrator should know of how it came about.
    /// A remark names attributes, never their values.
    #[must_use]
    pub fn with_remarks(mut self, remarks: Vec<String>) -> Self {
        self.remarks = remarks;
        self
    }

    /// Who it is; to Flex this is the agent.
    #[must_use]
    pub const fn name_id(&self) -> &NameId {
        &self.name_id
    }

    /// The attributes, in the order in which they are sent.
    #[must_use]
    pub fn attributes(&self) -> &[ReleasedAttribute] {
        &self.attributes
    }

    /// What Flex is told of the location: a defined name, `Some("")` to clear it, `None` to leave it.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let location = attributes.find(|attribute| attribute.name == LOCATION)?;
        location.values.first().map(String::as_str)
    }

    /// What the administrator should know of how this came about.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
}

/// What two names have in common that must not both be sent: the name without
/// its type suffix, in one case and Unicode form, without invisible characters.
#[must_use]
pub fn claim_key(name: &str) -> String {
    let key: String = name
        .nfkc()
        .filter(|&character| !invisible(character))
        .flat_map(char::to_lowercase)
        .nfkc()
        .collect();
    let key = key.trim();
    let suffix = SUFFIXES.iter().find(|suffix| key.ends_with(**suffix));
    suffix
        .map_or(key, |suffix| &key[..key.len() - suffix.len()])
        .to_owned()
}

/// The letters of the location's own name, and of each type suffix: the same for every login.
static LOCATION_LETTERS: LazyLock<String> = LazyLock::new(|| letters(LOCATION));
static SUFFIX_LETTERS: LazyLock<[String; 6]> = LazyLock::new(|| SUFFIXES.map(letters));

/// Whether a name is `flex_location`, or could be taken for it: another case,
/// a type suffix, other separators, look-alike letters, invisible characters.
#[must_use]
pub fn resembles_location(name: &str) -> bool {
    let bare = claim_key(name);
    // A capital I is mistaken for l only before it becomes an i, so both are looked at.
    resembles(name) || bare != name && resembles(&bare)
}

fn resembles(text: &str) -> bool {
    let seen = letters(text);
    seen.strip_prefix(&**LOCATION_LETTERS)
        .is_some_and(|rest| rest.is_empty() || SUFFIX_LETTERS.iter().any(|suffix| rest == suffix))
}

/// The letters of `text` as the eye takes them (Unicode TS #39, skeleton), and nothing between.
fn letters(text: &str) -> String {
    let plain: String = text.nfkc().filter(|&c| !invisible(c)).collect();
    let seen: String = skeleton(&plain).flat_map(char::to_lowercase).collect();
    skeleton(&seen)
        .filter(|character| character.is_alphanumeric())
        .collect()
}

/// Characters that nobody sees in a name: joiners, marks of direction,
/// variation selectors, soft hyphens, tags, controls.
fn invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    ) || character.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{DefinedLocations, Location};

    fn person() -> NameId {
        NameId {
            value: "ann".into(),
            format: None,
        }
    }

    fn claim(name: &str) -> ReleasedAttribute {
        ReleasedAttribute {
            name: name.into(),
            values: vec!["x".into()],
        }
    }

    #[test]
    fn the_location_comes_last_and_from_the_decision_alone() {
        let defined = DefinedLocations::new([Location {
            name: "R&D <West>".into(),
            edges: vec![],
        }]);
        let assign = LocationOutcome::Assign(defined.permit("R&D <West>").unwrap());
        for (outcome, sent) in [
            (assign, Some("R&D <West>")),
            (LocationOutcome::Clear, Some("")),
            (LocationOutcome::Omit, None),
        ] {
            let release = Release::new(person(), vec![claim("email")], &outcome).unwrap();
            assert_eq!(release.location(), sent);
            assert_eq!(
                release.attributes().len(),
                1 + usize::from(sent.is_some()),
                "{outcome:?}"
            );
        }
        assert_eq!(
            Release::new(person(), vec![], &LocationOutcome::Refuse),
            Err(NotReleasable::Refused)
        );
    }

    #[test]
    fn nothing_that_looks_like_the_location_passes() {
        for name in [
            "flex_location",
            "FLEX_LOCATION",
            "flex_location.string",
            "Flex_Location.StringArray",
            " flex_location\u{200b}",
            "flex\u{ad}_location",
            "ｆｌｅｘ＿ｌｏｃａｔｉｏｎ",
            "fl\u{435}x_location",        // Cyrillic е
            "flex_l\u{3bf}cation.string", // Greek ο
            "fIex_Iocation",
            "f1ex_1ocation",
            "flex_l0cation",
            "flex-location",
            "flexLocation",
            "flex.location",
            "ﬂex_location",
            "f\u{2060}lex_locatio\u{e0061}n",
        ] {
            assert!(resembles_location(name), "{name}");
            assert!(matches!(
                Release::new(person(), vec![claim(name)], &LocationOutcome::Omit),
                Err(NotReleasable::Location(_))
            ));
        }
        for name in ["location", "flex_locations", "my_flex_location", "flex", ""] {
            assert!(!resembles_location(name), "{name}");
        }
    }

    #[test]
    fn nothing_is_sent_twice() {
        for (one, other) in [
            ("skill.int", "skill"),
            ("skill", "Skill"),
            ("skill.int", "SKILL.STRING"),
            ("skill", "ski\u{200b}ll"),
        ] {
            assert!(matches!(
                Release::new(
                    person(),
                    vec![claim(one), claim(other)],
                    &LocationOutcome::Omit
                ),
                Err(NotReleasable::Twice(_))
            ));
        }
    }
}
