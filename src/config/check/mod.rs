//! What no part can see alone: names that must exist, files, addresses, what this version can't do.
//!
//! Each check takes the parts that could be read, so that one bad part hides nothing of another.

mod flex;
mod idp;
mod journal;
mod net;
mod passing;
mod several;
mod store;
mod twilio;

pub(super) use idp::is_metadata_file;

use std::{collections::BTreeMap, path::Path};

use super::Parts;
use crate::{
    login, mapping,
    settings::{HumanDuration, Problem, SettingPath},
    web,
};

/// Everything that is wrong between and within the parts; paths as seen from the whole file.
pub(super) fn check(parts: &Parts) -> Vec<Problem> {
    let root = SettingPath::root();
    let mut problems = Vec::new();
    net::check(parts, &mut problems);
    idp::check(&parts.idp, &root.join("idp"), &mut problems);
    flex::check(parts, &root.join("flex"), &mut problems);
    several::initiated(parts, &root.join("idp"), &mut problems);
    store::check(parts, &root.join("store"), &mut problems);
    journal::check(parts, &root.join("journal"), &mut problems);
    let otlp = parts.telemetry.as_ref().and_then(|one| one.otlp.as_ref());
    problems.extend(otlp.and_then(|otlp| {
        let at = root.join("telemetry").join("otlp").join("endpoint");
        net::https(&otlp.endpoint, &at)
    }));
    let contact = parts
        .pages
        .as_ref()
        .and_then(|pages| pages.contact.as_deref());
    problems.extend(contact.and_then(|line| contact_line(line, &root)));
    problems
}

/// What agents would be shown as whom to ask.
fn contact_line(line: &str, root: &SettingPath) -> Option<Problem> {
    let wrong = web::Contact::parse(line).err()?;
    Some(Problem::error(
        root.join("pages").join("contact"),
        format!("the contact line {wrong}"),
        "Write one line, such as \"Service desk: +49 30 1234\", or a link that begins with https:, mailto: or tel:. Text keeps a space behind its colon.",
    ))
}

/// What is wrong with the rules themselves: expressions, captures, empty conditions.
fn check_mapping(settings: &mapping::Settings) -> Vec<Problem> {
    match mapping::Mapping::new(settings.clone()) {
        Ok(mapping) => mapping.warnings().to_vec(),
        Err(problems) => problems,
    }
}

/// What is wrong with the claims. One whose sources could not be read was said
/// to be so already; its name still counts.
fn check_claims(claims: &BTreeMap<String, Option<Vec<String>>>) -> Vec<Problem> {
    let unread = || vec!["…".to_owned()];
    let named = claims
        .iter()
        .map(|(name, sources)| (name.clone(), sources.clone().unwrap_or_else(unread)));
    match login::Claims::new(&login::ClaimSettings(named.collect())) {
        Ok(claims) => claims.warnings().to_vec(),
        Err(problems) => problems,
    }
}

/// A period that begins again at once is no period.
fn not_zero(duration: HumanDuration, at: &SettingPath) -> Option<Problem> {
    duration.get().is_zero().then(|| {
        Problem::error(
            at.clone(),
            "this is no time at all",
            "Write at least \"1s\", or leave it out for the default.",
        )
    })
}

/// A file that has to be there.
fn is_file(path: &Path, at: &SettingPath) -> Option<Problem> {
    let missing = match std::fs::metadata(path) {
        Ok(found) if found.is_file() => return None,
        Ok(_) => "this is not a file".to_owned(),
        Err(cause) => format!(
            "{}: {cause}",
            super::found::shown(&path.display().to_string())
        ),
    };
    Some(Problem::error(
        at.clone(),
        missing,
        "Check the path; it is seen from the working directory, and this user must be able to read it.",
    ))
}
