//! What pages send: bounded, and never twice the same field.

use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, Uri};

use super::access::{Caller, same_origin};
use crate::admin::{Trouble, TroubleKind, locations::LARGEST_DOCUMENT};

/// The largest form: a list of locations or a sample, and the escapes that its encoding adds.
const LARGEST: usize = 2 * LARGEST_DOCUMENT;
/// The largest form of somebody who is not known.
const LARGEST_OF_NOBODY: usize = 4 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// Fields as they came.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of a query string.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        Self::parse(query.unwrap_or_default().as_bytes())
    }

    fn parse(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The field's value without white space around it; `None` where it is not there, or blank.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        let value = found.map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// The field's value exactly.
    pub(super) fn exact(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The field's value, read; `None` where it is not there, or blank.
    ///
    /// # Errors
    /// `admin.invalid` when it can't be read as what it should be.
    pub(super) fn read<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        name: &str,
    ) -> Result<Option<T>, Trouble> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|error| {
            Trouble::invalid(format!("“{name}” can't be read: {error}"), "Write it anew.")
        })
    }
}

/// The whole body, within bounds.
///
/// # Errors
/// `admin.too_large`, `admin.invalid`.
pub(super) async fn body(body: Body, largest: usize) -> Result<Vec<u8>, Trouble> {
    let bytes = tokio::time::timeout(PATIENCE, axum::body::to_bytes(body, largest)).await;
    match bytes {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        Ok(Err(_)) => Err(Trouble::new(
            TroubleKind::Invalid,
            "admin.too_large",
            format!(
                "the body is larger than {} KiB, or was cut off",
                largest / 1024
            ),
            "Send less.",
        )),
        Err(_) => Err(Trouble::invalid(
            "the body took too long to arrive",
            "Try again.",
        )),
    }
}

/// The fields of a form that comes from a page of ours and, where somebody is signed in,
/// from that very session.
///
/// # Errors
/// `admin.other_origin`, `admin.other_session`, and as [`body`].
pub(super) async fn form(
    caller: &Caller,
    uri: &Uri,
    headers: &HeaderMap,
    content: Body,
) -> Result<Fields, Trouble> {
    same_origin(headers, uri)?;
    let largest = if caller.is_known() {
        LARGEST
    } else {
        LARGEST_OF_NOBODY
    };
    let fields = Fields::parse(&body(content, largest).await?);
    if let Caller::Session(session) = caller
        && !session.made(fields.exact("form_token"))
    {
        return Err(Trouble::new(
            TroubleKind::Forbidden,
            "admin.other_session",
            "the form is of another session",
            "Open the page anew and send the form from there.",
        ));
    }
    Ok(fields)
}
