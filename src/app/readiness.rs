//! Whether logins can be served, and what keeps them from it.

use std::fmt::Write as _;

use crate::{
    clock::Timestamp,
    locations,
    mapping::Unavailable,
    oidc, upstream,
    web::{Check, Readiness},
};

use super::running::Shared;

/// Looks at everything that a login needs.
pub(super) async fn look(shared: &Shared) -> Readiness {
    let mut checks = vec![store(shared).await];
    let watches = shared.watches();
    let now = shared.seams.clock.now();
    checks.extend(watches.upstream.iter().map(|watch| metadata(watch, now)));
    checks.extend(watches.oidc.iter().map(|one| provider(one, now)));
    let bridge = shared.logins.bridge();
    checks.extend(watches.locations.iter().map(|watch| {
        let account = bridge.flex.get(watch.flex());
        let refuses = account.is_none_or(|one| one.mapping.unavailable() == Unavailable::Refuse);
        defined(watch, refuses)
    }));
    Readiness { checks }
}

async fn store(shared: &Shared) -> Check {
    let answer = shared.store.ping().await;
    let (ok, detail) = match (answer, shared.store.concern().await) {
        (Err(error), _) => (false, error.to_string()),
        // What may forget that a login was used must not take logins.
        (Ok(()), Some(concern)) => (false, concern),
        (Ok(()), None) => (true, "answers".to_owned()),
    };
    Check {
        name: "store".to_owned(),
        ok,
        detail,
    }
}

/// Old metadata keeps working and says so; metadata that was never obtained, or is over, does not.
fn metadata(watch: &upstream::Watch, now: Timestamp) -> Check {
    let status = watch.status(now);
    let mut detail = match (&status.entity_id, status.age_seconds) {
        (Some(entity_id), Some(age)) => format!("{entity_id}, {age} s old"),
        _ => "never obtained".to_owned(),
    };
    if let (true, Some(until)) = (status.expired, status.valid_until) {
        let _ = write!(detail, "; over since {until}");
    }
    for left_out in &status.left_out {
        let _ = write!(detail, "; left out: {left_out}");
    }
    if let Some(failure) = &status.failure {
        let _ = write!(
            detail,
            "; {}: {} {}",
            failure.code, failure.detail, failure.mend
        );
    }
    Check {
        name: format!("idp.{}.metadata", watch.idp()),
        ok: status.entity_id.is_some() && !status.expired,
        detail,
    }
}

/// What was once obtained keeps working and says so; without it nobody signs in.
fn provider(provider: &oidc::Provider, now: Timestamp) -> Check {
    let status = provider.status(now);
    let mut detail = match status.age_seconds {
        Some(age) => format!("{}, {} keys, {age} s old", status.issuer, status.keys),
        None => format!("{}, never obtained", status.issuer),
    };
    if let Some(failure) = &status.failure {
        let _ = write!(detail, "; {failure} {}", failure.mend());
    }
    Check {
        name: format!("idp.{}.provider", provider.idp()),
        ok: status.age_seconds.is_some(),
        detail,
    }
}

/// A list that was never obtained keeps people out only where `unavailable` says so;
/// elsewhere that is a remark.
fn defined(watch: &locations::Watch, refuses: bool) -> Check {
    let status = watch.status();
    let mut detail = match (status.count, status.age_seconds) {
        (Some(count), Some(age)) => format!("{count} defined, {age} s old"),
        _ if refuses => "never obtained; logins are refused".to_owned(),
        _ => "never obtained; logins go on without it, as `unavailable` says".to_owned(),
    };
    if status.stale && status.count.is_some() {
        detail.push_str("; stale");
    }
    if let Some(failure) = &status.failure {
        let _ = write!(
            detail,
            "; {}: {} {}",
            failure.code, failure.detail, failure.mend
        );
    }
    Check {
        name: format!("flex.{}.locations", watch.flex()),
        ok: status.count.is_some() || !refuses,
        detail,
    }
}
