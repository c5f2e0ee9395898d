//! Jobs that set the workers' location: begun by whoever agrees to a plan, looked at, stopped,
//! gone on with. What was begun goes on in the background, one job at a time.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Desk,
    plan::{fingerprint, ready},
    running::{Slot, work},
};
use crate::{
    admin::{
        Trouble, TroubleKind,
        desk::{account, conflict},
        workers::{Begun, JobName, Progress as _, ReadyPlan, Report, Row, Shelf, Totals},
    },
    clock::Timestamp,
    identity::FlexName,
    twilio::taskrouter::Workspace,
};

/// How a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It is being done.
    Running,
    /// The process ended in the middle of it: it can go on.
    Interrupted,
    /// It stopped before its end, or some workers were not set: it can go on.
    Stopped,
    /// Every worker has its location.
    Finished,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JobStatus {
    /// Its name.
    pub job: JobName,
    /// The Flex account.
    pub flex: FlexName,
    /// When it was begun first.
    pub began_at: Timestamp,
    /// How it is.
    pub state: JobState,
    /// For how many workers it is.
    pub workers: u64,
    /// How many of them are done.
    pub done: u64,
    /// How many wrong rows were left out.
    pub left_out: u64,
    /// How many workers a minute are done, while it runs.
    pub per_minute: Option<u64>,
    /// How long it will take still, while it runs.
    pub seconds_left: Option<u64>,
    /// How it ended for how many, once it has ended or stopped.
    pub totals: Option<Totals>,
    /// Why it stopped.
    pub why: Option<String>,
    /// What to do.
    pub mend: Option<String>,
}

impl Desk {
    /// Begins to set what was shown with this fingerprint, and does not wait for its end.
    ///
    /// # Errors
    /// As [`Desk::plan_workers`]; `workers.busy`, `workers.changed`, `workers.bad_rows`,
    /// `workers.nothing_to_do`, `workers.not_kept`.
    pub async fn set_workers(
        &self,
        flex: &FlexName,
        rows: Vec<Row>,
        leave_out_bad_rows: bool,
        told: &str,
    ) -> Result<JobStatus, Trouble> {
        let slot = self.jobs.take(flex)?;
        let (workspace, plan) = self.planned(flex, &rows).await?;
        if fingerprint(&plan, leave_out_bad_rows) != told {
            return Err(conflict(
                "workers.changed",
                "what would be written is no longer what was shown: workers, locations or rows have changed",
                "Nothing was written. Look at it again, and then set it.",
            ));
        }
        if plan.changes.iter().all(|one| one.unchanged) {
            let detail = "every worker that is named has its location already";
            return Err(conflict("workers.nothing_to_do", detail, "Nothing."));
        }
        let (bad, job) = (plan.bad.len() as u64, JobName::of(&plan.job));
        let ready = ready(plan, leave_out_bad_rows)?;
        let left_out = leave_out_bad_rows.then_some(bad);
        let begun = Begun::new(self.now(), ready.changes().len() as u64, left_out);
        let folder = Shelf::of(&self.store, flex);
        folder
            .put(&job, &begun, &rows)
            .map_err(|error| not_kept(&error))?;
        Ok(self.work_on(slot, &begun, job, (workspace, ready), folder))
    }

    /// Goes on with a job that was interrupted, or stopped.
    ///
    /// # Errors
    /// As [`Desk::set_workers`].
    pub async fn go_on_with_workers(
        &self,
        flex: &FlexName,
        job: &JobName,
    ) -> Result<JobStatus, Trouble> {
        let status = self.workers_job(flex, job)?;
        if status.state == JobState::Finished {
            let detail = "every worker of the job has its location";
            return Err(conflict("workers.nothing_to_do", detail, "Nothing."));
        }
        let slot = self.jobs.take(flex)?;
        let folder = Shelf::of(&self.store, flex);
        let kept = || -> std::io::Result<_> { Ok((folder.begun(job)?, folder.rows(job)?)) };
        let (begun, rows) = kept().map_err(|error| not_kept(&error))?;
        let (workspace, plan) = self.planned(flex, &rows).await?;
        if JobName::of(&plan.job) != *job {
            let detail = "the Flex account has another Twilio account or workspace now";
            let mend = "Set the workers anew, with the same table.";
            return Err(conflict("workers.changed", detail, mend));
        }
        let ready = ready(plan, begun.leave_out_bad_rows)?;
        folder.go_on(job).map_err(|error| not_kept(&error))?;
        Ok(self.work_on(slot, &begun, job.clone(), (workspace, ready), folder))
    }

    /// Begins no further worker of a job. Those under way are finished.
    ///
    /// # Errors
    /// `admin.not_found`; `workers.nothing_to_do` when nobody is at it.
    pub fn stop_workers(&self, flex: &FlexName, job: &JobName) -> Result<JobStatus, Trouble> {
        let status = self.workers_job(flex, job)?;
        let running = self.jobs.at(flex, job).ok_or_else(|| {
            conflict("workers.nothing_to_do", "nobody is at this job", "Nothing.")
        })?;
        running.enough.store(true, Ordering::Relaxed);
        Ok(status)
    }

    fn work_on(
        &self,
        slot: Slot,
        begun: &Begun,
        job: JobName,
        (workspace, ready): (Workspace, ReadyPlan),
        folder: Shelf,
    ) -> JobStatus {
        let running = Arc::clone(&slot.running);
        running.planned(ready.changes().len() as u64, folder.done(&job));
        *running.job.lock().unwrap_or_else(PoisonError::into_inner) = Some(job.clone());
        let status = self.status_of(&running.flex, &job, begun, &folder);
        let clock = Arc::clone(&self.clock);
        tracing::info!("an administrator began to set the location of workers");
        tokio::spawn(async move {
            work(&slot.running, &job, &workspace, &ready, &folder, &*clock).await;
            tracing::info!("setting the location of workers has ended");
            drop(slot);
        });
        status
    }

    /// The jobs of an account, the newest first.
    ///
    /// # Errors
    /// `admin.not_found`, `workers.not_kept`.
    pub fn workers_jobs(&self, flex: &FlexName) -> Result<Vec<JobStatus>, Trouble> {
        let bridge = self.bridge();
        let flex = &account(&bridge, Some(flex))?.name;
        let folder = Shelf::of(&self.store, flex);
        let jobs = folder.list().map_err(|error| not_kept(&error))?;
        let jobs = jobs.iter();
        jobs.map(|(job, begun)| Ok(self.status_of(flex, job, begun, &folder)))
            .collect()
    }

    /// How far a job is.
    ///
    /// # Errors
    /// `admin.not_found`, `workers.not_kept`.
    pub fn workers_job(&self, flex: &FlexName, job: &JobName) -> Result<JobStatus, Trouble> {
        let bridge = self.bridge();
        let flex = &account(&bridge, Some(flex))?.name;
        self.status(flex, job, &Shelf::of(&self.store, flex))
    }

    /// What became of each worker of a job that ended or stopped.
    ///
    /// # Errors
    /// As [`Desk::workers_job`].
    pub fn workers_report(&self, flex: &FlexName, job: &JobName) -> Result<Report, Trouble> {
        self.workers_job(flex, job)?;
        let report = Shelf::of(&self.store, flex).report(job);
        report.map_err(|error| lost(&error, "report of job", job))
    }

    fn status(&self, flex: &FlexName, job: &JobName, folder: &Shelf) -> Result<JobStatus, Trouble> {
        let begun = folder
            .begun(job)
            .map_err(|error| lost(&error, "job", job))?;
        Ok(self.status_of(flex, job, &begun, folder))
    }

    fn status_of(
        &self,
        flex: &FlexName,
        job: &JobName,
        begun: &Begun,
        folder: &Shelf,
    ) -> JobStatus {
        let mut status = JobStatus {
            job: job.clone(),
            flex: flex.clone(),
            began_at: begun.began_at,
            state: JobState::Interrupted,
            workers: begun.workers,
            done: 0,
            left_out: begun.left_out,
            per_minute: None,
            seconds_left: None,
            totals: None,
            why: None,
            mend: None,
        };
        if let Some(running) = self.jobs.at(flex, job) {
            running.tell(&mut status);
        } else if let Some(end) = folder.end(job) {
            let Totals {
                changed, unchanged, ..
            } = end.totals;
            status.done = (changed + unchanged) as u64;
            status.totals = Some(end.totals);
            status.state = if end.finished {
                JobState::Finished
            } else {
                JobState::Stopped
            };
            (status.why, status.mend) = end.why.unzip();
        } else {
            status.done = folder.done(job);
        }
        status
    }
}

fn not_kept(error: &std::io::Error) -> Trouble {
    Trouble::new(
        TroubleKind::Unavailable,
        "workers.not_kept",
        format!("what is to be done can't be kept: {error}"),
        "Nothing was written. Look at the disk and the rights of store.path.",
    )
}

fn lost(error: &std::io::Error, what: &str, job: &JobName) -> Trouble {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Trouble::not_found(what, job.as_str(), "what the list of jobs names");
    }
    not_kept(error)
}
