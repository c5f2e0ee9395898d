//! `[idp.NAME]`.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use url::Host;

use super::{is_file, net::https, not_zero};
use crate::{
    config::IdpFile,
    identity::IdpName,
    saml::{IdpSettings, MetadataSource, MetadataUrl},
    settings::{Problem, SettingPath, is_public},
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
            Some(IdpFile::Oidc(_)) => problems.push(Problem::error(
                at.join("protocol"),
                "OpenID Connect upstream isn't in this version yet",
                "Use `protocol = \"saml\"`.",
            )),
        }
    }
}

fn saml(settings: &IdpSettings, at: &SettingPath, problems: &mut Vec<Problem>) {
    if settings.idp_initiated {
        problems.push(Problem::error(
            at.join("idp_initiated"),
            "logins that begin at the identity provider aren't in this version yet",
            "Leave it out; give agents the link to Flex for a tile: `{public_url}/login/NAME`.",
        ));
    }
    if settings.clock_skew.get() > MUCH_SKEW {
        problems.push(Problem::warning(
            at.join("clock_skew"),
            "this lets assertions live more than five minutes longer than they say",
            "Set both clocks by NTP and use \"60s\".",
        ));
    }
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
            problems.extend(public(source, &at.join("url")));
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
fn public(source: &MetadataUrl, at: &SettingPath) -> Option<Problem> {
    let address = match source.url.host()? {
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => IpAddr::V6(address),
        Host::Domain(_) => return None,
    };
    let fine = source.allow_private || address.is_loopback() || is_public(address);
    (!fine).then(|| {
        Problem::error(
            at.clone(),
            "this address is one that only your own network reaches",
            "If that is meant, say `allow_private = true` beside the URL.",
        )
    })
}
