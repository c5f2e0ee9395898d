//! The administrator's address: pages, JSON API, metrics, health. Never on the public port.
//!
//! `access` says who comes, `attempts` slows down who guesses, `sign_in` begins and ends
//! sessions, `forms` reads what pages send, `pages` shows, `api` answers in JSON. What they
//! show and do is `crate::admin`'s.
//!
//! Must never: change anything without the token, or show a secret.

mod access;
mod api;
mod asked;
mod attempts;
mod chart;
mod chips;
mod compare;
mod coverage;
mod doctor;
mod forms;
mod frame;
mod locations;
mod logins;
mod overview;
mod setup;
mod sign_in;
mod try_it;
mod words;
mod workers;

pub use access::AdminAccess;
pub(super) use access::host;

use std::{future::ready, sync::Arc};

use axum::{
    Extension, Json, Router,
    extract::State,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;

use self::{
    access::{Caller, guard},
    attempts::Attempts,
};
use super::{mishap::panicked, pages, public::healthz, service::Service};
use crate::admin::Desk;

/// As Prometheus asks for it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What every route here knows.
pub(super) struct Admin {
    service: Arc<dyn Service>,
    desk: Arc<Desk>,
    access: AdminAccess,
    attempts: Attempts,
}

type Shared = State<Arc<Admin>>;

/// The administrator's routes, for whom `access` lets in.
pub fn admin_router(service: Arc<dyn Service>, desk: Arc<Desk>, access: AdminAccess) -> Router {
    let admin = Arc::new(Admin {
        service,
        desk,
        access,
        attempts: Attempts::default(),
    });
    Router::new()
        .route("/", get(overview::show))
        .route("/logins", get(logins::list))
        .route("/logins/find", get(logins::find))
        .route("/logins/{reference}", get(logins::one))
        .route("/try", get(try_it::ask).post(try_it::tell))
        .route("/compare", get(compare::ask).post(compare::tell))
        .route("/coverage", get(coverage::show))
        .route("/locations", get(locations::show))
        .route("/locations/plan", post(locations::plan))
        .route("/locations/apply", post(locations::apply))
        .route("/workers", get(workers::show))
        .route(
            "/workers/audit",
            get(workers::ask_audit).post(workers::tell_audit),
        )
        .route(
            "/workers/set",
            get(workers::ask_set).post(workers::begin_set),
        )
        .route("/workers/plan", post(workers::plan_set))
        .route(
            "/workers/jobs/{flex}/{job}",
            get(workers::show_job).post(workers::change_job),
        )
        .route(
            "/workers/jobs/{flex}/{job}/report.csv",
            get(workers::job_report),
        )
        .route("/doctor", get(doctor::ask).post(doctor::look))
        .route("/setup", get(setup::show))
        .route("/setup/certificate.pem", get(setup::certificate))
        .route("/setup/flex/{flex}", get(setup::idp_metadata))
        .route("/setup/idp/{idp}", get(setup::sp_metadata))
        .route("/sign-in", get(sign_in::ask).post(sign_in::begin))
        .route("/sign-out", post(sign_in::end))
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .nest("/api/v1", api::router())
        .fallback(frame::not_found)
        .method_not_allowed_fallback(frame::wrong_method)
        .with_state(Arc::clone(&admin))
        .layer(middleware::from_fn_with_state(admin, guard))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::map_response(|response: Response| {
            ready(harmless(response))
        }))
}

/// As on the public side, but a form says where it comes from: without a referrer its
/// `Origin` would be `null`, and nothing could tell ours from another site's.
fn harmless(response: Response) -> Response {
    let mut response = pages::harmless(response, false);
    let same_origin = HeaderValue::from_static("same-origin");
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, same_origin.clone());
    headers.insert("cross-origin-opener-policy", same_origin.clone());
    headers.insert("cross-origin-resource-policy", same_origin);
    response
}

async fn metrics(State(admin): Shared) -> Response {
    let metrics = admin.service.metrics();
    ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics).into_response()
}

/// What exactly is wrong is for those who are known; a probe needs one word.
async fn readyz(State(admin): Shared, Extension(caller): Extension<Caller>) -> Response {
    let readiness = admin.service.readiness().await;
    let ready = readiness.ready();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = if caller.is_known() {
        json!({ "ready": ready, "checks": readiness.checks })
    } else {
        json!({ "ready": ready })
    };
    (status, Json(body)).into_response()
}
