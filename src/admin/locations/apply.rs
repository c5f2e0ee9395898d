//! Writing what was confirmed: read again, keep a backup, post once, read back.

use std::{path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Confirmed, Failed, Written,
    backup::keep,
    error::client,
    plan::{Plan, changed},
};
use crate::{
    clock::Clock,
    identity::FlexName,
    locations::same,
    login::FlexAccount,
    twilio::{self, Client, FlexConfiguration},
};

/// How long is waited before reading back once more, while the old state still shows.
const LOOK_AGAIN: [Duration; 3] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(3),
];

/// How long is waited before posting again what Twilio surely did not do.
const TRY_AGAIN: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// The longest that Twilio may ask to be left alone while somebody waits.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What was written, and proven by reading it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Applied {
    /// The Flex account.
    pub flex: FlexName,
    /// The backup of what was there before.
    pub backup: PathBuf,
    /// When Twilio's configuration was changed, as Twilio writes it.
    pub date_updated: Option<String>,
    /// What went wrong on the way without doing harm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
}

/// Writes what was confirmed.
///
/// Twilio offers no `If-Match` for its Flex Configuration: what somebody else writes in the
/// moment between reading again and posting is overwritten, and stands in no backup.
///
/// # Errors
/// - `locations.changed` when somebody has changed the configuration since it was shown.
/// - `locations.backup` when no backup can be kept; nothing is written without one.
/// - What Twilio said, when it surely did nothing.
/// - `locations.unverified` when it is not known what became of it.
/// - `locations.not_as_written` when something else is there afterwards.
pub async fn apply(
    account: &FlexAccount,
    confirmed: Confirmed,
    clock: &dyn Clock,
) -> Result<Applied, Failed> {
    let plan = confirmed.0;
    let client = client(account)?;
    let (backup, unsure) = post(account, client, &plan, clock).await?;
    let date_updated = read_back(client, &plan, unsure.as_ref(), &backup).await?;
    tracing::info!(
        flex = plan.flex.as_str(),
        changes = plan.difference.changes.len(),
        "the Flex account's locations were changed"
    );
    // Logins of this process need not wait for the next refresh; its failure is in its own state.
    let _ = account.locations.refresh_now().await;
    Ok(Applied {
        flex: plan.flex,
        backup,
        date_updated,
        remark: unsure.map(|error| {
            format!("Twilio's answer was lost ({error}); reading back showed that all is written.")
        }),
    })
}

/// Posts once, right after looking that nobody has changed anything. Only where Twilio surely
/// did nothing it is asked again, and looked again before. Returns the backup, and why it is
/// not known whether Twilio did it, if so.
async fn post(
    account: &FlexAccount,
    client: &Client,
    plan: &Plan,
    clock: &dyn Clock,
) -> Result<(PathBuf, Option<twilio::Error>), Failed> {
    let mut backup = None;
    let mut waits = TRY_AGAIN.into_iter();
    loop {
        let now = client.fetch_configuration().await?;
        if !untouched(&plan.before, &now) {
            return Err(changed());
        }
        let kept = match backup.take() {
            Some(kept) => kept,
            None => keep(account, &now, clock.now()).await?,
        };
        let error = match client.replace_ui_attributes(plan.after.text()).await {
            Ok(()) => return Ok((kept, None)),
            Err(error) if !error.did_nothing => return Ok((kept, Some(error))),
            Err(error) => error,
        };
        let wait = waits
            .next()
            .filter(|_| error.is_passing())
            .map(|wait| error.retry_after.unwrap_or(wait))
            .filter(|wait| *wait <= LONGEST_WAIT);
        let Some(wait) = wait else {
            return Err(error.into());
        };
        tokio::time::sleep(wait).await;
        backup = Some(kept);
    }
}

/// Whether what is there now is what was read for the plan.
fn untouched(before: &FlexConfiguration, now: &FlexConfiguration) -> bool {
    before.date_updated == now.date_updated
        && same(before.ui_attributes.value(), now.ui_attributes.value())
}

/// Reads what has become of it; `unsure` is why the answer to the writing says nothing.
async fn read_back(
    client: &Client,
    plan: &Plan,
    unsure: Option<&twilio::Error>,
    backup: &std::path::Path,
) -> Result<Option<String>, Failed> {
    let mut waits = LOOK_AGAIN.into_iter();
    loop {
        let read = client.fetch_configuration().await;
        let failed = match read {
            Ok(read) if same(read.ui_attributes.value(), plan.after.value()) => {
                return Ok(read.date_updated);
            }
            Ok(read) if untouched(&plan.before, &read) => not_there(unsure),
            Ok(_) => return Err(otherwise(unsure, backup)),
            Err(error) => unverified(&error, unsure, backup),
        };
        match waits.next() {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return Err(failed),
        }
    }
}

/// The old state is still there. A lost request may still arrive, an accepted one may show late.
fn not_there(unsure: Option<&twilio::Error>) -> Failed {
    let why = unsure.map_or_else(
        || "Twilio said that it is written".to_owned(),
        |error| format!("Twilio's answer was lost ({error})"),
    );
    Failed {
        written: Written::Unknown,
        ..Failed::new(
            "locations.unverified",
            format!("{why}, but the old locations are still there"),
            "Wait a minute and look by `flexbridge locations diff FILE`: no difference means that it has arrived. If there still is one, apply the file again.",
        )
    }
}

fn unverified(
    error: &twilio::Error,
    unsure: Option<&twilio::Error>,
    backup: &std::path::Path,
) -> Failed {
    let posted = unsure.map_or_else(
        || "Twilio said that it is written".to_owned(),
        |error| format!("Twilio's answer was lost ({error})"),
    );
    Failed {
        written: Written::Unknown,
        ..Failed::new(
            "locations.unverified",
            format!("{posted}, and reading back failed: {error}"),
            format!(
                "Look by `flexbridge locations diff FILE` as soon as Twilio answers: no difference means that it is written. What was there before is in {}.",
                backup.display()
            ),
        )
    }
}

fn otherwise(unsure: Option<&twilio::Error>, backup: &std::path::Path) -> Failed {
    let posted = unsure.map_or_else(String::new, |error| {
        format!(" Twilio's answer was {error}.")
    });
    Failed {
        written: Written::Otherwise,
        ..Failed::new(
            "locations.not_as_written",
            format!(
                "what Twilio has now is neither what was there nor what was written: somebody else has changed it in the same moment.{posted}"
            ),
            format!(
                "Look by `flexbridge locations diff FILE` what is missing and apply it again, or restore {}.",
                backup.display()
            ),
        )
    }
}
