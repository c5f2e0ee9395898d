//! The userinfo endpoint (OpenID Connect Core §5.3).

use http::StatusCode;
use serde_json::{Map, Value};

use super::{
    http::{Answer, LOGIN_TIME},
    json,
    provider::{Provider, Snapshot},
};
use crate::identity::{Refusal, RefusalCode};

/// What the endpoint says of whom the access token belongs to.
pub(super) async fn ask(
    provider: &Provider,
    snapshot: &Snapshot,
    access_token: &str,
) -> Result<Map<String, Value>, Refusal> {
    let wrong = |detail: String| Refusal::new(RefusalCode::OidcUserinfo, detail);
    let Some(endpoint) = &snapshot.discovery.userinfo_endpoint else {
        return Err(wrong("the provider has no userinfo endpoint".to_owned()));
    };
    let Answer {
        status,
        content_type,
        body,
    } = provider
        .http
        .get(endpoint, Some(access_token), LOGIN_TIME)
        .await
        .map_err(|error| Refusal::new(RefusalCode::OidcUnavailable, error.to_string()))?;
    if status != StatusCode::OK {
        return Err(wrong(format!("HTTP status {}", status.as_u16())));
    }
    if content_type == "application/jwt" {
        return Err(wrong(
            "it is a signed token, which is not supported; let the provider answer with plain JSON"
                .to_owned(),
        ));
    }
    if content_type != "application/json" {
        return Err(wrong("its content type is not application/json".to_owned()));
    }
    json::object(&body).map_err(|error| wrong(error.to_string()))
}
