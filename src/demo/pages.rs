//! The pages of the demo company: escaped by their template, styled and
//! scripted only by constants whose hash is in the header, nothing from elsewhere.

use std::{future::ready, sync::LazyLock};

use askama::Template;
use aws_lc_rs::digest;
use axum::{
    Router, middleware,
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderName, HeaderValue, StatusCode, header};

/// The style of every page of the demo.
pub(super) const STYLE: &str = include_str!("../../templates/demo/demo.css");
/// Shows the button at once where no script will press it.
pub(super) const STYLE_WITHOUT_SCRIPT: &str = ".later{animation:none}";
/// Sends the form of a page that hands over.
pub(super) const SUBMIT: &str = "document.forms[0].submit()";

/// A page whose forms stay within the server that shows it.
static HERE: LazyLock<HeaderValue> = LazyLock::new(|| policy("; form-action 'self'"));
/// A page that hands over to another server, whose redirects Chromium would hold against it.
static AWAY: LazyLock<HeaderValue> =
    LazyLock::new(|| policy(&format!("; script-src {}", hash(SUBMIT))));

fn policy(more: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; style-src {} {}; base-uri 'none'; frame-ancestors 'none'{more}",
        hash(STYLE),
        hash(STYLE_WITHOUT_SCRIPT)
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// A CSP source that permits exactly this inline text.
fn hash(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    format!("'sha256-{}'", BASE64_STANDARD.encode(digest))
}

/// A page with forms of its own.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    write(status, &HERE, template)
}

/// A page that hands its form over to another server.
pub(super) fn hand_over(template: &impl Template) -> Response {
    write(StatusCode::OK, &AWAY, template)
}

fn write(status: StatusCode, policy: &HeaderValue, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let policy = (header::CONTENT_SECURITY_POLICY, policy.clone());
            (status, [policy], Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page of the demo could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Go there, with GET.
pub(super) fn see_other(to: &str) -> Response {
    HeaderValue::from_str(to).map_or_else(
        |_| StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        |to| (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
    )
}

/// Puts the headers of every answer around the routes.
pub(super) fn harmless(router: Router) -> Router {
    const ALWAYS: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    router.layer(middleware::map_response(|mut response: Response| {
        let headers = response.headers_mut();
        for (name, value) in ALWAYS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers
            .entry(header::CONTENT_SECURITY_POLICY)
            .or_insert(HeaderValue::from_static("default-src 'none'"));
        ready(response)
    }))
}
