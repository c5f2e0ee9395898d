//! The workers of a Flex account, as page and API see and set them: `mod` lists, `audit` holds
//! them against the rules, `plan` shows what would be set, `jobs` begins, stops and goes on,
//! `running` is the job that is being done.
//!
//! Must never: write without a plan that was agreed to by its fingerprint.

mod audit;
mod jobs;
mod plan;
mod running;

pub use audit::{AuditOf, WorkersAudit};
pub use jobs::{JobState, JobStatus};
pub use plan::WorkersPlan;
pub(super) use running::Jobs;

use std::{sync::Arc, time::Duration};

use tokio::sync::OwnedSemaphorePermit;

use super::{Desk, TURN, account, busy};
use crate::{
    admin::{
        Trouble, TroubleKind,
        workers::{Pace, Survey, Unwatched, WorkerList, survey},
    },
    identity::FlexName,
    login::FlexAccount,
    twilio::{Client, Error},
};

/// How fast Twilio is asked: half of what a command may, for somebody may be running one.
const PER_SECOND: u32 = 20;
const AT_ONCE: usize = 4;
/// How long somebody waits for all workers to be listed.
const PATIENCE: Duration = Duration::from_mins(1);

impl Desk {
    /// Every worker, with what Flex makes of the `flex_location` it has.
    ///
    /// # Errors
    /// `admin.not_found`, `locations.no_credentials`, `admin.too_slow`, and what Twilio said.
    pub async fn workers(&self, flex: &FlexName) -> Result<WorkerList, Trouble> {
        let bridge = self.bridge();
        let account = account(&bridge, Some(flex))?;
        let client = client(account)?;
        let _turn = self.turn_with_twilio().await?;
        let snapshot = account.locations.snapshot();
        let pace = Pace::new(PER_SECOND, AT_ONCE);
        let asked = Survey {
            defined: snapshot.as_deref().map(|list| &*list.locations),
            judge: None,
            logins: None,
            pace: &pace,
            progress: &Unwatched,
        };
        let listed = async { survey(&client.flex_workspace().await?, asked).await };
        let listed = tokio::time::timeout(PATIENCE, listed).await;
        Ok(listed.map_err(|_| too_slow())??)
    }

    /// Listing all workers is long work for Twilio: not everybody does it at once.
    async fn turn_with_twilio(&self) -> Result<OwnedSemaphorePermit, Trouble> {
        let turn = Arc::clone(&self.listing).acquire_owned();
        match tokio::time::timeout(TURN, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(busy("the workers are being listed already")),
        }
    }
}

fn client(account: &FlexAccount) -> Result<&Client, Trouble> {
    let flex = &account.name;
    account.twilio.as_ref().ok_or_else(|| {
        Trouble::new(
            TroubleKind::Conflict,
            "locations.no_credentials",
            format!("the Flex account `{flex}` has no credentials for Twilio's API"),
            format!("Add `twilio` with an API key and its secret to [flex.{flex}]."),
        )
    })
}

fn too_slow() -> Trouble {
    Trouble::new(
        TroubleKind::Unavailable,
        "admin.too_slow",
        "Twilio took longer than a minute to list the workers",
        "Use `flexbridge workers`, which has all the time.",
    )
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let (code, mend) = (error.code.as_str(), error.mend());
        Self::new(TroubleKind::Unavailable, code, error.detail, mend)
    }
}
