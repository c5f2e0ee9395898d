//! The workers: how many have which location, and whose voice fails with it (`mod`); against
//! the rules (`audit`); set, one or by the thousand (`set`), and how far that is (`job`).

mod audit;
mod job;
mod set;

pub(super) use audit::{ask as ask_audit, tell as tell_audit};
pub(super) use job::{change as change_job, report as job_report, show as show_job};
pub(super) use set::{ask as ask_set, begin as begin_set, plan as plan_set};

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use http::{StatusCode, Uri};

use super::{
    Shared,
    access::Caller,
    forms::Fields,
    frame::{self, Frame, Tab},
    words,
};
use crate::{
    admin::{
        JobStatus, Trouble, account,
        workers::{Findings, Listed, Standing},
    },
    identity::FlexName,
};

/// How many workers are shown.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "admin/workers.html")]
struct WorkersPage {
    frame: Frame,
    flex: String,
    accounts: Vec<(String, bool)>,
    findings: Findings,
    broken: Vec<Listed>,
    more: usize,
    jobs: Vec<JobLine>,
}

struct JobLine {
    address: String,
    chip: (&'static str, &'static str),
    job: JobStatus,
}

/// `GET /workers?flex=…`
pub(super) async fn show(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Response {
    let fields = Fields::of_query(uri.query());
    let bridge = admin.desk.bridge();
    let found = async {
        let wanted = fields.read::<FlexName>("flex")?;
        let name = account(&bridge, wanted.as_ref())?.name.clone();
        let list = admin.desk.workers(&name).await?;
        let jobs = admin.desk.workers_jobs(&name)?;
        Ok::<_, Trouble>((name, list, jobs))
    };
    let (name, list, jobs) = match found.await {
        Ok(found) => found,
        Err(trouble) => return frame::trouble(Tab::Workers, &caller, &trouble),
    };
    let accounts = bridge
        .flex
        .keys()
        .map(|one| (one.to_string(), *one == name));
    let mut broken: Vec<Listed> = list.workers;
    broken.retain(|worker| worker.standing.breaks_voice());
    let more = broken.len().saturating_sub(SHOWN);
    broken.truncate(SHOWN);
    let template = WorkersPage {
        frame: Frame::new(Tab::Workers, &caller),
        flex: name.to_string(),
        accounts: accounts.collect(),
        findings: list.findings,
        broken,
        more,
        jobs: jobs.into_iter().map(line).collect(),
    };
    frame::page(StatusCode::OK, &template)
}

fn line(job: JobStatus) -> JobLine {
    JobLine {
        address: job::address_of(&job),
        chip: job::state(&job),
        job,
    }
}

/// The location that a worker has, as people read it.
fn location(worker: &Listed) -> &str {
    match worker.flex_location.as_deref() {
        None => "–",
        Some("") => "empty",
        Some(name) => name,
    }
}

/// What Flex makes of it, in words.
fn standing(worker: &Listed) -> String {
    match &worker.standing {
        Standing::Undefined { meant: Some(meant) } => {
            format!("not defined; probably “{meant}” was meant")
        }
        Standing::Undefined { meant: None } => "not defined".to_owned(),
        Standing::NoText => "no text, which never equals a name".to_owned(),
        Standing::Defined => "defined".to_owned(),
        Standing::None => "none".to_owned(),
        Standing::Ignored => "ignored: nothing is defined".to_owned(),
        Standing::Unknown => "the list is not known".to_owned(),
    }
}
