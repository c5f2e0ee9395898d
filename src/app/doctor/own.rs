//! What the configuration and the keys say by themselves.

use std::collections::BTreeMap;

use super::{Finding, Patient, of_report};
use crate::{
    config::Report,
    keys::{KeyUse, list},
    settings::{SecretSource, SettingPath},
};

/// As the configuration's own warning has it.
const SOON: i64 = 30;

pub(super) fn look(patient: &Patient, report: &Report) -> Vec<Finding> {
    let mut found = of_report(report);
    found.insert(0, configuration(report));
    let known: Vec<String> = found.iter().map(|one| one.name.clone()).collect();
    let own = key_dates(patient)
        .into_iter()
        .chain(key_files(patient))
        .filter(|one| !known.contains(&one.name));
    found.extend(own);
    found.extend([cookies(patient), admin(patient)]);
    found
}

fn configuration(report: &Report) -> Finding {
    let name = "configuration";
    match report.counts() {
        (0, 0) => Finding::ok(name, "can be used"),
        (0, warnings) => Finding::ok(name, format!("can be used, with {warnings} warnings")),
        (errors, _) => Finding::fails(
            name,
            format!("can't be used as it is: {errors} errors"),
            "Mend what is named below; `flexbridge config check` shows the lines.",
        ),
    }
}

/// The dates of each certificate; one that ends soon is in the report already.
fn key_dates(patient: &Patient) -> Vec<Finding> {
    let (mut signing, mut decrypting) = (0_usize.., 0_usize..);
    // Which account signs with which is no matter of dates.
    let entries = list(&patient.keys, &BTreeMap::new(), patient.now);
    let one = |entry: crate::keys::KeyEntry| {
        let (key, positions) = match entry.r#use {
            KeyUse::Signs | KeyUse::Published => ("assertion", &mut signing),
            KeyUse::Decrypts => ("decryption", &mut decrypting),
        };
        let position = positions.next().unwrap_or_default();
        let name = format!("keys.{key}[{position}].certificate");
        let what = format!("{} ({} bits)", entry.subject, entry.bits);
        let mend = "Plan the change, as docs/keys.md says.";
        Finding::of_end(name, &what, entry.not_after, patient.now, SOON, mend)
    };
    entries.into_iter().map(one).collect()
}

/// Whether only their owner can read the keys; a file that others can read is in the report.
fn key_files(patient: &Patient) -> Vec<Finding> {
    let keys = &patient.config.keys;
    let root = SettingPath::root().join("keys");
    let cookie = keys.cookie.iter().enumerate();
    let cookie = cookie.map(|(index, source)| (root.join("cookie").join(index), source));
    let pairs = [
        ("assertion", &keys.assertion),
        ("decryption", &keys.decryption),
    ];
    let pairs = pairs.into_iter().flat_map(|(name, pairs)| {
        let at = root.join(name);
        let pairs = pairs.iter().enumerate();
        pairs.map(move |(index, pair)| (at.join(index).join("private_key"), &pair.private_key))
    });
    cookie
        .chain(pairs)
        .map(|(at, source)| {
            let seen = match source {
                SecretSource::File(_) => "a file that others can't read",
                SecretSource::Env(_) => "an environment variable",
            };
            Finding::ok(at.to_string(), seen)
        })
        .collect()
}

/// Whether browsers keep the cookie of a login: Secure takes https.
fn cookies(patient: &Patient) -> Finding {
    let url = &patient.config.public_url;
    if url.is_https() {
        return Finding::ok("cookies", "Secure and __Host-, as public_url is https");
    }
    let seen = format!("{url} is http: browsers keep Secure cookies of this very machine only");
    Finding::warning(
        "cookies",
        seen,
        "Make `public_url` https, except to try it out on this machine.",
    )
}

fn admin(patient: &Patient) -> Finding {
    let listen = &patient.config.listen;
    let address = listen.admin;
    if address.ip().is_loopback() {
        return Finding::ok("listen.admin", format!("{address}: this machine only"));
    }
    let seen = format!("{address} can be reached from other machines; the token travels as it is");
    let mend =
        "Let only your own network reach it, by TLS or an SSH tunnel; or listen at 127.0.0.1.";
    Finding::warning("listen.admin", seen, mend)
}
