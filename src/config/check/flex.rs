//! `[flex.NAME]`.

use super::{check_claims, check_mapping, is_file, not_zero, passing, several, twilio};
use crate::{
    config::{
        FlexParts, IdpChoice, LocationFile, Parts,
        found::{either, nearest},
    },
    identity::IdpName,
    locations,
    settings::{Problem, SettingPath},
};

pub(super) fn check(parts: &Parts, at: &SettingPath, problems: &mut Vec<Problem>) {
    if parts.flex.is_empty() {
        problems.push(Problem::error(
            at.clone(),
            "there is no Flex account",
            "Add a section such as `[flex.production]`.",
        ));
    }
    for (name, flex) in &parts.flex {
        account(parts, flex, &at.join(name.as_str()), problems);
    }
}

fn account(parts: &Parts, flex: &FlexParts, at: &SettingPath, problems: &mut Vec<Problem>) {
    if let Some(choice) = &flex.idp {
        providers(parts, choice, &at.join("idp"), problems);
    }
    let at_domains = at.join("email_domains");
    for (domain, idp) in flex.email_domains.iter().flatten() {
        problems.extend(known(parts, idp, &at_domains.join(domain.as_str())));
    }
    several::domains(parts, flex, &at_domains, problems);
    several::name_ids(flex, at, problems);
    several::rules(parts, flex, &at.join("location").join("rule"), problems);
    if let Some(text) = &flex.account_sid {
        problems.extend(twilio::account_sid(text, &at.join("account_sid")));
    }
    if let Some(sso) = &flex.sso {
        twilio::sso(sso, &at.join("sso"), problems);
    }
    if let Some(settings) = &flex.twilio {
        twilio::check(settings, &at.join("twilio"), problems);
    }
    if let Some(settings) = &flex.claims {
        let at = at.join("claims");
        problems.extend(
            check_claims(settings)
                .into_iter()
                .map(|problem| problem.under(&at)),
        );
    }
    if let Some(settings) = &flex.location {
        location(parts, settings, &at.join("location"), problems);
    }
    if let Some(settings) = &flex.defined {
        defined(
            flex,
            settings,
            &at.join("location").join("defined"),
            problems,
        );
    }
    if let Some(paths) = &flex.request_certificates {
        certificates(paths, &at.join("request_certificates"), problems);
    }
    problems.extend(assertion_key(parts, flex, &at.join("assertion_key")));
    passing::check(parts, flex, at, problems);
}

fn providers(parts: &Parts, choice: &IdpChoice, at: &SettingPath, problems: &mut Vec<Problem>) {
    match choice {
        IdpChoice::One(name) => problems.extend(usable(parts, name, at)),
        IdpChoice::Several(names) => {
            for (index, name) in names.iter().enumerate() {
                problems.extend(usable(parts, name, &at.join(index)));
            }
            several::names(names, at, problems);
        }
    }
}

/// An identity provider that exists, and that isn't switched off.
fn usable(parts: &Parts, name: &IdpName, at: &SettingPath) -> Option<Problem> {
    known(parts, name, at).or_else(|| match parts.idp.get(name) {
        Some(Some(settings)) if !settings.enabled() => Some(Problem::warning(
            at.clone(),
            format!("`idp.{name}` is switched off, so nobody can log in to this account"),
            format!("Remove `enabled = false` from `[idp.{name}]` when logins should work again."),
        )),
        _ => None,
    })
}

fn known(parts: &Parts, name: &IdpName, at: &SettingPath) -> Option<Problem> {
    if parts.idp.contains_key(name) {
        return None;
    }
    let names: Vec<_> = parts.idp.keys().map(IdpName::as_str).collect();
    let mend = match nearest(name.as_str(), names.iter().copied()) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None if names.is_empty() => format!("Add a section `[idp.{name}]`."),
        None => format!("Add a section `[idp.{name}]`, or write {}.", either(&names)),
    };
    let message = format!("there is no `[idp.{name}]`");
    Some(Problem::error(at.clone(), message, mend))
}

/// The key that signs for the account: one of those that are loaded and published.
fn assertion_key(parts: &Parts, flex: &FlexParts, at: &SettingPath) -> Option<Problem> {
    let (wanted, keys) = (flex.assertion_key.as_deref()?, parts.keys.as_ref()?);
    if keys.assertion_place(Some(wanted)).is_some() {
        return None;
    }
    let pairs = keys.assertion.iter();
    let known: Vec<_> = pairs
        .map(|pair| pair.certificate.display().to_string())
        .collect();
    let known: Vec<_> = known.iter().map(String::as_str).collect();
    Some(Problem::error(
        at.clone(),
        "no pair in `keys.assertion` has this certificate",
        format!(
            "Write {}, as `keys.assertion` has it, or add the pair there.",
            either(&known)
        ),
    ))
}

/// Where the locations come from.
fn defined(
    flex: &FlexParts,
    settings: &locations::Settings,
    at: &SettingPath,
    problems: &mut Vec<Problem>,
) {
    match settings {
        locations::Settings::Twilio { refresh } => {
            problems.extend(not_zero(*refresh, &at.join("refresh")));
            if !flex.has_twilio {
                problems.push(Problem::error(
                    at.clone(),
                    "the locations come from Twilio, but there are no credentials for it",
                    "Add `twilio = { api_key = \"SK…\", api_secret = { env = \"…\" } }` to the account, or use { from = \"file\", path = \"…\" }.",
                ));
            }
        }
        locations::Settings::File { path, refresh } => {
            problems.extend(not_zero(*refresh, &at.join("refresh")));
            problems.extend(is_file(path, &at.join("path")));
        }
    }
}

fn location(parts: &Parts, settings: &LocationFile, at: &SettingPath, problems: &mut Vec<Problem>) {
    for (index, rule) in settings.rule.iter().enumerate() {
        if let Some(idp) = &rule.when.idp {
            let at = at.join("rule").join(index).join("when").join("idp");
            problems.extend(known(parts, idp, &at));
        }
    }
    let found = check_mapping(&settings.mapping());
    problems.extend(found.into_iter().map(|problem| problem.under(at)));
}

fn certificates(paths: &[std::path::PathBuf], at: &SettingPath, problems: &mut Vec<Problem>) {
    if paths.is_empty() {
        problems.push(Problem::error(
            at.clone(),
            "there is no certificate to check Flex's signature with",
            "Name the certificate, or leave the line out where Flex doesn't sign its requests.",
        ));
    }
    for (index, path) in paths.iter().enumerate() {
        problems.extend(is_file(path, &at.join(index)));
    }
}
