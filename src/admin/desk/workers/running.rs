//! The job that is being done: how far it is, and the work itself.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::{
    AT_ONCE, PER_SECOND,
    jobs::{JobState, JobStatus},
};
use crate::{
    admin::{
        Trouble,
        desk::conflict,
        workers::{
            Carried, End, JobName, Pace, Progress, ReadyPlan, Shelf, StateFile, StoppedEarly,
            Totals, carry_out,
        },
    },
    clock::{Clock, Stopwatch},
    identity::FlexName,
    twilio::taskrouter::Workspace,
};

/// The job that is being done, if there is one.
#[derive(Default)]
pub(in crate::admin::desk) struct Jobs(Mutex<Option<Arc<Running>>>);

/// A job that is being done.
pub(super) struct Running {
    pub(super) flex: FlexName,
    pub(super) job: Mutex<Option<JobName>>,
    watch: Stopwatch,
    all: AtomicU64,
    earlier: AtomicU64,
    done: AtomicU64,
    pub(super) enough: AtomicBool,
}

impl Progress for Running {
    fn planned(&self, all: u64, done: u64) {
        self.all.store(all, Ordering::Relaxed);
        self.earlier.store(done, Ordering::Relaxed);
    }

    fn advanced(&self, by: u64) {
        self.done.fetch_add(by, Ordering::Relaxed);
    }

    fn enough(&self) -> bool {
        self.enough.load(Ordering::Relaxed)
    }
}

/// The one place at which a job is done; free again when it is dropped.
pub(super) struct Slot {
    jobs: Arc<Jobs>,
    pub(super) running: Arc<Running>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut place = self.jobs.0.lock().unwrap_or_else(PoisonError::into_inner);
        *place = None;
    }
}

impl Jobs {
    pub(super) fn take(self: &Arc<Self>, flex: &FlexName) -> Result<Slot, Trouble> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = &*place {
            let detail = format!("workers of `{}` are being set already", other.flex);
            let mend = "Wait until that is done, or stop it.";
            return Err(conflict("workers.busy", &detail, mend));
        }
        let running = Arc::new(Running {
            flex: flex.clone(),
            job: Mutex::default(),
            watch: Stopwatch::start(),
            all: AtomicU64::new(0),
            earlier: AtomicU64::new(0),
            done: AtomicU64::new(0),
            enough: AtomicBool::new(false),
        });
        *place = Some(Arc::clone(&running));
        let jobs = Arc::clone(self);
        Ok(Slot { jobs, running })
    }

    pub(super) fn at(&self, flex: &FlexName, job: &JobName) -> Option<Arc<Running>> {
        let place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let running = place.as_ref().filter(|one| one.flex == *flex)?;
        let name = running.job.lock().unwrap_or_else(PoisonError::into_inner);
        (name.as_ref() == Some(job)).then(|| Arc::clone(running))
    }
}

impl Running {
    pub(super) fn tell(&self, status: &mut JobStatus) {
        let (all, earlier) = (&self.all, &self.earlier);
        let (all, earlier) = (all.load(Ordering::Relaxed), earlier.load(Ordering::Relaxed));
        let done = self.done.load(Ordering::Relaxed);
        status.state = JobState::Running;
        (status.workers, status.done) = (all, earlier.saturating_add(done).min(all));
        let elapsed = self.watch.elapsed().as_millis().max(1);
        let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX);
        status.per_minute = Some(done.saturating_mul(60_000) / elapsed);
        let left = all.saturating_sub(status.done);
        status.seconds_left = (done > 0).then(|| left.saturating_mul(elapsed) / done / 1_000);
    }
}

/// Does a job, and keeps how it ended.
pub(super) async fn work(
    running: &Running,
    job: &JobName,
    workspace: &Workspace,
    ready: &ReadyPlan,
    shelf: &Shelf,
    clock: &dyn Clock,
) {
    let state = match StateFile::open(&shelf.state(job), ready.job()) {
        Ok(state) => state,
        Err(error) => {
            let why = (error.to_string(), error.mend().to_owned());
            return keep(shelf, job, None, ended(clock, Totals::default(), Some(why)));
        }
    };
    let pace = Pace::new(PER_SECOND, AT_ONCE);
    let carried = carry_out(workspace, ready, Some(state), &pace, running).await;
    let why = carried.stopped.as_ref().map(why);
    let end = ended(clock, carried.report.totals(), why);
    keep(shelf, job, Some(carried), end);
}

fn ended(clock: &dyn Clock, totals: Totals, why: Option<(String, String)>) -> End {
    End {
        at: clock.now(),
        totals,
        finished: false,
        why,
    }
}

fn keep(shelf: &Shelf, job: &JobName, carried: Option<Carried>, mut end: End) {
    let Some(carried) = carried else {
        if let Err(error) = shelf.stopped(job, &end) {
            tracing::error!(detail = %error, "how setting workers ended could not be kept");
        }
        return;
    };
    end.finished = carried.stopped.is_none() && carried.report.is_fine();
    // The report is safe first: what is done is forgotten only then.
    let kept = shelf.finish(job, &carried.report, &end);
    let settled = kept.map_err(|error| error.to_string()).and_then(|()| {
        let settled = carried.settle();
        settled.map_err(|error| error.to_string())
    });
    if let Err(detail) = settled {
        tracing::error!(detail = %detail, "how setting workers ended could not be kept");
    }
}

fn why(stopped: &StoppedEarly) -> (String, String) {
    match stopped {
        StoppedEarly::Twilio(error) => (error.to_string(), error.mend().to_owned()),
        StoppedEarly::State(error) => (error.to_string(), error.mend().to_owned()),
        StoppedEarly::Asked => (
            "an administrator stopped it".to_owned(),
            "Go on whenever you like.".to_owned(),
        ),
    }
}
