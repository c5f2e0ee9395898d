//! `[store]`: what must fit together where it is a Redis server.

use super::is_file;
use crate::{
    config::Parts,
    settings::{Problem, SecretSource, SettingPath},
    store::{SentinelSettings, Settings, sentinel_address},
};

/// Nobody runs more of them.
const MOST_SENTINELS: usize = 16;

pub(super) fn check(parts: &Parts, at: &SettingPath, problems: &mut Vec<Problem>) {
    let Some(Settings::Redis {
        authorities,
        client,
        sentinel,
        replicas,
        ..
    }) = &parts.store
    else {
        return;
    };
    if let Some(path) = authorities {
        problems.extend(is_file(path, &at.join("authorities")));
    }
    if let Some(pair) = client {
        let at = at.join("client");
        problems.extend(is_file(&pair.certificate, &at.join("certificate")));
        if let SecretSource::File(path) = &pair.private_key {
            problems.extend(is_file(path, &at.join("private_key").join("file")));
        }
    }
    if let Some(sentinel) = sentinel {
        check_sentinel(sentinel, &at.join("sentinel"), problems);
    }
    if sentinel.is_some() && *replicas == Some(0) {
        problems.push(Problem::warning(
            at.join("replicas"),
            "a failover may forget which logins were used in its last moments, and while a cut-off server goes on beside the new one, what is used at one of them is not used at the other",
            "Leave `replicas` out, or write 1 or more: a login then goes on only when so many replicas know of it.",
        ));
    }
}

fn check_sentinel(sentinel: &SentinelSettings, at: &SettingPath, problems: &mut Vec<Problem>) {
    if sentinel.service.trim().is_empty() {
        problems.push(Problem::error(
            at.join("service"),
            "the service has no name",
            "Write what `sentinel monitor` in the Sentinels' own configuration calls it, such as \"mymaster\".",
        ));
    }
    let nodes = at.join("nodes");
    if sentinel.nodes.is_empty() || sentinel.nodes.len() > MOST_SENTINELS {
        problems.push(Problem::error(
            nodes.clone(),
            format!("there are {} Sentinels", sentinel.nodes.len()),
            format!("Name each of them, usually three, and at most {MOST_SENTINELS}."),
        ));
    }
    let wrong = sentinel.nodes.iter().enumerate();
    for (index, _) in wrong.filter(|(_, node)| sentinel_address(node).is_none()) {
        problems.push(Problem::error(
            nodes.join(index),
            "this is no host and port",
            "Write \"sentinel-1.example:26379\", without redis:// and without a password.",
        ));
    }
    if sentinel.user.is_some() && sentinel.password.is_none() {
        problems.push(Problem::error(
            at.join("user"),
            "there is a user without a password",
            "Give `password`, or leave out `user`.",
        ));
    }
}
