//! `doctor` on a page: each thing that a login needs, looked at live.

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use http::StatusCode;

use super::{
    Shared,
    access::Caller,
    asked::Sent,
    frame::{self, Frame, Tab},
    words,
};
use crate::admin::{Diagnosis, Finding, Health};

#[derive(Template)]
#[template(path = "admin/doctor.html")]
struct DoctorPage {
    frame: Frame,
    told: Option<Told>,
}

struct Told {
    at: String,
    ok: usize,
    warnings: usize,
    fail: usize,
    health: Health,
    /// What is wrong first, otherwise in the order of a login.
    findings: Vec<Finding>,
}

/// `GET /doctor`: nobody is asked yet.
pub(super) async fn ask(Extension(caller): Extension<Caller>) -> Response {
    let template = DoctorPage {
        frame: Frame::new(Tab::Doctor, &caller),
        told: None,
    };
    frame::page(StatusCode::OK, &template)
}

/// `POST /doctor`: looks. A form, because it asks others: no other site makes us do that.
pub(super) async fn look(State(admin): Shared, Sent { caller, .. }: Sent) -> Response {
    let diagnosis = match admin.service.examine().await {
        Ok(diagnosis) => diagnosis,
        Err(trouble) => return frame::trouble(Tab::Doctor, &caller, &trouble),
    };
    let template = DoctorPage {
        frame: Frame::new(Tab::Doctor, &caller),
        told: Some(told(diagnosis)),
    };
    frame::page(StatusCode::OK, &template)
}

fn told(diagnosis: Diagnosis) -> Told {
    let [ok, warnings, fail] =
        [Health::Ok, Health::Warning, Health::Fails].map(|health| diagnosis.count(health));
    let mut findings = diagnosis.findings;
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.health));
    Told {
        at: words::time(diagnosis.at),
        ok,
        warnings,
        fail,
        health: diagnosis.health,
        findings,
    }
}

/// A finding's class, sign and word.
const fn said(finding: &Finding) -> (&'static str, &'static str, &'static str) {
    match finding.health {
        Health::Ok => ("good", "✓", "fine"),
        Health::Warning => ("warn", "!", "to look at"),
        Health::Fails => ("bad", "✗", "fails"),
    }
}
