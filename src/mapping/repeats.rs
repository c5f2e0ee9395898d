//! Rules that can never decide anything, because an earlier one always does.

use std::collections::HashMap;

use super::{RuleSettings, When, compile::rule_path, forms::fold_fragment};
use crate::{identity::fold_name, settings::Problem};

/// How many values one warning lists.
const LISTED: usize = 3;

/// A warning for each rule that repeats an earlier one, whole or in some values.
pub(super) fn find(rules: &[RuleSettings]) -> Vec<Problem> {
    let mut whole: HashMap<String, usize> = HashMap::new();
    let mut values: HashMap<(Option<&str>, String), usize> = HashMap::new();
    let mut problems = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let number = index + 1;
        if let Some(earlier) = whole.get(&fingerprint(&rule.when)) {
            problems.push(Problem::warning(
                rule_path(index).join("when"),
                format!("rule {number} can never decide: rule {earlier} has the same conditions and stands before it"),
                format!("remove one of the two; rule {earlier} counts now"),
            ));
            continue;
        }
        whole.insert(fingerprint(&rule.when), number);
        problems.extend(taken_values(index, rule, &values));
        if let Some(listed) = only_one_of(&rule.when) {
            for value in listed {
                let key = (rule.when.attribute.as_deref(), fold_name(value));
                values.entry(key).or_insert(number);
            }
        }
    }
    problems
}

fn taken_values(
    index: usize,
    rule: &RuleSettings,
    values: &HashMap<(Option<&str>, String), usize>,
) -> Option<Problem> {
    let attribute = rule.when.attribute.as_deref();
    let taken: Vec<(&String, usize)> = (rule.when.one_of.iter().flatten())
        .filter_map(|value| {
            let earlier = values.get(&(attribute, fold_name(value)))?;
            Some((value, *earlier))
        })
        .collect();
    let listed: Vec<String> = (taken.iter().take(LISTED))
        .map(|(value, earlier)| format!("`{value}` (rule {earlier})"))
        .collect();
    let more = taken.len().saturating_sub(LISTED);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    (!taken.is_empty()).then(|| {
        Problem::warning(
            rule_path(index).join("when").join("one_of"),
            format!(
                "rule {} never sees values that an earlier rule already decides: {}{more}",
                index + 1,
                listed.join(", ")
            ),
            "keep each value in one rule, or put the rule with more conditions first",
        )
    })
}

/// The values, when a rule asks for nothing but one of them.
fn only_one_of(when: &When) -> Option<&[String]> {
    let bare = When {
        attribute: when.attribute.clone(),
        one_of: when.one_of.clone(),
        ..When::default()
    };
    when.one_of.as_deref().filter(|_| *when == bare)
}

/// The same for two rules that hold for the same people.
fn fingerprint(when: &When) -> String {
    let sorted = |mut list: Vec<String>| {
        list.sort();
        list.dedup();
        list
    };
    let one_of = (when.one_of.as_ref())
        .map(|values| sorted(values.iter().map(|value| fold_name(value)).collect()));
    let network = (when.network.as_ref())
        .map(|nets| sorted(nets.iter().map(|net| net.trunc().to_string()).collect()));
    let part = |text: &Option<String>, start, end| {
        let text = text.as_deref()?;
        Some(fold_fragment(text, start, end))
    };
    format!(
        "{:?}",
        (
            (&when.attribute, one_of, &when.matches, &when.group),
            part(&when.starts_with, false, true),
            part(&when.ends_with, true, false),
            part(&when.contains, true, true),
            (
                &when.idp,
                when.email_domain.as_ref().map(|d| d.to_lowercase()),
                network
            ),
        )
    )
}
