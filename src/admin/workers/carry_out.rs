//! A plan carried out: a few workers at once, at Twilio's pace, until done or hopeless.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use futures_util::{StreamExt, stream};

use super::{
    Outcome, Pace, PlannedChange, Progress, ReadyPlan, Report, ReportRow,
    change::{Ended, Trouble, change},
    journal::Journal,
    state::{StateError, StateFile},
};
use crate::twilio::{Error, ErrorCode, taskrouter::Workspace};

/// After so many failures in a row the rest would fail as well.
const MOST_FAILURES: u32 = 10;

/// How often one worker's turn is waited for when Twilio asks to be left alone.
const MOST_WAITS: u32 = 10;

/// The wait when Twilio asks for fewer requests and does not say how long.
const USUAL_WAIT: Duration = Duration::from_secs(30);

/// Why the work stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoppedEarly {
    /// Twilio fails for everybody.
    Twilio(Error),
    /// What is done can't be written down.
    State(StateError),
    /// Whoever watches said that it is enough.
    Asked,
}

/// What came of a plan.
#[derive(Debug)]
pub struct Carried {
    /// What happened to each worker.
    pub report: Report,
    /// Why the work stopped before its end, if it did.
    pub stopped: Option<StoppedEarly>,
    state: Option<StateFile>,
}

impl Carried {
    /// To be called when the report is safe: takes the state away, unless something is left
    /// to do or to look at. Gives whether it was taken away.
    ///
    /// # Errors
    /// [`StateError`] when it can't be.
    pub fn settle(self) -> Result<bool, StateError> {
        let finished = self.stopped.is_none() && self.report.is_fine();
        if let Some(state) = self.state.filter(|_| finished) {
            state.remove()?;
        }
        Ok(finished)
    }
}

/// Carries a plan out. With a `state` it goes on where an earlier run was stopped or killed.
pub async fn carry_out(
    workspace: &Workspace,
    plan: &ReadyPlan,
    state: Option<StateFile>,
    pace: &Pace,
    progress: &dyn Progress,
) -> Carried {
    let journal = match state.as_ref().map(StateFile::journal).transpose() {
        Ok(journal) => journal,
        Err(error) => return not_begun(plan, state, error),
    };
    let done = |one: &&PlannedChange| state.as_ref().is_some_and(|s| s.ended(&one.sid).is_some());
    let earlier = plan.changes.iter().filter(done).count() as u64;
    progress.planned(plan.changes.len() as u64, earlier);
    let crew = Crew {
        workspace,
        state: state.as_ref(),
        journal: journal.as_ref(),
        pace,
        progress,
        stop: AtomicBool::new(false),
        failures: AtomicU32::new(0),
    };
    let (rows, mut stopped) = crew.all(&plan.changes).await;
    if let Some(journal) = journal {
        let finished = journal.finish().await;
        stopped = stopped.or(finished.err().map(StoppedEarly::State));
    }
    Carried {
        report: Report { rows },
        stopped,
        state,
    }
}

fn not_begun(plan: &ReadyPlan, state: Option<StateFile>, error: StateError) -> Carried {
    let rows = plan.changes.iter();
    let rows = rows.map(|planned| ReportRow::new(planned, not_reached()));
    Carried {
        report: Report {
            rows: rows.collect(),
        },
        stopped: Some(StoppedEarly::State(error)),
        state,
    }
}

const fn not_reached() -> Ended {
    Ended {
        outcome: Outcome::NotReached,
        before: None,
        detail: None,
    }
}

/// What those who work on one plan share.
struct Crew<'a> {
    workspace: &'a Workspace,
    state: Option<&'a StateFile>,
    journal: Option<&'a Journal>,
    pace: &'a Pace,
    progress: &'a dyn Progress,
    stop: AtomicBool,
    failures: AtomicU32,
}

impl Crew<'_> {
    /// Everybody's part, in the plan's order.
    async fn all(&self, changes: &[PlannedChange]) -> (Vec<ReportRow>, Option<StoppedEarly>) {
        // By place, as a future over a borrowed worker could not be spawned.
        let parts = (0..changes.len())
            .map(|place| async move { (place, self.part(&changes[place]).await) });
        let parts = stream::iter(parts).buffer_unordered(self.pace.at_once);
        let mut parts: Vec<_> = parts.collect().await;
        parts.sort_unstable_by_key(|(place, _)| *place);
        let mut stopped = None;
        let rows = changes.iter().zip(parts).map(|(planned, (_, part))| {
            let (ended, reason) = part;
            stopped = stopped.take().or(reason);
            ReportRow::new(planned, ended)
        });
        (rows.collect(), stopped)
    }

    /// One worker's part; with it, why all the work stops, if it does.
    async fn part(&self, planned: &PlannedChange) -> (Ended, Option<StoppedEarly>) {
        if let Some(ended) = self.state.and_then(|state| state.ended(&planned.sid)) {
            return (ended.clone(), None);
        }
        if self.stop.load(Ordering::Relaxed) {
            return (not_reached(), None);
        }
        if self.progress.enough() {
            return (not_reached(), Some(StoppedEarly::Asked));
        }
        let part = match self.patiently(planned).await {
            Ok(ended) => {
                self.failures.store(0, Ordering::Relaxed);
                self.keep(planned, &ended);
                (ended, None)
            }
            Err(Trouble::State(error)) => {
                self.stop.store(true, Ordering::Relaxed);
                (not_reached(), Some(StoppedEarly::State(error)))
            }
            Err(Trouble::Twilio { error, begun }) => self.failed(error, begun.is_some()),
        };
        self.progress.advanced(1);
        part
    }

    /// What failed is tried again by the next run; everything else is done.
    fn keep(&self, planned: &PlannedChange, ended: &Ended) {
        if let Some(journal) = self.journal.filter(|_| ended.outcome != Outcome::Failed) {
            journal.done(&planned.sid, ended);
        }
    }

    /// Does one worker's part, and waits as long as Twilio asks for.
    async fn patiently(&self, planned: &PlannedChange) -> Result<Ended, Trouble> {
        let begun = self.state.and_then(|state| state.begun(&planned.sid));
        let mut begun = begun.cloned();
        let mut waits = 0;
        loop {
            if planned.unchanged && begun.is_none() {
                return Ok(Ended {
                    outcome: Outcome::Unchanged,
                    before: planned.current.clone(),
                    detail: None,
                });
            }
            let (workspace, pace) = (self.workspace, self.pace);
            let ended = change(workspace, planned, begun.take(), pace, self.journal);
            match ended.await {
                Err(Trouble::Twilio { error, begun: left })
                    if error.code == ErrorCode::RateLimited && waits < MOST_WAITS =>
                {
                    waits += 1;
                    begun = left;
                    // What was said to one holds for all.
                    pace.hold(error.retry_after.unwrap_or(USUAL_WAIT));
                }
                other => return other,
            }
        }
    }

    fn failed(&self, error: Error, perhaps_written: bool) -> (Ended, Option<StoppedEarly>) {
        let own = matches!(error.code, ErrorCode::NotFound | ErrorCode::Rejected);
        let failures = if own {
            0
        } else {
            self.failures.fetch_add(1, Ordering::Relaxed) + 1
        };
        let hopeless = matches!(
            error.code,
            ErrorCode::Unauthorized | ErrorCode::Forbidden | ErrorCode::OtherAccount
        );
        let ended = Ended {
            outcome: if perhaps_written {
                Outcome::Unclear
            } else {
                Outcome::Failed
            },
            before: None,
            detail: Some(error.to_string()),
        };
        let stops = hopeless || failures >= MOST_FAILURES;
        if stops {
            self.stop.store(true, Ordering::Relaxed);
        }
        (ended, stops.then_some(StoppedEarly::Twilio(error)))
    }
}
