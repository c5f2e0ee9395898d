//! A call as it arrives: path, query and body, each read as its type and nothing more.

use axum::{body::Body, extract::rejection::PathRejection};
use http::{HeaderMap, Uri, header};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};

use super::super::forms;
use crate::admin::{Trouble, TroubleKind};

/// No path parameters, no query, or no body.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// The path's parameters; what is none of a name is the name of nothing.
pub(super) fn path<P>(found: Result<axum::extract::Path<P>, PathRejection>) -> Result<P, Trouble> {
    found
        .map(|axum::extract::Path(path)| path)
        .map_err(|error| {
            Trouble::new(
                TroubleKind::NotFound,
                "admin.not_found",
                format!("the address names nothing: {}", error.body_text()),
                "Look into /api/v1/openapi.json.",
            )
        })
}

/// The query, with nothing in it that is not asked for, and nothing twice.
pub(super) fn query<Q: DeserializeOwned>(uri: &Uri) -> Result<Q, Trouble> {
    axum::extract::Query::try_from_uri(uri)
        .map(|axum::extract::Query(query)| query)
        .map_err(|error| {
            Trouble::invalid(
                format!("the query can't be read: {}", error.body_text()),
                "Look into /api/v1/openapi.json.",
            )
        })
}

/// The body as JSON, within bounds.
pub(super) async fn json<B: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    largest: usize,
) -> Result<B, Trouble> {
    if !is_json(headers) {
        return Err(Trouble::new(
            TroubleKind::Invalid,
            "admin.not_json",
            "the body is not said to be JSON",
            "Send it with Content-Type: application/json.",
        ));
    }
    let bytes = forms::body(body, largest).await?;
    // serde reads an array as an object's values in their order, which nobody has documented.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Trouble::invalid(
            "the body is no JSON object",
            "Look into /api/v1/openapi.json.",
        ));
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        Trouble::invalid(
            format!("the body can't be read: {error}"),
            "Look into /api/v1/openapi.json.",
        )
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence = only.to_str().ok().and_then(|text| text.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}
