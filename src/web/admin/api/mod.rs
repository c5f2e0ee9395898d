//! The JSON API: each operation with the types it takes and gives, and from these very types
//! both its route and its part of the `OpenAPI` document.
//!
//! Must never: do anything that is not `crate::admin`'s, or change anything for a session:
//! a change takes the token in its own request.

mod call;
mod changes;
mod document;
mod operation;
mod routes;
mod workers;

use std::sync::Arc;

use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Admin, frame::status};
use crate::admin::{Trouble, TroubleKind};

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
struct Problem {
    /// What kind of problem: `about:blank`, since `code` says it.
    r#type: &'static str,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable code, `area.cause`.
    code: &'static str,
    /// What is wrong.
    detail: String,
    /// What to do about it.
    mend: String,
}

/// The API's routes.
pub(super) fn router() -> Router<Arc<Admin>> {
    let (router, document) = routes::all().finish();
    let document: &'static Value = Box::leak(Box::new(document));
    router
        .route("/openapi.json", get(move || async move { Json(document) }))
        .fallback(async || problem(&no_such_address()))
        .method_not_allowed_fallback(async || {
            let trouble = Trouble::invalid(
                "this address takes another method",
                "Look into /api/v1/openapi.json.",
            );
            problem_as(StatusCode::METHOD_NOT_ALLOWED, &trouble)
        })
}

fn no_such_address() -> Trouble {
    Trouble::new(
        TroubleKind::NotFound,
        "admin.not_found",
        "there is nothing at this address",
        "Look into /api/v1/openapi.json.",
    )
}

/// Trouble as a problem.
pub(super) fn problem(trouble: &Trouble) -> Response {
    let status = match trouble.code {
        "admin.too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "admin.not_json" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => status(trouble.kind),
    };
    problem_as(status, trouble)
}

fn problem_as(status: StatusCode, trouble: &Trouble) -> Response {
    let body = Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Problem").to_owned(),
        status: status.as_u16(),
        code: trouble.code,
        detail: trouble.detail.clone(),
        mend: trouble.mend.clone(),
    };
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, Json(body)).into_response()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
