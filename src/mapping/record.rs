//! Whether the tries of rules are written down. Deciding a login keeps none:
//! what it costs must not grow with the rules; an explanation keeps them.

use super::{recall::NotKept, rule::Unmet};
use crate::identity::Step;

/// How many tries that did not hold an explanation lists at most.
pub(super) const MOST_TRIES: usize = 1_000;

/// Takes note of tries.
pub(super) trait Recorder {
    /// Whether every rule shall be tried, also those that an index already rules out.
    const THOROUGH: bool;

    /// What else it has to tell.
    type Notes;

    /// A rule was tried on a value; `held` names the conditions that held.
    fn tried(
        &mut self,
        rule: usize,
        value: &str,
        result: Result<(), Unmet<'_>>,
        held: impl FnOnce() -> String,
    );

    /// The steps noted, in the order of the rules, and the notes; none behind rule `last`.
    fn finish(self, last: usize) -> (Vec<Step>, Self::Notes);
}

/// Keeps nothing.
pub(super) struct Quiet;

impl Recorder for Quiet {
    const THOROUGH: bool = false;
    type Notes = ();

    fn tried(&mut self, _: usize, _: &str, _: Result<(), Unmet<'_>>, _: impl FnOnce() -> String) {}

    fn finish(self, _: usize) -> (Vec<Step>, ()) {
        (Vec::new(), ())
    }
}

/// Keeps every try that held, and the first [`MOST_TRIES`] that did not.
#[derive(Default)]
pub(super) struct Thorough {
    tries: Vec<(usize, Step)>,
    missed: usize,
}

impl Recorder for Thorough {
    const THOROUGH: bool = true;
    type Notes = ();

    fn tried(
        &mut self,
        rule: usize,
        value: &str,
        result: Result<(), Unmet<'_>>,
        held: impl FnOnce() -> String,
    ) {
        if result.is_err() {
            self.missed += 1;
            if self.missed > MOST_TRIES {
                return;
            }
        }
        let step = Step::RuleTried {
            rule,
            value: value.to_owned(),
            held: result.is_ok(),
            because: result.map_or_else(|unmet| unmet.to_string(), |()| held()),
        };
        self.tries.push((rule, step));
    }

    fn finish(mut self, last: usize) -> (Vec<Step>, ()) {
        self.tries.retain(|(rule, _)| *rule <= last);
        self.tries.sort_by_key(|(rule, _)| *rule);
        let left_out = self.missed.saturating_sub(MOST_TRIES);
        let mut steps: Vec<Step> = self.tries.into_iter().map(|(_, step)| step).collect();
        if left_out > 0 {
            steps.push(Step::TriesLeftOut { count: left_out });
        }
        (steps, ())
    }
}

/// Keeps what was asked and is not known.
#[derive(Default)]
pub(super) struct Remembering(Vec<NotKept>);

impl Recorder for Remembering {
    const THOROUGH: bool = false;
    type Notes = Vec<NotKept>;

    fn tried(
        &mut self,
        rule: usize,
        _: &str,
        result: Result<(), Unmet<'_>>,
        _: impl FnOnce() -> String,
    ) {
        if let Err(Unmet::NotKept(what)) = result {
            let not_kept = NotKept {
                rule: Some(rule),
                what: what.to_owned(),
            };
            if !self.0.contains(&not_kept) {
                self.0.push(not_kept);
            }
        }
    }

    fn finish(mut self, last: usize) -> (Vec<Step>, Vec<NotKept>) {
        // Behind the rule that decided for every value nothing can change it.
        self.0.retain(|not_kept| not_kept.rule <= Some(last));
        (Vec::new(), self.0)
    }
}
