//! The decision itself: one path for logins and for explanations.

use std::{borrow::Cow, net::IpAddr};

use super::{
    MOST_VALUES, Mapping, Unavailable,
    conclude::{Conclusion, Lead, Verdict, otherwise},
    person::Person,
    record::Recorder,
    rule::{Reads, Rule, Text, Unmet},
};
use crate::identity::{
    Decision, DefinedLocations, Identity, LocationOutcome, NoMatchCause, Reading, Step,
};

/// Decides, and takes note of tries as `recorder` pleases.
pub(super) fn run<R: Recorder>(
    mapping: &Mapping,
    identity: &Identity,
    address: IpAddr,
    defined: Option<&DefinedLocations>,
    recorder: R,
) -> Decision {
    let person = Person::new(mapping, identity, address);
    go(mapping, identity, person, defined, recorder).0
}

/// The same for somebody of whom only `memory` is known; the notes say what it rests on besides.
pub(super) fn remember<R: Recorder>(
    mapping: &Mapping,
    identity: &Identity,
    address: IpAddr,
    memory: &Reading,
    defined: Option<&DefinedLocations>,
    recorder: R,
) -> (Decision, R::Notes) {
    let person = Person::new(mapping, identity, address).remembered(memory);
    go(mapping, identity, person, defined, recorder)
}

fn go<'a, R: Recorder>(
    mapping: &'a Mapping,
    identity: &'a Identity,
    person: Person<'a>,
    defined: Option<&DefinedLocations>,
    recorder: R,
) -> (Decision, R::Notes) {
    let mut steps = Vec::new();
    let (attribute, values) = read_attribute(mapping, identity, &mut steps);
    let mut search = Search {
        mapping,
        person,
        recorder,
    };
    let (leads, last) = search.leads(&values);
    let (tries, notes) = search.recorder.finish(last);
    steps.extend(tries);
    let Some(defined) = defined else {
        return (unavailable(mapping.unavailable, attribute, steps), notes);
    };
    let verdict = Conclusion {
        defined,
        steps: &mut steps,
        suggest: R::THOROUGH,
    }
    .draw(&leads, attribute.is_some());
    let (outcome, rule, no_match) = match verdict {
        Verdict::Found(location, rule) => (LocationOutcome::Assign(location), rule, None),
        Verdict::Nothing(cause, rule, detail) => {
            steps.push(Step::NoMatch { cause, detail });
            let outcome = otherwise(&mapping.no_match, defined, &mut steps);
            (outcome, rule, Some(cause))
        }
    };
    let decision = Decision {
        outcome,
        attribute,
        rule,
        no_match,
        steps,
    };
    (decision, notes)
}

/// The first configured attribute that is present and not blank, with its values to try.
fn read_attribute<'a>(
    mapping: &Mapping,
    identity: &'a Identity,
    steps: &mut Vec<Step>,
) -> (Option<String>, Vec<Text<'a>>) {
    for name in &mapping.attributes {
        let values = identity.attributes.values(name);
        let mut texts: Vec<Text<'_>> = values.iter().filter_map(|value| Text::new(value)).collect();
        if texts.is_empty() {
            steps.push(Step::AttributeAbsent {
                attribute: name.clone(),
                similar: identity.attributes.similar(name).map(str::to_owned),
            });
            continue;
        }
        steps.push(Step::AttributeRead {
            attribute: name.clone(),
            values: values.iter().take(MOST_VALUES).cloned().collect(),
        });
        if let Some(count) = texts
            .len()
            .checked_sub(MOST_VALUES)
            .filter(|more| *more > 0)
        {
            steps.push(Step::ValuesLeftOut { count });
            texts.truncate(MOST_VALUES);
        }
        return (Some(name.clone()), texts);
    }
    (None, Vec::new())
}

fn unavailable(answer: Unavailable, attribute: Option<String>, mut steps: Vec<Step>) -> Decision {
    let cause = NoMatchCause::ListUnavailable;
    let (outcome, word) = match answer {
        Unavailable::Omit => (LocationOutcome::Omit, "omit"),
        Unavailable::Clear => (LocationOutcome::Clear, "clear"),
        Unavailable::Refuse => (LocationOutcome::Refuse, "refuse"),
    };
    steps.push(Step::NoMatch {
        cause,
        detail: format!(
            "the list of defined locations was never obtained; `unavailable` is \"{word}\""
        ),
    });
    Decision {
        outcome,
        attribute,
        rule: None,
        no_match: Some(cause),
        steps,
    }
}

struct Search<'a, R> {
    mapping: &'a Mapping,
    person: Person<'a>,
    recorder: R,
}

impl<'a, R: Recorder> Search<'a, R> {
    /// Where the rules lead, else the values themselves; and the number of the
    /// last rule that had a say.
    fn leads<'v>(&mut self, values: &'v [Text<'a>]) -> (Vec<Lead<'v>>, usize)
    where
        'a: 'v,
    {
        // The first rule that holds for the person as a whole is where each value's search ends.
        let whole = self.first_for_person();
        let end = whole.as_ref().map(|(place, _)| *place);
        let mut leads = Vec::new();
        let mut unled = Vec::new();
        let mut last = 0;
        for value in values {
            match self.first_for_value(value, end.unwrap_or(usize::MAX)) {
                Some(rule) => {
                    last = last.max(rule.number);
                    leads.push(Lead {
                        rule: Some(rule.number),
                        name: rule.assigned(Some(value)),
                    });
                }
                None => unled.push(value),
            }
        }
        let last = if unled.is_empty() && !leads.is_empty() {
            last
        } else {
            end.map_or(usize::MAX, |place| place + 1)
        };
        match whole {
            Some((_, names)) if leads.is_empty() => leads = names,
            Some(_) => {}
            None => leads.extend(unled.into_iter().map(|value| Lead {
                rule: None,
                name: Cow::Borrowed(value.raw),
            })),
        }
        // In the order of the rules, so that nothing rests on the order of the values.
        leads.sort_by_key(|lead| lead.rule.unwrap_or(usize::MAX));
        (leads, last)
    }

    fn first_for_person(&mut self) -> Option<(usize, Vec<Lead<'a>>)> {
        let mapping = self.mapping;
        mapping.index.person.iter().find_map(|&place| {
            let names = self.for_person(&mapping.rules[place]);
            (!names.is_empty()).then_some((place, names))
        })
    }

    /// The names that a rule about the person leads to; none when it does not hold.
    fn for_person(&mut self, rule: &'a Rule) -> Vec<Lead<'a>> {
        let lead = |text: Option<&Text<'_>>| Lead {
            rule: Some(rule.number),
            name: rule.assigned(text),
        };
        let Reads::Other(place) = rule.reads else {
            let result = rule.person.hold(&self.person);
            let recorder = &mut self.recorder;
            recorder.tried(rule.number, "", result, || rule.conditions());
            return result.map(|()| lead(None)).into_iter().collect();
        };
        let name = &self.mapping.others[place];
        let Some(texts) = self.person.other(place) else {
            // What does not hold of the person rules it out, whatever the attribute was.
            let person = rule.person.hold(&self.person);
            let unknown = person.and(Err(Unmet::NotKept(name)));
            let recorder = &mut self.recorder;
            recorder.tried(rule.number, "", unknown, String::new);
            return Vec::new();
        };
        if texts.is_empty() {
            let absent = Err(Unmet::NotThere(name));
            let recorder = &mut self.recorder;
            recorder.tried(rule.number, "", absent, String::new);
        }
        let mut leads = Vec::new();
        for text in texts {
            let result = rule.holds(&self.person, text);
            let recorder = &mut self.recorder;
            recorder.tried(rule.number, text.raw, result, || rule.conditions());
            if result.is_ok() {
                leads.push(lead(Some(text)));
                if rule.assign.constant().is_some() {
                    break;
                }
            }
        }
        leads
    }

    /// The first rule about values, before the place `end`, that holds for this one.
    fn first_for_value(&mut self, value: &Text<'_>, end: usize) -> Option<&'a Rule> {
        let mapping = self.mapping;
        let index = &mapping.index;
        let (listed, others): (&[usize], &[usize]) = if R::THOROUGH {
            (&[], &index.value)
        } else {
            let listed = index.listed.get(&value.folded);
            (listed.map_or(&[], Vec::as_slice), &index.open)
        };
        in_order(listed, others)
            .take_while(|place| *place < end)
            .map(|place| &mapping.rules[place])
            .find(|rule| {
                let result = rule.holds(&self.person, value);
                let recorder = &mut self.recorder;
                recorder.tried(rule.number, value.raw, result, || rule.conditions());
                result.is_ok()
            })
    }
}

/// Two ascending lists as one.
fn in_order<'i>(one: &'i [usize], other: &'i [usize]) -> impl Iterator<Item = usize> + 'i {
    let mut one = one.iter().copied().peekable();
    let mut other = other.iter().copied().peekable();
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(left), Some(right)) if left < right => one.next(),
        (Some(_), None) => one.next(),
        _ => other.next(),
    })
}
