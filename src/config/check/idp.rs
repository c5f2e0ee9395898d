//! `[idp.NAME]`: a SAML identity provider here, one of OpenID Connect in `oidc`.
//!
//! Must never: ask the network; `config check --online` does, elsewhere.

use std::{collections::BTreeMap, time::Duration};

use url::Url;

mod oidc;

use super::{is_file, net::https, not_zero};
use crate::{
    config::IdpFile,
    identity::IdpName,
    saml::{IdpSettings, MetadataSource},
    settings::{HumanDuration, Problem, SettingPath, is_loopback, names_private_address},
};

/// More skew than this and an assertion lives noticeably longer than its issuer meant.
const MUCH_SKEW: Duration = Duration::from_mins(5);

/// The longest display name, in characters.
const LONGEST_NAME: usize = 60;

pub(super) fn check(
    all: &BTreeMap<IdpName, Option<IdpFile>>,
    at: &SettingPath,
    problems: &mut Vec<Problem>,
) {
    if all.is_empty() {
        problems.push(Problem::error(
            at.clone(),
            "there is no identity provider",
            "Add a section such as `[idp.hq]` with `protocol = \"saml\"` and its metadata.",
        ));
    }
    for (name, idp) in all {
        let at = at.join(name.as_str());
        match idp {
            None => {}
            Some(IdpFile::Saml(settings)) => saml(settings, &at, problems),
            Some(IdpFile::Oidc(settings)) => oidc::check(settings, &at, problems),
        }
    }
}

/// What people shall read on a button.
fn display_name(name: &str, at: &SettingPath) -> Option<Problem> {
    let fits = !name.trim().is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    (!fits).then(|| {
        Problem::error(
            at.clone(),
            format!("this can't be shown: a name has 1 to {LONGEST_NAME} characters, in one line"),
            "Write what people call this company, such as \"Head office\", or leave it out.",
        )
    })
}

fn much_skew(skew: HumanDuration, at: &SettingPath) -> Option<Problem> {
    (skew.get() > MUCH_SKEW).then(|| {
        Problem::warning(
            at.join("clock_skew"),
            "this lets assertions live more than five minutes longer than they say",
            "Set both clocks by NTP and use \"60s\".",
        )
    })
}

fn saml(settings: &IdpSettings, at: &SettingPath, problems: &mut Vec<Problem>) {
    if let Some(name) = &settings.name {
        problems.extend(display_name(name, &at.join("name")));
    }
    problems.extend(much_skew(settings.clock_skew, at));
    if !settings.second_opinion {
        problems.push(Problem::warning(
            at.join("second_opinion"),
            "signatures are checked by one verifier only",
            "Leave it out unless measurements show that the machine can't afford the second one.",
        ));
    }
    let at = at.join("metadata");
    if let Some(path) = settings.metadata.signed_by() {
        problems.extend(is_file(path, &at.join("signed_by")));
    }
    match &settings.metadata {
        MetadataSource::File(source) => {
            problems.extend(is_file(&source.file, &at.join("file")));
        }
        MetadataSource::Url(source) => {
            problems.extend(https(&source.url, &at.join("url")));
            problems.extend(public(&source.url, source.allow_private, &at.join("url")));
            problems.extend(not_zero(source.refresh, &at.join("refresh")));
        }
    }
}

/// Whether that is `idp.NAME.metadata.file`.
pub(in crate::config) fn is_metadata_file(path: &SettingPath) -> bool {
    let [idp, _, metadata, file] = path.0.as_slice() else {
        return false;
    };
    *idp == "idp".into() && *metadata == "metadata".into() && *file == "file".into()
}

/// An address of one's own network, written as such; names are looked at when they are connected to.
fn public(url: &Url, allow_private: bool, at: &SettingPath) -> Option<Problem> {
    let fine = allow_private || is_loopback(url) || !names_private_address(url);
    (!fine).then(|| {
        Problem::error(
            at.clone(),
            "this address is one that only your own network reaches",
            "If that is meant, say `allow_private = true` beside it.",
        )
    })
}
