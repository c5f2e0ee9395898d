//! What happens by itself from time to time: old records of logins are
//! forgotten, and rules are held against the defined locations as these change.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::TimeDelta;
use tokio::task::JoinSet;

use super::running::Shared;
use crate::{identity::FlexName, locations::Snapshot, settings::Problem};

/// How often old records are looked for, and the store at its settings.
const EVERY: Duration = Duration::from_hours(1);
/// How often it is looked whether a list of locations is another.
const COMPARE_EVERY: Duration = Duration::from_secs(15);

/// Goes on as long as this is held.
pub(super) struct Housekeeping {
    _tasks: JoinSet<()>,
}

pub(super) fn start(shared: &Arc<Shared>) -> Housekeeping {
    let mut tasks = JoinSet::new();
    let pruned = shared.clone();
    tasks.spawn(async move {
        loop {
            prune(&pruned).await;
            warn_of_store(&pruned).await;
            tokio::time::sleep(EVERY).await;
        }
    });
    let compared = shared.clone();
    let mut seen = Seen::new();
    warn_of_undefined(&compared, &mut seen);
    tasks.spawn(async move {
        loop {
            tokio::time::sleep(COMPARE_EVERY).await;
            warn_of_undefined(&compared, &mut seen);
        }
    });
    Housekeeping { _tasks: tasks }
}

async fn prune(shared: &Shared) {
    let keep = TimeDelta::from_std(shared.keep()).unwrap_or(TimeDelta::MAX);
    let Some(before) = shared.seams.clock.now().checked_sub_signed(keep) else {
        return;
    };
    match shared.journal.prune(before).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "old records of logins were forgotten"),
        Err(error) => tracing::warn!(detail = %error, "old records could not be forgotten"),
    }
}

/// The start refuses such a store; one that becomes so is said to be, again and again.
async fn warn_of_store(shared: &Shared) {
    if let Some(concern) = shared.store.concern().await {
        tracing::error!(detail = %concern, "the store may forget which logins were used");
    }
}

/// What was found the last time, and with which list.
type Seen = HashMap<FlexName, (Weak<Snapshot>, Vec<Problem>)>;

/// A rule that assigns what is not defined never reaches Flex; the administrator
/// is told here, once each time that something else is found.
fn warn_of_undefined(shared: &Shared, seen: &mut Seen) {
    for account in shared.logins.bridge().flex.values() {
        let Some(snapshot) = account.locations.snapshot() else {
            continue;
        };
        let list = Arc::downgrade(&snapshot);
        let (before, known) = seen.entry(account.name.clone()).or_default();
        if before.ptr_eq(&list) {
            continue;
        }
        *before = list;
        let found = account.mapping.check_against(&snapshot.locations);
        if found == *known {
            continue;
        }
        for problem in &found {
            tracing::warn!(
                flex = account.name.as_str(),
                detail = %problem,
                "a rule does not fit the defined locations"
            );
        }
        *known = found;
    }
}
