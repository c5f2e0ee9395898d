//! What would be written to the workers, before anything is.

use aws_lc_rs::digest::{SHA256, digest};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{AT_ONCE, Desk, PATIENCE, PER_SECOND, client, too_slow};
use crate::{
    admin::{
        Trouble, TroubleKind,
        desk::{account, conflict},
        workers::{Pace, Plan, PlannedChange, ReadyPlan, Row, Unwatched, plan},
    },
    identity::FlexName,
    twilio::taskrouter::Workspace,
};

/// What would be written to the workers, and the fingerprint by which it is agreed to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkersPlan {
    /// The Flex account.
    pub flex: FlexName,
    /// Stands for each worker and what it is to be, and for the rows that are left out. What a
    /// worker has now is no part of it: that is read again before each write.
    pub fingerprint: String,
    /// How many workers would be written.
    pub to_set: usize,
    /// How many have it already.
    pub so_already: usize,
    /// Each worker's part, and the rows that can't be carried out.
    #[serde(flatten)]
    pub plan: Plan,
}

impl Desk {
    /// Finds out which worker each row means, and checks each name against the defined list as
    /// it is now. Nothing is written.
    ///
    /// # Errors
    /// `admin.not_found`, `locations.no_credentials`, `admin.too_slow`, and what Twilio said.
    pub async fn plan_workers(
        &self,
        flex: &FlexName,
        rows: &[Row],
        leave_out_bad_rows: bool,
    ) -> Result<WorkersPlan, Trouble> {
        let (_, plan) = self.planned(flex, rows).await?;
        let same = |one: &&PlannedChange| one.unchanged;
        let so_already = plan.changes.iter().filter(same).count();
        Ok(WorkersPlan {
            flex: flex.clone(),
            fingerprint: fingerprint(&plan, leave_out_bad_rows),
            to_set: plan.changes.len() - so_already,
            so_already,
            plan,
        })
    }

    pub(super) async fn planned(
        &self,
        flex: &FlexName,
        rows: &[Row],
    ) -> Result<(Workspace, Plan), Trouble> {
        let bridge = self.bridge();
        let account = account(&bridge, Some(flex))?;
        let client = client(account)?;
        let _turn = self.turn_with_twilio().await?;
        let work = async {
            let list = account.locations.refresh_now().await.map_err(|error| {
                let detail = format!("the list of locations can't be read: {}", error.detail);
                Trouble::new(TroubleKind::Unavailable, error.code, detail, error.mend)
            })?;
            let workspace = client.flex_workspace().await?;
            let pace = Pace::new(PER_SECOND, AT_ONCE);
            let plan = plan(&workspace, &list.locations, rows, &pace, &Unwatched).await?;
            Ok((workspace, plan))
        };
        let planned = tokio::time::timeout(PATIENCE, work).await;
        planned.map_err(|_| too_slow())?
    }
}

pub(super) fn ready(plan: Plan, leave_out_bad_rows: bool) -> Result<ReadyPlan, Trouble> {
    plan.ready(leave_out_bad_rows).map_err(|plan| {
        let detail = match plan.bad.len() {
            1 => "one row is wrong; nothing was written".to_owned(),
            several => format!("{several} rows are wrong; nothing was written"),
        };
        conflict(
            "workers.bad_rows",
            &detail,
            "Mend them, or say that they may be left out.",
        )
    })
}

/// Of each worker what it is to be, not what it has: that changes with each login.
pub(super) fn fingerprint(plan: &Plan, leave_out_bad_rows: bool) -> String {
    let changes = plan.changes.iter();
    let changes: Vec<_> = changes
        .map(|one| json!([one.line, one.sid, one.target.as_str()]))
        .collect();
    let bad: Vec<_> = plan.bad.iter().map(|row| row.line).collect();
    let text = json!([plan.job, leave_out_bad_rows, changes, bad]).to_string();
    hex::encode(digest(&SHA256, text.as_bytes()))
}
