//! What was decided about a person's location, and every step on the way.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::FlexLocation;

/// What Flex will be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum LocationOutcome {
    /// `flex_location` is this defined name.
    Assign(FlexLocation),
    /// `flex_location` is sent empty: Flex falls back to the default edge.
    Clear,
    /// `flex_location` is left out: the worker keeps what it has.
    Omit,
    /// The login is refused.
    Refuse,
}

/// Why no location was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoMatchCause {
    /// None of the configured attributes was there with a value.
    NoAttribute,
    /// No rule held and no value names a defined location.
    NoRule,
    /// Several values lead to different locations, or one to several names.
    Ambiguous,
    /// A rule held, but what it assigns is not defined.
    Undefined,
    /// The list of defined locations was never obtained.
    ListUnavailable,
}

impl NoMatchCause {
    /// Every cause there is.
    pub const ALL: &'static [Self] = &[
        Self::NoAttribute,
        Self::NoRule,
        Self::Ambiguous,
        Self::Undefined,
        Self::ListUnavailable,
    ];

    /// The stable word for logs, metrics and the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAttribute => "no_attribute",
            Self::NoRule => "no_rule",
            Self::Ambiguous => "ambiguous",
            Self::Undefined => "undefined",
            Self::ListUnavailable => "list_unavailable",
        }
    }
}

/// One step of a decision, in the order taken.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// A configured attribute was not there, or had only blank values.
    AttributeAbsent {
        /// Its configured name.
        attribute: String,
        /// A name that did arrive and looks like the one meant.
        similar: Option<String>,
    },
    /// The attribute that counts.
    AttributeRead {
        /// Its configured name.
        attribute: String,
        /// Its values as they came.
        values: Vec<String>,
    },
    /// A rule was tried on a value.
    RuleTried {
        /// The rule's number, from 1, as in the file.
        rule: usize,
        /// The value it was tried on.
        value: String,
        /// Whether every condition held.
        held: bool,
        /// The condition that did not hold, or what matched, for people.
        because: String,
    },
    /// More rules were tried that did not hold than an explanation lists.
    TriesLeftOut {
        /// How many.
        count: usize,
    },
    /// The attribute has more values than are tried.
    ValuesLeftOut {
        /// How many.
        count: usize,
    },
    /// A rule held and assigns this name (captures filled in).
    RuleAssigned {
        /// The rule's number, from 1.
        rule: usize,
        /// The name it assigns.
        name: String,
    },
    /// A name was looked up in the defined list.
    NameChecked {
        /// The name looked up.
        name: String,
        /// The defined name that was found, if exactly one was.
        found: Option<FlexLocation>,
        /// How it was found or not, for people.
        how: String,
    },
    /// Nothing matched; the administrator's `no_match` or `unavailable` decided.
    NoMatch {
        /// Why.
        cause: NoMatchCause,
        /// More about it, for people.
        detail: String,
    },
}

impl fmt::Debug for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AttributeAbsent { attribute, .. } => write!(formatter, "no {attribute:?}"),
            Self::AttributeRead { attribute, values } => {
                write!(formatter, "{attribute:?}: {} values", values.len())
            }
            Self::RuleTried { rule, held, .. } => write!(formatter, "rule {rule}: {held}"),
            Self::TriesLeftOut { count } => write!(formatter, "{count} tries left out"),
            Self::ValuesLeftOut { count } => write!(formatter, "{count} values left out"),
            Self::RuleAssigned { rule, .. } => write!(formatter, "rule {rule} assigns"),
            Self::NameChecked { found, .. } => write!(formatter, "name found: {found:?}"),
            Self::NoMatch { cause, .. } => write!(formatter, "no match: {cause:?}"),
        }
    }
}

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Decision {
    /// What Flex will be told.
    pub outcome: LocationOutcome,
    /// The attribute that was read, if one was there.
    pub attribute: Option<String>,
    /// The number of the rule that decided, from 1, if one did.
    pub rule: Option<usize>,
    /// Why nothing matched, if nothing did. May stand beside an assigned
    /// location: `no_match = { assign = … }`.
    pub no_match: Option<NoMatchCause>,
    /// Every step on the way.
    pub steps: Vec<Step>,
}
