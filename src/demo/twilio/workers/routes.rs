//! The workers' routes.

use std::collections::HashMap;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Wish, Worker};
use crate::demo::twilio::{
    DemoTwilio, Fault, State as All, answers, pages::Page, workspace::Workspace,
};

/// The filters that are carried out here.
const FILTERS: [&str; 4] = ["FriendlyName", "ActivityName", "ActivitySid", "Available"];

/// Words that only choose the page.
const PAGING: [&str; 3] = ["PageSize", "Page", "PageToken"];

/// `GET …/Workers`.
pub(in super::super) async fn list(
    State(twilio): State<DemoTwilio>,
    Path(workspace): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = answers::parameters(query.unwrap_or_default().as_bytes());
    // A filter that this demo can't carry out must not look as if everything passed it.
    if let Some(other) = query
        .keys()
        .find(|name| !FILTERS.contains(&name.as_str()) && !PAGING.contains(&name.as_str()))
    {
        let message = format!("{other} is not a parameter that this demo of Twilio knows.");
        return Err(Fault::parameter(message));
    }
    let state = twilio.state();
    check_workspace(&state.workspace, &workspace)?;
    let matching: Vec<&Worker> = state
        .workers
        .all()
        .iter()
        .filter(|worker| passes(worker, &state.workspace, &query))
        .collect();
    let page = Page::read(&query)?;
    let part = page.of(&matching)?;
    let base = answers::base(&headers);
    let url = format!("{base}/v1/Workspaces/{workspace}/Workers");
    let workers: Vec<_> = part
        .iter()
        .map(|worker| {
            let mut written = worker.written(&state.workspace, &base);
            if state.attributes_left_out {
                written["attributes"] = Value::Null;
            }
            written
        })
        .collect();
    let meta = page.meta(&matching, part, &url, &filters(&query));
    Ok(Json(json!({ "workers": workers, "meta": meta })).into_response())
}

fn filters(query: &HashMap<String, String>) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    for name in FILTERS {
        if let Some(value) = query.get(name) {
            encoded.append_pair(name, value);
        }
    }
    encoded.finish()
}

fn passes(worker: &Worker, workspace: &Workspace, query: &HashMap<String, String>) -> bool {
    let activity = workspace.activity(&worker.activity_sid);
    let holds =
        |name: &str, test: &dyn Fn(&str) -> bool| query.get(name).is_none_or(|value| test(value));
    holds("FriendlyName", &|value| {
        worker.friendly_name.to_lowercase() == value.to_lowercase()
    }) && holds("ActivitySid", &|value| worker.activity_sid == value)
        && holds("ActivityName", &|value| {
            activity.is_some_and(|activity| activity.name == value)
        })
        && holds("Available", &|value| {
            let wanted = matches!(value, "1" | "true");
            activity.is_some_and(|activity| activity.available == wanted)
        })
}

/// `POST …/Workers`.
pub(in super::super) async fn create(
    State(twilio): State<DemoTwilio>,
    Path(workspace): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    let wish = read_wish(&headers, &body)?;
    let sid = twilio.fresh_sid("WK")?;
    let now = twilio.now();
    let mut state = twilio.state();
    let All {
        workspace: home,
        workers,
        ..
    } = &mut *state;
    check_workspace(home, &workspace)?;
    let worker = workers.create(home, sid, wish, now)?;
    Ok(answer(StatusCode::CREATED, worker, home, &headers))
}

/// `GET …/Workers/{worker}`.
pub(in super::super) async fn fetch(
    State(twilio): State<DemoTwilio>,
    Path((workspace, worker)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let state = twilio.state();
    check_workspace(&state.workspace, &workspace)?;
    let worker = state.workers.of(&worker)?;
    Ok(answer(StatusCode::OK, worker, &state.workspace, &headers))
}

/// `POST …/Workers/{worker}`, only if `If-Match` holds.
pub(in super::super) async fn update(
    State(twilio): State<DemoTwilio>,
    Path((workspace, worker)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Fault> {
    let wish = read_wish(&headers, &body)?;
    let now = twilio.now();
    let mut state = twilio.state();
    let All {
        workspace: home,
        workers,
        ..
    } = &mut *state;
    check_workspace(home, &workspace)?;
    check_version(workers.of(&worker)?, &headers)?;
    let worker = workers.update(home, &worker, wish, now)?;
    Ok(answer(StatusCode::OK, worker, home, &headers))
}

fn check_workspace(workspace: &Workspace, sid: &str) -> Result<(), Fault> {
    if workspace.sid == sid {
        Ok(())
    } else {
        Err(Fault::not_found(&format!("/Workspaces/{sid}")))
    }
}

/// The version is compared with or without its quotes: callers send both.
fn check_version(worker: &Worker, headers: &HeaderMap) -> Result<(), Fault> {
    let Some(wanted) = headers.get(header::IF_MATCH) else {
        return Ok(());
    };
    let holds = wanted.to_str().is_ok_and(|wanted| {
        wanted == "*" || wanted.trim_matches('"') == worker.version.to_string()
    });
    if holds {
        Ok(())
    } else {
        Err(Fault::precondition())
    }
}

fn read_wish(headers: &HeaderMap, body: &[u8]) -> Result<Wish, Fault> {
    if answers::content_type(headers).as_deref() != Some("application/x-www-form-urlencoded") {
        return Err(Fault::parameter(
            "Content-Type must be application/x-www-form-urlencoded.",
        ));
    }
    let mut form = answers::parameters(body);
    Ok(Wish {
        friendly_name: form.remove("FriendlyName"),
        attributes: form.remove("Attributes"),
        activity_sid: form.remove("ActivitySid"),
    })
}

fn answer(
    status: StatusCode,
    worker: &Worker,
    workspace: &Workspace,
    headers: &HeaderMap,
) -> Response {
    let body = worker.written(workspace, &answers::base(headers));
    let etag = format!("\"{}\"", worker.version);
    (status, [(header::ETAG, etag)], Json(body)).into_response()
}
