//! The workers of a Flex account, as page and API see them. Nothing is changed.

use std::time::Duration;

use super::{Desk, account};
use crate::{
    admin::{
        Trouble, TroubleKind,
        workers::{Pace, Survey, Unwatched, WorkerList, survey},
    },
    identity::FlexName,
    twilio::Error,
};

/// How fast Twilio is asked: half of what a command may, for somebody may be running one.
const PER_SECOND: u32 = 10;
const AT_ONCE: usize = 4;
/// How long somebody waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

impl Desk {
    /// Every worker, with what Flex makes of the `flex_location` it has.
    ///
    /// # Errors
    /// `admin.not_found`, `locations.no_credentials`, `admin.too_slow`, and what Twilio said.
    pub async fn workers(&self, flex: &FlexName) -> Result<WorkerList, Trouble> {
        let bridge = self.bridge();
        let account = account(&bridge, Some(flex))?;
        let client = account.twilio.as_ref().ok_or_else(|| {
            Trouble::new(
                TroubleKind::Conflict,
                "locations.no_credentials",
                format!("the Flex account `{flex}` has no credentials for Twilio's API"),
                format!("Add `twilio` with an API key and its secret to [flex.{flex}]."),
            )
        })?;
        let snapshot = account.locations.snapshot();
        let pace = Pace::new(PER_SECOND, AT_ONCE);
        let asked = Survey {
            defined: snapshot.as_deref().map(|list| &*list.locations),
            judge: None,
            pace: &pace,
            progress: &Unwatched,
        };
        let listed = async { survey(&client.flex_workspace().await?, asked).await };
        let listed = tokio::time::timeout(PATIENCE, listed).await;
        Ok(listed.map_err(|_| too_slow())??)
    }
}

fn too_slow() -> Trouble {
    Trouble::new(
        TroubleKind::Unavailable,
        "admin.too_slow",
        "Twilio took longer than a minute to list the workers",
        "Use `flexbridge workers list`, which has all the time.",
    )
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let (code, mend) = (error.code.as_str(), error.mend());
        Self::new(TroubleKind::Unavailable, code, error.detail, mend)
    }
}
