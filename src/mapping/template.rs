//! What a rule assigns: a name, or a name with named groups of `matches` in it.

use regex::Captures;

/// An `assign`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Group(String),
}

/// Which named groups there are to refer to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Groups<'a> {
    /// The rule has no `matches`.
    NoMatches,
    /// `matches` can't be compiled, so nothing is known of its groups.
    Unknown,
    /// These.
    Named(&'a [String]),
}

/// What is wrong with an `assign`, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) mend: String,
}

impl Complaint {
    fn new(message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            mend: mend.into(),
        }
    }
}

impl Template {
    /// Takes `text` apart.
    ///
    /// # Errors
    /// The first complaint about its placeholders.
    pub(super) fn parse(text: &str, groups: Groups<'_>) -> Result<Self, Complaint> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            plain.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                plain.push('$');
                rest = after;
            } else if let Some(inner) = after.strip_prefix('{') {
                let (name, after) = inner.split_once('}').ok_or_else(|| {
                    Complaint::new(
                        "`${` is not closed",
                        "write `${name}`, or `$${` if the location's name really has `${` in it",
                    )
                })?;
                check_group(name, groups)?;
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(Part::Group(name.to_owned()));
                rest = after;
            } else {
                check_bare_dollar(after, groups)?;
                plain.push('$');
                rest = after;
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The name, if it is the same for everybody.
    pub(super) fn constant(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether something between its texts could make it `name`, case aside.
    pub(super) fn may_be(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        let mut rest = name.as_str();
        for (place, part) in self.0.iter().enumerate() {
            let Part::Text(text) = part else { continue };
            let text = text.to_lowercase();
            // The first text stands at the beginning unless a group stands before it.
            let at = match place {
                0 => rest.starts_with(&text).then_some(0),
                _ if place + 1 == self.0.len() => {
                    rest.ends_with(&text).then(|| rest.len() - text.len())
                }
                _ => rest.find(&text),
            };
            let Some(at) = at else { return false };
            rest = &rest[at + text.len()..];
        }
        matches!(self.0.last(), Some(Part::Group(_))) || rest.is_empty()
    }

    /// The name with `captures` filled in; a group that took no part is empty.
    pub(super) fn expand(&self, captures: &Captures<'_>) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Group(name) => captures.name(name).map_or("", |group| group.as_str()),
            })
            .collect()
    }
}

fn check_group(name: &str, groups: Groups<'_>) -> Result<(), Complaint> {
    if name.is_empty() || name.contains(['$', '{']) {
        return Err(Complaint::new(
            format!("`${{{name}}}` names no group"),
            "write `${name}`, with a group that `matches` names as `(?<name>…)`",
        ));
    }
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(numbered(name));
    }
    match groups {
        Groups::Unknown => Ok(()),
        Groups::NoMatches => Err(Complaint::new(
            format!("`${{{name}}}` refers to a group, but the rule has no `matches`"),
            format!("add `matches` with a group `(?<{name}>…)`, or write the location's name out"),
        )),
        Groups::Named(known) if known.iter().any(|group| group == name) => Ok(()),
        Groups::Named(known) => Err(Complaint::new(
            format!("`matches` has no group named `{name}`"),
            if known.is_empty() {
                format!("name a group in it: `(?<{name}>…)`")
            } else {
                format!("its named groups are: {}", known.join(", "))
            },
        )),
    }
}

/// A `$` that opens no placeholder is a dollar sign, unless it looks as if more was meant.
fn check_bare_dollar(after: &str, groups: Groups<'_>) -> Result<(), Complaint> {
    let word = |character: char| character.is_alphanumeric() || character == '_';
    let name = &after[..after.find(|c| !word(c)).unwrap_or(after.len())];
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(numbered(name));
    }
    match groups {
        Groups::Named(known) if known.iter().any(|group| group == name) => Err(Complaint::new(
            format!("`${name}` is not a placeholder, and would be taken as it stands"),
            format!("write `${{{name}}}`, or `$${name}` if the location's name really has it"),
        )),
        _ => Ok(()),
    }
}

fn numbered(number: &str) -> Complaint {
    Complaint::new(
        format!("`${number}` refers to a group by its number"),
        format!(
            "name the group, as in `(?<city>…)`, and write `${{city}}`; for a dollar sign before `{number}` write `$${number}`"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_may_make() {
        let groups = ["city".to_owned(), "floor".to_owned()];
        for (template, name, may) in [
            ("${city} Office", "Lisbon Office", true),
            ("${city} Office", "lisbon OFFICE", true),
            ("${city} Office", "Lisbon Offices", false),
            ("${city} Office", " Office", true),
            ("${city} Office", "Old Office East Office", true),
            ("Office ${city}", "Office Lisbon", true),
            ("Office ${city}", "An Office Lisbon", false),
            ("${city} Office ${floor}", "Lisbon Office 3", true),
            ("${city} Office ${floor}", "Lisbon 3", false),
            ("${city}${floor}", "anything", true),
            ("A ${city} A", "A A", false),
            ("A ${city} A", "A  A", true),
            ("São ${city} é", "SÃO x É", true),
            ("Lisbon", "Lisbon", true),
            ("Lisbon", "Lisbon 2", false),
        ] {
            let parsed = Template::parse(template, Groups::Named(&groups)).unwrap();
            assert_eq!(parsed.may_be(name), may, "{template}: {name}");
        }
    }

    fn groups() -> Vec<String> {
        vec!["city".to_owned(), "floor".to_owned()]
    }

    #[test]
    fn fills_in_named_groups_and_nothing_else() {
        let regex = regex::Regex::new("^(?<city>[A-Z]+)(-(?<floor>[0-9]))?$").unwrap();
        for (assign, value, name) in [
            ("${city} Office", "SG", "SG Office"),
            ("${city}${floor}", "SG-4", "SG4"),
            ("${city} ${floor}", "SG", "SG "),
            ("A $$ B ${city}", "SG", "A $ B SG"),
            ("$${city}", "SG", "${city}"),
            ("$ ${city}$", "SG", "$ SG$"),
            ("café ${city} 🌏", "SG", "café SG 🌏"),
        ] {
            let template = Template::parse(assign, Groups::Named(&groups())).unwrap();
            assert_eq!(
                template.expand(&regex.captures(value).unwrap()),
                name,
                "{assign}"
            );
        }
    }

    #[test]
    fn a_name_without_placeholders_is_constant() {
        for (assign, name) in [("R&D <West>", "R&D <West>"), ("$$1 Store", "$1 Store")] {
            let template = Template::parse(assign, Groups::NoMatches).unwrap();
            assert_eq!(template.constant(), Some(name));
        }
        let template = Template::parse("${city}", Groups::Unknown).unwrap();
        assert_eq!(template.constant(), None);
    }

    #[test]
    fn what_was_probably_meant_otherwise_is_refused() {
        for (assign, word) in [
            ("${city", "not closed"),
            ("${}", "names no group"),
            ("${a${city}}", "names no group"),
            ("$1 Office", "number"),
            ("${1} Office", "number"),
            ("$city Office", "not a placeholder"),
            ("${town}", "no group named `town`"),
        ] {
            let complaint = Template::parse(assign, Groups::Named(&groups())).unwrap_err();
            assert!(
                complaint.message.contains(word),
                "{assign}: {}",
                complaint.message
            );
            assert!(!complaint.mend.is_empty());
        }
        let whole = ["in_town".to_owned()];
        assert!(Template::parse("$in_town", Groups::Named(&whole)).is_err());
        assert!(Template::parse("${city}", Groups::NoMatches).is_err());
        for (known, mend) in [
            (&groups()[..], "its named groups are: city, floor"),
            (&[], "name a group in it"),
        ] {
            let complaint = Template::parse("${town}", Groups::Named(known)).unwrap_err();
            assert!(complaint.mend.contains(mend), "{complaint:?}");
        }
    }
}
