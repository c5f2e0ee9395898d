//! A job that sets workers: how far it is, its report, and stopping it or going on.
//!
//! Must never: stop or go on without the token.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use super::SHOWN;
use crate::{
    admin::{
        JobState, JobStatus, Trouble,
        workers::{JobName, Outcome, Report, ReportRow},
    },
    identity::FlexName,
    web::admin::{
        Admin, Shared,
        access::Caller,
        asked::Sent,
        frame::{self, Frame, Tab},
        sign_in::see_other,
        words,
    },
};

#[derive(Template)]
#[template(path = "admin/workers_job.html")]
struct JobPage {
    frame: Frame,
    job: JobStatus,
    at: String,
    troubles: Vec<ReportRow>,
    more: usize,
    problem: Option<String>,
}

/// Where a job is looked at.
pub(super) fn address_of(job: &JobStatus) -> String {
    format!("/workers/jobs/{}/{}", job.flex, job.job)
}

/// `GET /workers/jobs/{flex}/{job}`
pub(in crate::web::admin) async fn show(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    Path(place): Path<(String, String)>,
) -> Response {
    let shown = named(place).and_then(|(flex, job)| page(&admin, &caller, &flex, &job, None));
    shown.unwrap_or_else(|trouble| frame::trouble(Tab::Workers, &caller, &trouble))
}

fn named((flex, job): (String, String)) -> Result<(FlexName, JobName), Trouble> {
    let unknown = || Trouble::not_found("job", &job, "what the workers’ page lists");
    let name = JobName::try_from(job.clone()).map_err(|_| unknown())?;
    let flex = flex.parse().map_err(|_| unknown())?;
    Ok((flex, name))
}

fn page(
    admin: &Admin,
    caller: &Caller,
    flex: &FlexName,
    job: &JobName,
    problem: Option<String>,
) -> Result<Response, Trouble> {
    let status = admin.desk.workers_job(flex, job)?;
    let looked_at = matches!(status.state, JobState::Stopped | JobState::Finished);
    let report = looked_at.then(|| admin.desk.workers_report(flex, job));
    // Where it could not begin there is none.
    let report = report.and_then(Result::ok);
    let report = report.unwrap_or(Report { rows: Vec::new() });
    let trouble = |row: &ReportRow| matches!(row.outcome, Outcome::Failed | Outcome::Unclear);
    let all = report.rows.iter().filter(|row| trouble(row)).count();
    let troubles: Vec<ReportRow> = report
        .rows
        .into_iter()
        .filter(trouble)
        .take(SHOWN)
        .collect();
    let code = if problem.is_some() {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::OK
    };
    let template = JobPage {
        frame: Frame::new(Tab::Workers, caller),
        at: words::time(admin.desk.now()),
        more: all - troubles.len(),
        troubles,
        job: status,
        problem,
    };
    Ok(frame::page(code, &template))
}

/// `POST /workers/jobs/{flex}/{job}`: stops it, or goes on, if the token is said again.
pub(in crate::web::admin) async fn change(
    State(admin): Shared,
    Path(place): Path<(String, String)>,
    Sent {
        caller,
        address,
        fields,
    }: Sent,
) -> Response {
    let changed = async {
        let (flex, job) = named(place)?;
        if !admin.is_token(fields.exact("token"), address)? {
            let problem = "That is not the token; nothing was done.".to_owned();
            return page(&admin, &caller, &flex, &job, Some(problem));
        }
        let status = match fields.get("action") {
            Some("stop") => admin.desk.stop_workers(&flex, &job)?,
            Some("go_on") => admin.desk.go_on_with_workers(&flex, &job).await?,
            _ => {
                return Err(Trouble::invalid(
                    "no action is named",
                    "Open the page anew.",
                ));
            }
        };
        Ok(see_other(&address_of(&status)))
    };
    changed
        .await
        .unwrap_or_else(|trouble| frame::trouble(Tab::Workers, &caller, &trouble))
}

/// `GET /workers/jobs/{flex}/{job}/report.csv`
pub(in crate::web::admin) async fn report(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    Path(place): Path<(String, String)>,
) -> Response {
    let report = named(place).and_then(|(flex, job)| admin.desk.workers_report(&flex, &job));
    let report = match report {
        Ok(report) => report,
        Err(trouble) => return frame::trouble(Tab::Workers, &caller, &trouble),
    };
    match report.csv() {
        Ok(csv) => {
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
                (
                    header::CONTENT_DISPOSITION,
                    "attachment; filename=\"workers.report.csv\"",
                ),
            ];
            (StatusCode::OK, headers, csv).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// How it is: its class and its words.
pub(super) const fn state(job: &JobStatus) -> (&'static str, &'static str) {
    match job.state {
        JobState::Running => ("good", "being done"),
        JobState::Interrupted => ("warn", "interrupted"),
        JobState::Stopped => ("warn", "stopped"),
        JobState::Finished => ("good", "done"),
    }
}
