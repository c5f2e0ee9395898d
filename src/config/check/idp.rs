//! `[idp.NAME]`: a SAML identity provider here, one of OpenID Connect in `oidc`.
//!
//! Must never: ask the network; `config check --online` does, elsewhere.

use std::{collections::BTreeMap, time::Duration};

mod oidc;

use super::{is_file, net::https, not_zero};
use crate::{
    config::IdpFile,
    identity::IdpName,
    saml::{IdpSettings, MetadataSource},
    settings::{HumanDuration, Problem, SettingPath},
};

/// More skew than this and an assertion lives noticeably longer than its issuer meant.
const MUCH_SKEW: Duration = Duration::from_mins(5);

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
    if settings.idp_initiated {
        problems.push(Problem::error(
            at.join("idp_initiated"),
            "logins that begin at the identity provider aren't in this version yet",
            "Leave it out; give agents the link to Flex for a tile: `{public_url}/login/NAME`.",
        ));
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
    match &settings.metadata {
        MetadataSource::File(source) => {
            problems.extend(is_file(&source.file, &at.join("file")));
        }
        MetadataSource::Url(source) => {
            problems.extend(https(&source.url, &at.join("url")));
            problems.extend(not_zero(source.refresh, &at.join("refresh")));
        }
    }
}
