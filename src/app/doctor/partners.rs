//! The identity providers, and the lists of defined locations.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{Finding, Patient, ago, in_time};
use crate::{
    clock::Timestamp,
    locations,
    login::FlexAccount,
    mapping::Unavailable,
    oidc,
    settings::{Problem, SettingPath},
    upstream,
};

/// A certificate of the identity provider that ends within this many days is said to.
const SOON: i64 = 30;
/// Metadata that says itself that it ends within this many days.
const SOON_OVER: i64 = 3;

pub(super) async fn providers(patient: &Patient) -> Vec<Finding> {
    let saml = patient.parts.upstream.iter();
    let saml = join_all(saml.map(|watch| metadata(watch, patient.now)));
    let oidc = patient.parts.oidc.iter();
    let oidc = join_all(oidc.map(|provider| discovery(provider, patient.now)));
    let (saml, oidc) = tokio::join!(saml, oidc);
    saml.into_iter().chain(oidc).flatten().collect()
}

async fn metadata(watch: &Arc<upstream::Watch>, now: Timestamp) -> Vec<Finding> {
    let asked = in_time(watch.refresh_now()).await;
    let status = watch.status(now);
    let name = format!("idp.{}.metadata", watch.idp());
    let failure = match asked {
        Some(Ok(_)) => None,
        Some(Err(error)) => {
            let seen = format!("{}: {}", error.code.as_str(), error.detail);
            Some((seen, error.mend()))
        }
        None => Some((
            "no answer in time".to_owned(),
            "Look at the network between this machine and the server of the metadata.",
        )),
    };
    let usable = status.entity_id.is_some() && !status.expired;
    let mut found = vec![match (failure, &status.entity_id) {
        (None, Some(entity_id)) => {
            Finding::ok(&name, format!("{entity_id}, from {}", status.source))
        }
        (None, None) => Finding::fails(&name, "never obtained", "Look at the bridge's log."),
        (Some((seen, mend)), _) if usable => {
            let age = ago(status.age_seconds.unwrap_or_default());
            let seen = format!("{seen}; the copy on disk, {age} old, still works");
            Finding::warning(&name, seen, mend)
        }
        (Some((seen, mend)), _) => Finding::fails(&name, seen, mend),
    }];
    let root = format!("idp.{}", watch.idp());
    found.extend(status.valid_until.map(|until| validity(&root, until, now)));
    for certificate in &status.certificates {
        let mend = "Have the identity provider publish its next certificate beside this one. SAML trusts the key, so logins go on; some providers change it on that day.";
        let (what, until) = (&certificate.subject, certificate.not_after);
        let name = format!("{root}.certificate");
        found.push(Finding::of_end(name, what, until, now, SOON, mend));
    }
    for left_out in &status.left_out {
        let mend = "What it signs is refused. Remove it at the identity provider, unless it is the one that signs: then change that for RSA of 2048 bits or more.";
        let name = format!("{root}.certificate");
        found.push(Finding::warning(name, left_out.to_string(), mend));
    }
    found
}

fn validity(root: &str, until: Timestamp, now: Timestamp) -> Finding {
    let mend = "Have the identity provider publish fresh metadata, or get the file anew; check this machine's clock too.";
    let name = format!("{root}.metadata.valid_until");
    if until <= now {
        return Finding::fails(name, format!("the metadata is over since {until}"), mend);
    }
    Finding::of_end(name, "the metadata", until, now, SOON_OVER, mend)
}

async fn discovery(provider: &Arc<oidc::Provider>, now: Timestamp) -> Vec<Finding> {
    let root = format!("idp.{}", provider.idp());
    let (discovery, jwks) = (format!("{root}.discovery"), format!("{root}.jwks"));
    match in_time(provider.refresh_now()).await {
        Some(Ok(_)) => {
            let status = provider.status(now);
            let keys = format!("{} usable signing keys", status.keys);
            vec![
                Finding::ok(discovery, status.issuer),
                Finding::ok(jwks, keys),
            ]
        }
        Some(Err(error)) if error.code == oidc::ErrorCode::Keys => vec![
            Finding::ok(discovery, provider.issuer()),
            Finding::fails(jwks, error.to_string(), error.mend()),
        ],
        Some(Err(error)) => vec![Finding::fails(discovery, error.to_string(), error.mend())],
        None => vec![Finding::fails(
            discovery,
            "no answer in time",
            "Look at the network between this machine and the provider.",
        )],
    }
}

pub(super) async fn locations(patient: &Patient) -> Vec<Finding> {
    let watches = patient.parts.locations.iter();
    let found = join_all(watches.filter_map(|watch| {
        let account = patient.parts.bridge.flex.get(watch.flex())?;
        Some(list(watch, account))
    }));
    found.await.into_iter().flatten().collect()
}

async fn list(watch: &Arc<locations::Watch>, account: &FlexAccount) -> Vec<Finding> {
    let asked = in_time(watch.refresh_now()).await;
    let status = watch.status();
    let root = format!("flex.{}.locations", watch.flex());
    let failure = match asked {
        Some(Ok(_)) => None,
        Some(Err(error)) => Some((format!("{}: {}", error.code, error.detail), error.mend)),
        None => Some((
            "no answer in time".to_owned(),
            "Look at the network between this machine and Twilio.",
        )),
    };
    let refuses = account.mapping.unavailable() == Unavailable::Refuse;
    let mut found = vec![match (failure, status.count) {
        (None, Some(count)) => {
            Finding::ok(&root, format!("{count} defined, from {}", status.source))
        }
        (None, None) => Finding::warning(&root, "never obtained", "Look at the bridge's log."),
        (Some((seen, mend)), Some(count)) => {
            let age = ago(status.age_seconds.unwrap_or_default());
            let seen = format!("{seen}; the last list, {count} defined, {age} old, still works");
            Finding::warning(&root, seen, mend)
        }
        (Some((seen, mend)), None) if refuses => {
            let seen = format!("{seen}; never obtained, so logins are refused");
            Finding::fails(&root, seen, mend)
        }
        (Some((seen, mend)), None) => {
            let seen = format!("{seen}; never obtained, logins go on as `unavailable` says");
            Finding::warning(&root, seen, mend)
        }
    }];
    found.extend(undefined(watch, account));
    found
}

/// Rules that assign what is not defined never reach Flex.
fn undefined(watch: &locations::Watch, account: &FlexAccount) -> Vec<Finding> {
    let Some(snapshot) = watch.snapshot() else {
        return Vec::new();
    };
    let at = SettingPath::root().join("flex");
    let at = at.join(watch.flex().as_str()).join("location");
    let found = account.mapping.check_against(&snapshot.locations);
    if found.is_empty() {
        let seen = "every name that the rules assign is defined";
        return vec![Finding::ok(at.join("rule").to_string(), seen)];
    }
    let under = |problem: Problem| Finding::of_problem(&problem.under(&at));
    found.into_iter().map(under).collect()
}
