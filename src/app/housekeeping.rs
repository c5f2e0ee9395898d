//! What happens by itself from time to time: old records of logins are forgotten.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use tokio::task::JoinSet;

use super::running::Shared;

/// How often old records are looked for.
const EVERY: Duration = Duration::from_secs(3_600);

/// Goes on as long as this is held.
pub(super) struct Housekeeping {
    _tasks: JoinSet<()>,
}

pub(super) fn start(shared: &Arc<Shared>) -> Housekeeping {
    let mut tasks = JoinSet::new();
    let shared = shared.clone();
    tasks.spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            prune(&shared).await;
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
