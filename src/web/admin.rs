//! The administrator's address: a page, metrics, health. Never on the public port.

use std::{future::ready, sync::Arc};

use axum::{
    Extension, Json, Router,
    extract::State,
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    access::{AdminAccess, Known, guard},
    pages,
    public::{healthz, panicked},
    service::Service,
};

/// As Prometheus asks for it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Shared = State<Arc<dyn Service>>;

/// The administrator's routes, for whom `access` lets in.
pub fn admin_router(service: Arc<dyn Service>, access: AdminAccess) -> Router {
    Router::new()
        .route("/", get(status))
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .fallback(async || pages::not_found())
        .method_not_allowed_fallback(async || pages::wrong_method())
        .with_state(service)
        .layer(middleware::from_fn_with_state(access, guard))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::map_response(|response: Response| {
            ready(pages::harmless(response, false))
        }))
}

async fn status(State(service): Shared) -> Response {
    pages::status(&service.readiness().await, &service.overview())
}

async fn metrics(State(service): Shared) -> Response {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], service.metrics()).into_response()
}

/// What exactly is wrong is for those who are known; a probe needs one word.
async fn readyz(State(service): Shared, Extension(Known(known)): Extension<Known>) -> Response {
    let readiness = service.readiness().await;
    let ready = readiness.ready();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = if known {
        json!({ "ready": ready, "checks": readiness.checks })
    } else {
        json!({ "ready": ready })
    };
    (status, Json(body)).into_response()
}
