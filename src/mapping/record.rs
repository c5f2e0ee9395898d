//! Whether the tries of rules are written down. Deciding a login keeps none:
//! what it costs must not grow with the rules; an explanation keeps them.

use super::rule::Unmet;
use crate::identity::Step;

/// How many tries that did not hold an explanation lists at most.
pub(super) const MOST_TRIES: usize = 1_000;

/// Takes note of tries.
pub(super) trait Recorder {
    /// Whether every rule shall be tried, also those that an index already rules out.
    const THOROUGH: bool;

    /// A rule was tried on a value; `held` names the conditions that held.
    fn tried(
        &mut self,
        rule: usize,
        value: &str,
        result: Result<(), Unmet<'_>>,
        held: impl FnOnce() -> String,
    );

    /// The steps noted, in the order of the rules, none behind rule `last`.
    fn steps(self, last: usize) -> Vec<Step>;
}

/// Keeps nothing.
pub(super) struct Quiet;

impl Recorder for Quiet {
    const THOROUGH: bool = false;

    fn tried(&mut self, _: usize, _: &str, _: Result<(), Unmet<'_>>, _: impl FnOnce() -> String) {}

    fn steps(self, _: usize) -> Vec<Step> {
        Vec::new()
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

    fn steps(mut self, last: usize) -> Vec<Step> {
        self.tries.retain(|(rule, _)| *rule <= last);
        self.tries.sort_by_key(|(rule, _)| *rule);
        let left_out = self.missed.saturating_sub(MOST_TRIES);
        let mut steps: Vec<Step> = self.tries.into_iter().map(|(_, step)| step).collect();
        if left_out > 0 {
            steps.push(Step::TriesLeftOut { count: left_out });
        }
        steps
    }
}
