//! One rule, ready to be tried: everything that can be prepared once is.

use std::{borrow::Cow, collections::HashSet, fmt};

use ipnet::IpNet;
use regex::Regex;

use super::{person::Person, template::Template};
use crate::identity::{IdpName, fold_name};

/// A value, without surrounding white space and ready to be compared.
#[derive(Debug)]
pub(super) struct Text<'a> {
    /// As it came, trimmed.
    pub(super) raw: &'a str,
    /// As compared.
    pub(super) folded: String,
}

impl<'a> Text<'a> {
    /// `None` when the value is blank: an empty attribute is as good as none.
    pub(super) fn new(value: &'a str) -> Option<Self> {
        let raw = value.trim();
        (!raw.is_empty()).then(|| Self {
            raw,
            folded: fold_name(raw),
        })
    }
}

/// Which attribute the conditions on a value look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// The section's own.
    Own,
    /// Another one: its place among the mapping's other attributes.
    Other(usize),
    /// None: the rule has conditions on the person only.
    Nothing,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// Its number, from 1, as in the file.
    pub(super) number: usize,
    pub(super) reads: Reads,
    pub(super) person: PersonConditions,
    pub(super) text: TextConditions,
    pub(super) assign: Template,
}

/// The conditions on a person as a whole.
#[derive(Debug, Default)]
pub(super) struct PersonConditions {
    pub(super) idp: Option<IdpName>,
    pub(super) network: Option<Vec<IpNet>>,
    pub(super) email_domain: Option<String>,
    pub(super) group: Option<String>,
}

/// The conditions on one value, all but `matches` folded.
#[derive(Debug, Default)]
pub(super) struct TextConditions {
    pub(super) one_of: Option<HashSet<String>>,
    pub(super) starts_with: Option<String>,
    pub(super) ends_with: Option<String>,
    pub(super) contains: Option<String>,
    pub(super) matches: Option<Regex>,
}

/// The condition that did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet<'r> {
    Idp(&'r IdpName),
    Network,
    EmailDomain(&'r str),
    Group(&'r str),
    NotThere(&'r str),
    OneOf,
    StartsWith(&'r str),
    EndsWith(&'r str),
    Contains(&'r str),
    Matches(&'r str),
    /// Whether it held is not known; only of what the journal kept.
    NotKept(&'r str),
}

impl fmt::Display for Unmet<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idp(idp) => write!(formatter, "did not come by the identity provider `{idp}`"),
            Self::Network => formatter.write_str("the address is in none of the networks"),
            Self::EmailDomain(domain) => {
                write!(formatter, "has no e-mail address in `{domain}`")
            }
            Self::Group(group) => write!(formatter, "is not in the group `{group}`"),
            Self::NotThere(name) => {
                write!(formatter, "the attribute `{name}` is not there, or empty")
            }
            Self::OneOf => formatter.write_str("is not in `one_of`"),
            Self::StartsWith(text) => write!(formatter, "does not start with `{text}`"),
            Self::EndsWith(text) => write!(formatter, "does not end with `{text}`"),
            Self::Contains(text) => write!(formatter, "does not contain `{text}`"),
            Self::Matches(pattern) => write!(formatter, "does not match `{pattern}`"),
            Self::NotKept(what) => write!(formatter, "`{what}` was not kept"),
        }
    }
}

impl PersonConditions {
    /// Whether they all hold; the cheapest are asked first. What does not hold counts for
    /// more than what is not known.
    pub(super) fn hold<'r>(&'r self, person: &Person<'_>) -> Result<(), Unmet<'r>> {
        let mut held = Ok(());
        let mut ask = |answer: Option<bool>, what, unmet| match answer {
            Some(true) => Ok(()),
            Some(false) => Err(unmet),
            None => {
                held = Err(Unmet::NotKept(what));
                Ok(())
            }
        };
        if let Some(idp) = &self.idp {
            ask(Some(idp == person.idp()), "idp", Unmet::Idp(idp))?;
        }
        if let Some(networks) = &self.network {
            ask(person.is_in_any(networks), "network", Unmet::Network)?;
        }
        if let Some(domain) = &self.email_domain {
            let answer = person.has_email_in(domain);
            ask(answer, "email_domain", Unmet::EmailDomain(domain))?;
        }
        if let Some(group) = &self.group {
            ask(person.is_in_group(group), "group", Unmet::Group(group))?;
        }
        held
    }
}

impl TextConditions {
    /// Whether they all hold of this one value.
    pub(super) fn hold(&self, text: &Text<'_>) -> Result<(), Unmet<'_>> {
        let value = text.folded.as_str();
        if self.one_of.as_ref().is_some_and(|set| !set.contains(value)) {
            return Err(Unmet::OneOf);
        }
        if let Some(start) = &self.starts_with
            && !value.starts_with(start.as_str())
        {
            return Err(Unmet::StartsWith(start));
        }
        if let Some(end) = &self.ends_with
            && !value.ends_with(end.as_str())
        {
            return Err(Unmet::EndsWith(end));
        }
        if let Some(part) = &self.contains
            && !value.contains(part.as_str())
        {
            return Err(Unmet::Contains(part));
        }
        match &self.matches {
            Some(regex) if !regex.is_match(text.raw) => Err(Unmet::Matches(regex.as_str())),
            _ => Ok(()),
        }
    }
}

impl Rule {
    /// Whether every condition holds of the person and of this value.
    pub(super) fn holds(&self, person: &Person<'_>, text: &Text<'_>) -> Result<(), Unmet<'_>> {
        // The value first: it is what most rules differ in.
        self.text.hold(text)?;
        self.person.hold(person)
    }

    /// The name it assigns when it holds of `text`.
    pub(super) fn assigned(&self, text: Option<&Text<'_>>) -> Cow<'_, str> {
        if let Some(name) = self.assign.constant() {
            return Cow::Borrowed(name);
        }
        let captures = text.and_then(|text| self.text.matches.as_ref()?.captures(text.raw));
        // A template needs `matches`, and `matches` holds before this is asked.
        captures.map_or(Cow::Borrowed(""), |captures| {
            Cow::Owned(self.assign.expand(&captures))
        })
    }

    /// The names of its conditions, for people.
    pub(super) fn conditions(&self) -> String {
        let (text, person) = (&self.text, &self.person);
        [
            ("one_of", text.one_of.is_some()),
            ("starts_with", text.starts_with.is_some()),
            ("ends_with", text.ends_with.is_some()),
            ("contains", text.contains.is_some()),
            ("matches", text.matches.is_some()),
            ("group", person.group.is_some()),
            ("idp", person.idp.is_some()),
            ("email_domain", person.email_domain.is_some()),
            ("network", person.network.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
        .collect::<Vec<_>>()
        .join(", ")
    }
}
