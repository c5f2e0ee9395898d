//! One worker's part: read, merge, write, and look again where nobody knows what happened.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Pace, PlannedChange, journal::Journal, plan::shown, state::StateError};
use crate::twilio::{
    Error, ErrorCode,
    taskrouter::{Version, WorkerAtVersion, Workspace},
};

/// How often one worker is read and written at most, when others keep changing it.
const MOST_ROUNDS: u32 = 8;

/// The wait after a write of which nothing is known; it grows with each round.
const PAUSE: Duration = Duration::from_millis(250);

/// How it ended for one worker.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "WorkerOutcome")]
pub enum Outcome {
    /// It was written.
    Changed,
    /// It was so already.
    Unchanged,
    /// It was not written, and why is said beside it.
    Failed,
    /// It may have been written once, and something else has been written since. It is not
    /// written again: look at the worker.
    Unclear,
    /// The work stopped before it came to this worker.
    NotReached,
}

impl Outcome {
    /// The stable word for reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
            Self::Unclear => "unclear",
            Self::NotReached => "not_reached",
        }
    }
}

/// How it ended, with what was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// The `flex_location` from before, as [`shown`] writes it.
    pub(super) before: Option<String>,
    /// More about it, for people.
    pub(super) detail: Option<String>,
}

/// A write that was begun: from which version, and what was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) version: Version,
    pub(super) before: Option<String>,
}

/// Why a worker's part has no end yet.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Twilio failed.
    Twilio {
        error: Error,
        /// A write that may have been carried out all the same.
        begun: Option<Begun>,
    },
    /// What is done can't be written down, so nothing more may be done.
    State(StateError),
}

/// Does one worker's part. `begun` is a write of which nobody knows whether it was carried out.
pub(super) async fn change(
    workspace: &Workspace,
    planned: &PlannedChange,
    begun: Option<Begun>,
    pace: &Pace,
    journal: Option<&Journal>,
) -> Result<Ended, Trouble> {
    let mut round = Round {
        planned,
        begun,
        journal,
    };
    for number in 0..MOST_ROUNDS {
        pace.turn().await;
        let worker = match workspace.worker(&planned.sid).await {
            Ok(worker) => worker,
            Err(error) => return Err(round.twilio(error)),
        };
        if let Some(ended) = round.look(&worker) {
            return Ok(ended);
        }
        let Ok(wanted) = worker.attributes.with_location(planned.target.as_str()) else {
            return Ok(failed("the attributes are no JSON object"));
        };
        let begun = Begun {
            version: worker.version.clone(),
            before: shown(&worker.attributes.location()),
        };
        if let Some(journal) = journal {
            let kept = journal.begin(&planned.sid, &begun).await;
            kept.map_err(Trouble::State)?;
        }
        pace.turn().await;
        match workspace.set_attributes(&worker, &wanted).await {
            Ok(after) => return Ok(round.written(&after, begun)),
            // Somebody else was faster, or our own write of an earlier round was.
            Err(error) if error.code == ErrorCode::Changed => round.withdraw(),
            Err(error) if error.did_nothing => {
                round.withdraw();
                return Err(round.twilio(error));
            }
            // A second write from the same version can't be carried out beside the first.
            Err(_) => {
                round.begun = Some(begun);
                tokio::time::sleep(PAUSE * (number + 1)).await;
            }
        }
    }
    let detail = format!("it changed or could not be written {MOST_ROUNDS} times in a row");
    if round.begun.is_some() {
        let error = Error::new(ErrorCode::Server, detail);
        return Err(round.twilio(error));
    }
    Ok(failed(&detail))
}

fn failed(detail: &str) -> Ended {
    Ended {
        outcome: Outcome::Failed,
        before: None,
        detail: Some(detail.to_owned()),
    }
}

struct Round<'a> {
    planned: &'a PlannedChange,
    begun: Option<Begun>,
    journal: Option<&'a Journal>,
}

impl Round<'_> {
    /// What the worker as it is now says about the end, if there is one already.
    fn look(&self, worker: &WorkerAtVersion) -> Option<Ended> {
        let current = worker.attributes.location();
        let met = self.planned.target.is_met_by(&current);
        match &self.begun {
            Some(begun) if begun.version != worker.version => Some(Ended {
                outcome: if met {
                    Outcome::Changed
                } else {
                    Outcome::Unclear
                },
                before: begun.before.clone(),
                detail: (!met).then(|| {
                    "it may have been written, and the worker has changed since; it has another location now".to_owned()
                }),
            }),
            _ if met => Some(Ended {
                outcome: Outcome::Unchanged,
                before: shown(&current),
                detail: None,
            }),
            _ => None,
        }
    }

    /// Twilio says that it was written: the worker that it shows must say so too.
    fn written(&self, after: &WorkerAtVersion, begun: Begun) -> Ended {
        let met = self.planned.target.is_met_by(&after.attributes.location());
        Ended {
            outcome: if met {
                Outcome::Changed
            } else {
                Outcome::Unclear
            },
            before: begun.before,
            detail: (!met).then(|| "Twilio took it, and shows another location".to_owned()),
        }
    }

    /// The last write was surely not carried out; one before it may have been.
    fn withdraw(&self) {
        if let Some(journal) = self.journal {
            journal.withdraw(&self.planned.sid, self.begun.as_ref());
        }
    }

    fn twilio(&self, error: Error) -> Trouble {
        Trouble::Twilio {
            error,
            begun: self.begun.clone(),
        }
    }
}
