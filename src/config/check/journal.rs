//! `[journal]`.

use super::not_zero;
use crate::{
    config::{FlexParts, Parts},
    settings::{Problem, SettingPath},
    store::{MOST_ALSO, Show},
};

pub(super) fn check(parts: &Parts, at: &SettingPath, problems: &mut Vec<Problem>) {
    let Some(journal) = &parts.journal else {
        return;
    };
    problems.extend(not_zero(journal.keep, &at.join("keep")));
    let at = at.join("also");
    if journal.also.len() > MOST_ALSO {
        problems.push(Problem::error(
            at.clone(),
            format!("these are more than {MOST_ALSO} attributes"),
            "Name only those that rules read.",
        ));
    }
    for (index, name) in journal.also.iter().enumerate() {
        if name.trim().is_empty() {
            problems.push(Problem::error(
                at.join(index),
                "the attribute's name is blank",
                "Name an attribute, or remove this entry.",
            ));
        } else if parts.flex.values().any(|flex| names_person(flex, name)) {
            problems.push(Problem::error(
                at.join(index),
                "this attribute carries an agent's name, address or NameID, of which the journal keeps nothing",
                "Leave it out; `flexbridge logins list --agent` finds an agent by the NameID.",
            ));
        }
    }
    if journal.show == Show::None && !journal.also.is_empty() {
        problems.push(Problem::warning(
            at,
            "nothing is kept of these attributes but whether they were there, as `show` is \"none\"",
            "Write show = \"values\" or \"hashes\", or leave `also` out.",
        ));
    }
}

/// Whether the account finds a person's name, address or NameID in this attribute.
fn names_person(flex: &FlexParts, attribute: &str) -> bool {
    let claims = flex.claims.iter().flatten();
    let personal = claims.filter(|(name, _)| matches!(&***name, "email" | "full_name" | "name_id"));
    let sources = personal.filter_map(|(_, sources)| sources.as_ref());
    let mails = flex
        .location
        .iter()
        .map(|location| &location.email_attribute);
    sources.chain(mails).flatten().any(|name| name == attribute)
}
