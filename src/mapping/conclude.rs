//! From names that something leads to, to the one defined location or none.

use std::{borrow::Cow, collections::HashSet};

use super::{NoMatch, check::nearest};
use crate::identity::{
    DefinedLocations, FlexLocation, LocationOutcome, Lookup, NoMatchCause, Step,
};

/// How many names a sentence lists.
const LISTED: usize = 5;

/// A name that something leads to, not looked up yet.
pub(super) struct Lead<'a> {
    /// The number of the rule; `None` when it is the value itself.
    pub(super) rule: Option<usize>,
    pub(super) name: Cow<'a, str>,
}

/// What came of the search.
pub(super) enum Verdict {
    /// A defined location, and the rule that led to it, if one did.
    Found(FlexLocation, Option<usize>),
    /// Nothing, the rule that is to blame, if one is, and more for people.
    Nothing(NoMatchCause, Option<usize>, String),
}

/// Draws it.
pub(super) struct Conclusion<'a> {
    pub(super) defined: &'a DefinedLocations,
    pub(super) steps: &'a mut Vec<Step>,
    /// Whether to look for what an undefined name was meant to be: it means
    /// comparing with every defined one.
    pub(super) suggest: bool,
}

impl Conclusion<'_> {
    /// Looks every lead up. What a rule assigns must be defined; what several
    /// values find must be one.
    pub(super) fn draw(&mut self, leads: &[Lead<'_>], attribute_there: bool) -> Verdict {
        let mut seen = HashSet::new();
        let mut found: Vec<(FlexLocation, Option<usize>)> = Vec::new();
        let mut undefined = None;
        let mut several = None;
        for lead in leads
            .iter()
            .filter(|lead| seen.insert((lead.rule, lead.name.as_ref())))
        {
            if let Some(rule) = lead.rule {
                let name = lead.name.clone().into_owned();
                self.steps.push(Step::RuleAssigned { rule, name });
            }
            match self.look_up(lead) {
                Lookup::Exact(location) | Lookup::Folded(location) => {
                    if !found.iter().any(|(known, _)| *known == location) {
                        found.push((location, lead.rule));
                    }
                }
                Lookup::Ambiguous(names) => several = several.or(Some(names)),
                // A value that names nothing is no mistake: `lead.rule` is none then.
                Lookup::Unknown => undefined = undefined.or(lead.rule),
            }
        }
        if let Some(rule) = undefined {
            let detail = format!(
                "rule {rule} held, but what it assigns is not defined in the Flex account; later rules are not tried, so that the mistake shows"
            );
            return Verdict::Nothing(NoMatchCause::Undefined, Some(rule), detail);
        }
        if let Some(names) = several {
            let detail = format!(
                "several defined names differ only in case, white space or Unicode form: {}",
                list(names.iter().map(String::as_str))
            );
            return Verdict::Nothing(NoMatchCause::Ambiguous, None, detail);
        }
        if found.len() > 1 {
            let detail = format!(
                "the values lead to different locations: {}",
                list(found.iter().map(|(location, _)| location.as_str()))
            );
            return Verdict::Nothing(NoMatchCause::Ambiguous, None, detail);
        }
        match found.pop() {
            Some((location, rule)) => Verdict::Found(location, rule),
            None => self.nothing(attribute_there),
        }
    }

    fn nothing(&self, attribute_there: bool) -> Verdict {
        let (cause, detail) = if attribute_there {
            (
                NoMatchCause::NoRule,
                "no rule held, and no value names a defined location",
            )
        } else {
            (
                NoMatchCause::NoAttribute,
                "none of the configured attributes is there with a value, and no rule held",
            )
        };
        let mut detail = detail.to_owned();
        if self.defined.is_empty() {
            detail.push_str("; the Flex account defines no locations, so Flex ignores the answer");
        }
        Verdict::Nothing(cause, None, detail)
    }

    fn look_up(&mut self, lead: &Lead<'_>) -> Lookup {
        let lookup = self.defined.find(&lead.name);
        let suggest = self.suggest && lead.rule.is_some();
        note(
            &lead.name,
            &lookup,
            suggest.then_some(self.defined),
            self.steps,
        );
        lookup
    }
}

/// Notes how a look-up went.
fn note(name: &str, lookup: &Lookup, suggest: Option<&DefinedLocations>, steps: &mut Vec<Step>) {
    let (found, how) = match lookup {
        Lookup::Exact(location) => (Some(location), "exactly".to_owned()),
        Lookup::Folded(location) => (
            Some(location),
            "after folding case, white space and Unicode form".to_owned(),
        ),
        Lookup::Ambiguous(names) => {
            let names = list(names.iter().map(String::as_str));
            (
                None,
                format!("several defined names are the same once folded: {names}"),
            )
        }
        Lookup::Unknown => {
            let near = suggest.and_then(|defined| nearest(name, defined));
            let near = near.map_or_else(String::new, |near| format!("; the nearest is `{near}`"));
            (None, format!("no location of this name is defined{near}"))
        }
    };
    steps.push(Step::NameChecked {
        name: name.to_owned(),
        found: found.cloned(),
        how,
    });
}

/// What the administrator wants when nothing matched.
pub(super) fn otherwise(
    answer: &NoMatch,
    defined: &DefinedLocations,
    steps: &mut Vec<Step>,
) -> LocationOutcome {
    match answer {
        NoMatch::Clear => LocationOutcome::Clear,
        NoMatch::Omit => LocationOutcome::Omit,
        NoMatch::Refuse => LocationOutcome::Refuse,
        NoMatch::Assign(name) => {
            let lookup = defined.find(name);
            note(name, &lookup, None, steps);
            match lookup {
                Lookup::Exact(location) | Lookup::Folded(location) => {
                    LocationOutcome::Assign(location)
                }
                // Never emit what is not defined: cleared, the agent's voice works.
                Lookup::Ambiguous(_) | Lookup::Unknown => {
                    if let Some(Step::NameChecked { how, .. }) = steps.last_mut() {
                        how.push_str("; `flex_location` is sent empty instead");
                    }
                    LocationOutcome::Clear
                }
            }
        }
    }
}

fn list<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = names.len().saturating_sub(LISTED);
    let text = names.take(LISTED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        format!("{text} and {more} more")
    } else {
        text
    }
}
