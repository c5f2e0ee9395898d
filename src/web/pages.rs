//! What all pages share, and what keeps them harmless: escaped by their template, styled
//! and scripted only by constants whose hash is in the header.

use std::sync::LazyLock;

use askama::Template;
use aws_lc_rs::digest;
use axum::{
    body::Body,
    response::{Html, IntoResponse, Response},
};
use base64::Engine;
use http::{HeaderName, HeaderValue, StatusCode, header};
use url::Url;

/// The style of every page.
pub(super) const STYLE: &str = include_str!("../../templates/page.css");
/// Shows the button at once where no script will press it.
pub(super) const STYLE_WITHOUT_SCRIPT: &str = ".later{animation:none}";
/// Sends the form of the page that hands over.
pub(super) const SUBMIT: &str = "document.forms[0].submit()";

/// The policy of a page: nothing from anywhere, our own style, and the script
/// that hands over if there is one.
///
/// The page that hands over has no `form-action`: Chromium applies it to every
/// redirect after the form was sent, and both Flex and identity providers
/// redirect across origins that only they know. Its one form is ours, with the
/// configured address and escaped values; nothing else can be put on the page.
///
/// The page that asks for the company has none either, for the same reason: its
/// form comes here, and the answer leads on to an identity provider.
fn policy(last: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; style-src {} {}; base-uri 'none'; frame-ancestors 'none'; {last}",
        hash(STYLE),
        hash(STYLE_WITHOUT_SCRIPT)
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// A CSP source that permits exactly this inline text.
pub(super) fn hash(text: &str) -> String {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let base64 = base64::engine::general_purpose::STANDARD.encode(digest);
    format!("'sha256-{base64}'")
}

pub(super) static PLAIN_POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| policy("form-action 'none'"));
pub(super) static FORM_POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| policy("script-src 'none'"));
pub(super) static SUBMIT_POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| policy(&format!("script-src {}", hash(SUBMIT))));

/// A page with its policy.
pub(super) fn page(status: StatusCode, policy: &HeaderValue, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let policy = (header::CONTENT_SECURITY_POLICY, policy.clone());
            (status, [policy], Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Go there, with GET.
pub(super) fn see_other(to: &Url) -> Option<Response> {
    let location = HeaderValue::from_str(to.as_str()).ok()?;
    Some((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// The headers of every answer, pages or not. There is no
/// `Cross-Origin-Opener-Policy`: Flex's login popup needs its opener.
pub(super) fn harmless(mut response: Response, https: bool) -> Response<Body> {
    const ALWAYS: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ));
    if https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}
