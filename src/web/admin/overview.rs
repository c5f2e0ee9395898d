//! The state at a glance.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;

use super::{
    super::service::Check,
    Admin, Shared,
    access::Caller,
    asked::Asked,
    chart::{Chart, chart},
    chips,
    frame::{self, Frame, Tab},
    words,
};
use crate::admin::{Glance, History, Span};

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct Overview {
    frame: Frame,
    ready: bool,
    checks: Vec<Check>,
    glance: Glance,
    now: String,
    history: Result<(History, Chart), String>,
    spans: Vec<(&'static str, &'static str, bool)>,
}

/// `GET /`
pub(super) async fn show(State(admin): Shared, Asked { caller, fields }: Asked) -> Response {
    let span = fields.get("span").and_then(Span::parse);
    page(&admin, &caller, span.unwrap_or_default()).await
}

async fn page(admin: &Arc<Admin>, caller: &Caller, span: Span) -> Response {
    let readiness = admin.service.readiness().await;
    let history = admin.desk.history(span).await;
    let glance = admin.desk.glance();
    let words = |span: Span| match span {
        Span::Day => "24 hours",
        Span::Week => "7 days",
        Span::Month => "30 days",
    };
    let template = Overview {
        frame: Frame::new(Tab::Overview, caller),
        ready: readiness.ready(),
        checks: readiness.checks,
        now: words::time(glance.at),
        glance,
        history: history
            .map(|history| {
                let chart = chart(&history);
                (history, chart)
            })
            .map_err(|trouble| format!("{} {}", trouble.detail, trouble.mend)),
        spans: Span::ALL
            .map(|one| (one.as_str(), words(one), one == span))
            .to_vec(),
    };
    frame::page(StatusCode::OK, &template)
}

impl Overview {
    /// The checks, those that are not well first.
    fn sorted(&self) -> Vec<&Check> {
        let (fine, trouble): (Vec<&Check>, Vec<&Check>) =
            self.checks.iter().partition(|check| check.ok);
        trouble.into_iter().chain(fine).collect()
    }
}
