//! From attributes to a location, with every step explained. Pure.
//!
//! Must never: do I/O, or hand out a location that the defined list did not permit.
//!
//! # How a location is decided
//!
//! 1. Of the configured attributes the first that is present and not blank
//!    counts. Names are compared exactly.
//! 2. Rules are tried in order; the first that holds decides. A rule whose
//!    conditions look at the attribute is tried on each of its values. A rule
//!    that looks elsewhere (`group`, `idp`, `email_domain`, `network`, or
//!    another attribute) holds for the person as a whole, and works when none
//!    of the attributes arrived.
//! 3. When no rule holds, a value that names a defined location is taken by its word.
//! 4. What is found is looked up in the defined list: byte for byte first,
//!    else folded, if exactly one name is then the same. The *defined* name is sent.
//! 5. Otherwise nothing matched, and `no_match` has the last word.
//!
//! # Several values
//!
//! An attribute with several values (departments, group names) is common, and
//! most of its values mean nothing here. So values that lead nowhere are
//! ignored beside one that leads somewhere. Two values that lead to *different*
//! locations are ambiguous and treated as no match: the order of values is
//! often the directory's accident, and a location that changes from login to
//! login is worse than none. A rule about the person that stands behind a rule
//! which held for some value decides nothing any more, also not for the other
//! values: that is what makes a catch-all at the end a catch-all.
//!
//! # What is not defined
//!
//! A rule that holds but assigns an undefined name ends the search. Falling
//! through to a later rule would hide the mistake and seat the agent where the
//! administrator did not say; the journal names the rule instead.

mod answers;
mod check;
mod compile;
mod conclude;
mod decide;
mod forms;
mod person;
mod recall;
mod record;
mod repeats;
mod rule;
mod settings;
mod template;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, net::IpAddr};

pub use check::{nearest, suggest_rule};
pub use recall::{NotKept, Recalled};
pub use settings::*;

use crate::{
    identity::{Decision, DefinedLocations, Identity},
    settings::{Problem, SettingPath, Severity},
};

/// How many values of one attribute are tried at most; more are left out, and said so.
pub const MOST_VALUES: usize = 1_000;

/// The rules of one Flex account, compiled.
#[derive(Debug)]
pub struct Mapping {
    attributes: Vec<String>,
    group_attributes: Vec<String>,
    email_attributes: Vec<String>,
    no_match: NoMatch,
    unavailable: Unavailable,
    rules: Vec<rule::Rule>,
    /// The attributes that rules read besides the section's own.
    others: Vec<String>,
    index: Index,
    warnings: Vec<Problem>,
    assigned: Vec<String>,
}

/// Which rules to try, by their places in `rules`, each list in order.
#[derive(Debug, Default)]
struct Index {
    /// Rules about the person.
    person: Vec<usize>,
    /// Rules about a value.
    value: Vec<usize>,
    /// Of those, the rules without `one_of`: any value may fit them.
    open: Vec<usize>,
    /// Of those, the rules whose `one_of` has this folded value. It keeps a
    /// login among a thousand such rules as cheap as among two.
    listed: HashMap<String, Vec<usize>>,
}

impl Index {
    fn new(rules: &[rule::Rule]) -> Self {
        let mut index = Self::default();
        for (place, rule) in rules.iter().enumerate() {
            if rule.reads != rule::Reads::Own {
                index.person.push(place);
                continue;
            }
            index.value.push(place);
            match &rule.text.one_of {
                None => index.open.push(place),
                Some(values) => {
                    for value in values {
                        index.listed.entry(value.clone()).or_default().push(place);
                    }
                }
            }
        }
        index
    }
}

impl Mapping {
    /// Compiles the rules.
    ///
    /// # Errors
    /// Every problem at once, warnings among them, with paths as seen from the
    /// section, when at least one is an error.
    pub fn new(settings: Settings) -> Result<Self, Vec<Problem>> {
        let (compiled, problems) = compile::compile(&settings);
        if problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
        {
            return Err(problems);
        }
        Ok(Self {
            index: Index::new(&compiled.rules),
            rules: compiled.rules,
            others: compiled.others,
            attributes: settings.attribute,
            group_attributes: settings.group_attribute,
            email_attributes: settings.email_attribute,
            no_match: settings.no_match,
            unavailable: settings.unavailable,
            warnings: problems,
            assigned: settings.rule.into_iter().map(|rule| rule.assign).collect(),
        })
    }

    /// The attributes that are read, in order.
    #[must_use]
    pub fn attributes(&self) -> &[String] {
        &self.attributes
    }

    /// What each rule assigns, as written, in their order.
    pub fn assigned(&self) -> impl Iterator<Item = &str> {
        self.assigned.iter().map(String::as_str)
    }

    /// The attributes that carry the e-mail address.
    #[must_use]
    pub fn email_attributes(&self) -> &[String] {
        &self.email_attributes
    }

    /// What Flex is told while the list was never obtained.
    #[must_use]
    pub const fn unavailable(&self) -> Unavailable {
        self.unavailable
    }

    /// How many rules look at the address that the agent signs in from.
    #[must_use]
    pub fn rules_with_network(&self) -> usize {
        let network = |rule: &&rule::Rule| rule.person.network.is_some();
        self.rules.iter().filter(network).count()
    }

    /// What the administrator should know of rules that can be used.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// Every rule, and `no_match`, that assigns a name which is not defined
    /// (an error) or spelt otherwise there (a warning), with what was probably meant.
    #[must_use]
    pub fn check_against(&self, defined: &DefinedLocations) -> Vec<Problem> {
        check::check_against(self, defined)
    }

    /// Where the section assigns `name`, spelt in any way that finds it, and whether always: a
    /// rule with `${…}` only may.
    #[must_use]
    pub fn assigners(&self, name: &str) -> Vec<(SettingPath, bool)> {
        check::assigners(self, name)
    }

    /// Decides where `identity`, signing in from `address`, is. `defined` is
    /// `None` while the list was never obtained.
    ///
    /// Lists the steps that led to the outcome, not each rule that did not
    /// hold: see [`Mapping::explain`].
    #[must_use]
    pub fn decide(
        &self,
        identity: &Identity,
        address: IpAddr,
        defined: Option<&DefinedLocations>,
    ) -> Decision {
        decide::run(self, identity, address, defined, record::Quiet)
    }

    /// The same decision, with every rule that was tried and why it held or
    /// not (the first thousand that did not), and with what a name that is not
    /// defined was probably meant to be.
    #[must_use]
    pub fn explain(
        &self,
        identity: &Identity,
        address: IpAddr,
        defined: Option<&DefinedLocations>,
    ) -> Decision {
        decide::run(
            self,
            identity,
            address,
            defined,
            record::Thorough::default(),
        )
    }
}
