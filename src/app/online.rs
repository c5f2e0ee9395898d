//! `config check --online`: asks the identity providers and Twilio.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    clock::{Clock, Random},
    config::Config,
    identity::FlexName,
    keys::Keys,
    mapping::Mapping,
    settings::{Problem, SettingPath},
    upstream::ErrorCode,
};

use super::compose::{Parts, Purpose, Seams};

/// What the partners say about a configuration: metadata that can't be had,
/// locations that can't be read, rules that assign what is not defined.
/// Problems have paths as seen from the whole file.
pub async fn check_online(
    config: &Config,
    keys: &Keys,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Vec<Problem> {
    let parts = match Parts::compose(config, keys, &Seams { clock, random }, Purpose::Look) {
        Ok(parts) => parts,
        Err(problems) => return problems,
    };
    let (lists, metadata, providers) = tokio::join!(
        parts.locations.refresh_all(),
        parts.upstream.refresh_all(),
        parts.oidc.refresh_all()
    );
    let mut problems = Vec::new();
    for (idp, error) in metadata {
        let at = SettingPath::root()
            .join("idp")
            .join(idp.as_str())
            .join("metadata");
        let message = format!("{}: {}", error.code.as_str(), error.detail);
        problems.push(match error.code {
            // The running bridge goes on with the one it knows.
            ErrorCode::OtherEntity => Problem::warning(at, message, error.mend()),
            _ => Problem::error(at, message, error.mend()),
        });
    }
    problems.extend(left_out(&parts));
    for (idp, error) in providers {
        let at = SettingPath::root()
            .join("idp")
            .join(idp.as_str())
            .join("issuer");
        problems.push(Problem::error(at, error.to_string(), error.mend()));
    }
    for (flex, error) in lists {
        let at = location_path(&flex).join("defined");
        let message = format!("{}: {}", error.code, error.detail);
        problems.push(Problem::error(at, message, error.mend));
    }
    problems.extend(undefined(&parts));
    problems
}

/// Certificates that the metadata names and nobody can use.
fn left_out(parts: &Parts) -> Vec<Problem> {
    let mut problems = Vec::new();
    for watch in parts.upstream.iter() {
        let state = watch.state();
        let Some(snapshot) = &state.snapshot else {
            continue;
        };
        let at = SettingPath::root()
            .join("idp")
            .join(watch.idp().as_str())
            .join("metadata");
        for one in snapshot.metadata.certificates.left_out() {
            let mend = "It is left out and what it signs is refused. Remove it at the identity provider, unless it is the one that signs: then change that for RSA of 2048 bits or more.";
            problems.push(Problem::warning(at.clone(), one.to_string(), mend));
        }
    }
    problems
}

fn undefined(parts: &Parts) -> Vec<Problem> {
    let mappings: BTreeMap<&FlexName, &Mapping> = parts
        .bridge
        .flex
        .iter()
        .map(|(name, account)| (name, &account.mapping))
        .collect();
    let mut problems = Vec::new();
    for (name, mapping) in mappings {
        let Some(snapshot) = parts.locations.get(name).and_then(|watch| watch.snapshot()) else {
            continue;
        };
        let at = location_path(name);
        let found = mapping.check_against(&snapshot.locations);
        problems.extend(found.into_iter().map(|problem| problem.under(&at)));
    }
    problems
}

fn location_path(flex: &FlexName) -> SettingPath {
    SettingPath::root()
        .join("flex")
        .join(flex.as_str())
        .join("location")
}
