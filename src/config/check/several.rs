//! Several identity providers for one Flex account, and which account a login
//! leads to that begins at one of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    config::{FlexParts, IdpChoice, Parts, found::either},
    identity::{EmailDomain, FlexName, IdpInitiated, IdpName, NameIds},
    settings::{Problem, SettingPath},
};

/// `idp = […]`: at least one, none twice.
pub(super) fn names(names: &[IdpName], at: &SettingPath, problems: &mut Vec<Problem>) {
    if names.is_empty() {
        problems.push(Problem::error(
            at.clone(),
            "there is no identity provider for this account",
            "Name at least one, such as `idp = \"hq\"`.",
        ));
    }
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            problems.push(Problem::error(
                at.join(index),
                format!("\"{name}\" is named twice"),
                "Remove one of the two.",
            ));
        }
    }
}

/// `email_domains`: each a domain, none twice, each for one of the account's own.
pub(super) fn domains(
    parts: &Parts,
    flex: &FlexParts,
    at: &SettingPath,
    problems: &mut Vec<Problem>,
) {
    let mut seen: BTreeMap<EmailDomain, &str> = BTreeMap::new();
    for (text, idp) in flex.email_domains.iter().flatten() {
        let at = at.join(text.as_str());
        let Some(domain) = EmailDomain::parse(text) else {
            problems.push(Problem::error(
                at,
                format!("`{}` is no e-mail domain", text.escape_debug()),
                "Write what stands behind the @, such as \"partner.example\".",
            ));
            continue;
        };
        if let Some(earlier) = seen.insert(domain, text) {
            problems.push(Problem::error(
                at.clone(),
                format!("`{text}` and `{earlier}` are the same domain"),
                "Remove one of the two.",
            ));
        }
        problems.extend(belongs(parts, flex, idp, &at, Problem::error));
    }
}

/// `name_ids`: said where there are several, and so that each of them can sign somebody in.
pub(super) fn name_ids(flex: &FlexParts, at: &SettingPath, problems: &mut Vec<Problem>) {
    let (at_idp, at) = (at.join("idp"), at.join("name_ids"));
    let names = flex.idp.as_ref().map(IdpChoice::names).unwrap_or_default();
    let names: BTreeSet<_> = names.iter().collect();
    match flex.name_ids {
        None if names.len() > 1 && !flex.has_name_ids => problems.push(Problem::error(
            at_idp,
            "several identity providers sign people in to this account, and nobody says whether the same NameID is then the same agent",
            "Write `name_ids = \"by_email_domain\"` where NameIDs are e-mail addresses, with each one's domains in `email_domains`; \"shared\" only where the same NameID is the same person at all of them.",
        )),
        Some(NameIds::ByEmailDomain) => {
            let domains = flex.email_domains.iter().flatten();
            let with_domain: BTreeSet<_> = domains.map(|(_, idp)| idp).collect();
            for name in names.difference(&with_domain) {
                problems.push(Problem::error(
                    at.clone(),
                    format!("no e-mail domain is for `{name}`, so that nobody of it could sign in"),
                    format!("Add its domain to `email_domains`, such as `\"{name}.example\" = \"{name}\"`."),
                ));
            }
        }
        None | Some(NameIds::Shared) => {}
    }
}

/// `idp` of a rule: one of the account's own, or the rule never holds.
pub(super) fn rules(
    parts: &Parts,
    flex: &FlexParts,
    at: &SettingPath,
    problems: &mut Vec<Problem>,
) {
    let rules = flex.location.iter().flat_map(|location| &location.rule);
    for (index, rule) in rules.enumerate() {
        if let Some(idp) = &rule.when.idp {
            let at = at.join(index).join("when").join("idp");
            problems.extend(belongs(parts, flex, idp, &at, Problem::warning));
        }
    }
}

/// An identity provider that exists, and that this account names.
fn belongs(
    parts: &Parts,
    flex: &FlexParts,
    idp: &IdpName,
    at: &SettingPath,
    problem: fn(SettingPath, String, String) -> Problem,
) -> Option<Problem> {
    let own = flex.idp.as_ref().map(IdpChoice::names)?;
    if own.contains(idp) || own.is_empty() || !parts.idp.contains_key(idp) {
        return None;
    }
    let names: BTreeSet<_> = own.iter().map(IdpName::as_str).collect();
    let names: Vec<_> = names.into_iter().collect();
    Some(problem(
        at.clone(),
        format!("`idp.{idp}` signs nobody in to this account"),
        format!(
            "Write {}, or add it to the account's `idp`.",
            either(&names)
        ),
    ))
}

/// `idp_initiated`: one account to lead to, and only one.
pub(super) fn initiated(parts: &Parts, at: &SettingPath, problems: &mut Vec<Problem>) {
    for (name, idp) in &parts.idp {
        let Some(idp) = idp else {
            continue;
        };
        let at = at.join(name.as_str()).join("idp_initiated");
        match idp.idp_initiated() {
            IdpInitiated::Switch(false) => {}
            IdpInitiated::Switch(true) => problems.extend(only_account(parts, name, &at)),
            IdpInitiated::To(to) => {
                problems.extend(account(parts, name, &to.flex, &at.join("flex")));
            }
        }
    }
}

fn accounts<'p>(parts: &'p Parts, idp: &IdpName) -> Vec<&'p str> {
    let names = |flex: &FlexParts| {
        let choice = flex.idp.as_ref();
        choice.is_some_and(|choice| choice.names().contains(idp))
    };
    let accounts = parts.flex.iter().filter(|(_, flex)| names(flex));
    accounts.map(|(name, _)| name.as_str()).collect()
}

fn only_account(parts: &Parts, idp: &IdpName, at: &SettingPath) -> Option<Problem> {
    match *accounts(parts, idp) {
        [_] => None,
        [] => Some(Problem::warning(
            at.clone(),
            "no Flex account names this identity provider, so its logins lead nowhere",
            "Name it in `idp` of a Flex account, or leave this line out.",
        )),
        [first, ..] => Some(Problem::error(
            at.clone(),
            format!(
                "several Flex accounts name this identity provider: {}",
                accounts(parts, idp).join(", ")
            ),
            format!("Say where its logins lead: idp_initiated = {{ flex = \"{first}\" }}."),
        )),
    }
}

fn account(parts: &Parts, idp: &IdpName, flex: &FlexName, at: &SettingPath) -> Option<Problem> {
    let names = accounts(parts, idp);
    if names.contains(&flex.as_str()) {
        return None;
    }
    let message = if parts.flex.contains_key(flex) {
        format!("`flex.{flex}` does not name `{idp}` in its `idp`")
    } else {
        format!("there is no `[flex.{flex}]`")
    };
    let mend = if names.is_empty() {
        format!("Name `{idp}` in `idp` of a Flex account, or leave this line out.")
    } else {
        format!("Write {}.", either(&names))
    };
    Some(Problem::error(at.clone(), message, mend))
}
