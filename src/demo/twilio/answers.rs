//! What stands around every route: who may ask, and what there is not.

use std::collections::HashMap;

use axum::{
    extract::{OriginalUri, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{DemoTwilio, Fault};

/// Lets through who shows one of the account's credentials by HTTP Basic.
pub(super) async fn authenticate(
    State(twilio): State<DemoTwilio>,
    request: Request,
    next: Next,
) -> Response {
    let known = basic(request.headers()).is_some_and(|(username, password)| {
        twilio
            .shared
            .credentials
            .iter()
            .any(|(name, secret)| *name == username && secret.expose() == password)
    });
    if known {
        next.run(request).await
    } else {
        Fault::unauthorized().into_response()
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let encoded = value.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (username, password) = decoded.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}

/// The answer to a path that Twilio, or this demo of it, does not have.
pub(super) async fn no_such_resource(OriginalUri(uri): OriginalUri) -> Fault {
    Fault::not_found(uri.path())
}

/// The answer to a method that a path does not have.
pub(super) async fn no_such_method() -> Fault {
    Fault::new(StatusCode::METHOD_NOT_ALLOWED, 20004, "Method not allowed")
}

/// The address that the caller used, for the absolute URLs in answers.
pub(super) fn base(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("localhost");
    format!("http://{host}")
}

/// The content type without its parameters.
pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}

/// Reads form or query parameters; of a name that comes twice the last counts.
pub(super) fn parameters(encoded: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(encoded).into_owned().collect()
}
