//! The operations on workers: looked at, and set in two calls.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    call::Nothing,
    operation::{Call, Operations},
    routes::{OneAccount, about},
};
use crate::{
    admin::{
        JobStatus, Trouble, WorkersAudit, WorkersPlan,
        workers::{JobName, Report, Row, WorkerList},
    },
    identity::FlexName,
};

/// The largest body with rows: some 100,000 of them.
const LARGEST: usize = 12 * 1024 * 1024;
/// The largest body with what a directory says of everybody.
const LARGEST_DIRECTORY: usize = 32 * 1024 * 1024;

/// One worker, and what its `flex_location` is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WorkerRow {
    /// The worker: its SID, friendly name or e-mail address.
    worker: String,
    /// The name of a location as it is defined; empty to clear it.
    flex_location: String,
}

/// What is to be set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WantedRows {
    /// One for each worker. Their lines are counted from 1.
    rows: Vec<WorkerRow>,
    /// Whether the good rows are carried out although others are wrong.
    #[serde(default)]
    leave_out_bad_rows: bool,
}

/// What is to be set, as it was shown.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WantedRowsAsShown {
    /// One for each worker. Their lines are counted from 1.
    rows: Vec<WorkerRow>,
    /// Whether the good rows are carried out although others are wrong.
    #[serde(default)]
    leave_out_bad_rows: bool,
    /// The plan's fingerprint.
    fingerprint: String,
}

#[derive(Deserialize, JsonSchema)]
struct OneJob {
    /// The Flex account.
    flex: FlexName,
    /// The job's name.
    job: JobName,
}

fn rows(wanted: Vec<WorkerRow>) -> Vec<Row> {
    let numbered = wanted.into_iter().zip(1..);
    numbered
        .map(|(row, line)| Row {
            line,
            worker: row.worker.trim().to_owned(),
            location: row.flex_location,
        })
        .collect()
}

/// What only looks.
pub(super) fn looking(all: Operations) -> Operations {
    all.get(
        about(
            "/workers/{flex}",
            "listWorkers",
            "Every worker, with what Flex makes of the flex_location it has.",
        ),
        async |call: Call<OneAccount, Nothing, ()>| -> Result<WorkerList, Trouble> {
            call.admin.desk.workers(&call.path.flex).await
        },
    )
    .post(
        about("/workers/{flex}/audit", "auditWorkers", "Every worker, with what the rules would give and what its last login was told, as far as these can be known."),
        LARGEST_DIRECTORY,
        async |call: Call<OneAccount, (), WorkersAudit>| -> Result<WorkerList, Trouble> {
            call.admin.desk.audit_workers(&call.path.flex, &call.body).await
        },
    )
    .post(
        about("/workers/{flex}/plan", "planWorkers", "What setting these would write, with every wrong row, and the plan's fingerprint. Nothing is written."),
        LARGEST,
        async |call: Call<OneAccount, (), WantedRows>| -> Result<WorkersPlan, Trouble> {
            let WantedRows { rows, leave_out_bad_rows } = call.body;
            let rows = self::rows(rows);
            call.admin.desk.plan_workers(&call.path.flex, &rows, leave_out_bad_rows).await
        },
    )
    .get(
        about("/workers/{flex}/jobs", "listWorkersJobs", "What was set, the newest first."),
        async |call: Call<OneAccount, Nothing, ()>| -> Result<Vec<JobStatus>, Trouble> {
            call.admin.desk.workers_jobs(&call.path.flex)
        },
    )
    .get(
        about("/workers/{flex}/jobs/{job}", "showWorkersJob", "How far a job is."),
        async |call: Call<OneJob, Nothing, ()>| -> Result<JobStatus, Trouble> {
            call.admin.desk.workers_job(&call.path.flex, &call.path.job)
        },
    )
    .get(
        about("/workers/{flex}/jobs/{job}/report", "showWorkersReport", "What became of each worker of a job that ended or stopped."),
        async |call: Call<OneJob, Nothing, ()>| -> Result<Report, Trouble> {
            call.admin.desk.workers_report(&call.path.flex, &call.path.job)
        },
    )
}

/// What changes something.
pub(super) fn changing(all: Operations) -> Operations {
    all.change(
        about("/workers/{flex}/set", "setWorkers", "Begins to set workers, if what would be written is still what was shown. It goes on in the background."),
        LARGEST,
        async |call: Call<OneAccount, (), WantedRowsAsShown>| -> Result<JobStatus, Trouble> {
            let WantedRowsAsShown { rows, leave_out_bad_rows, fingerprint } = call.body;
            let rows = self::rows(rows);
            let desk = &call.admin.desk;
            desk.set_workers(&call.path.flex, rows, leave_out_bad_rows, &fingerprint).await
        },
    )
    .change(
        about("/workers/{flex}/jobs/{job}/stop", "stopWorkersJob", "Begins no further worker of a job."),
        1024,
        async |call: Call<OneJob, (), Nothing>| -> Result<JobStatus, Trouble> {
            call.admin.desk.stop_workers(&call.path.flex, &call.path.job)
        },
    )
    .change(
        about("/workers/{flex}/jobs/{job}/go-on", "goOnWithWorkersJob", "Goes on with a job that was interrupted or stopped. Nothing is written twice."),
        1024,
        async |call: Call<OneJob, (), Nothing>| -> Result<JobStatus, Trouble> {
            call.admin.desk.go_on_with_workers(&call.path.flex, &call.path.job).await
        },
    )
}
