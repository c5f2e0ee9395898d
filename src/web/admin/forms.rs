//! What pages send: bounded, and never twice the same field.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, FromRequest, Multipart},
};
use http::{HeaderMap, Request, Uri, header};

use super::access::{Caller, same_origin};
use crate::admin::{Trouble, TroubleKind, locations::LARGEST_DOCUMENT};

/// The largest form: a list of locations or a sample, and the escapes that its encoding adds.
const LARGEST: usize = 2 * LARGEST_DOCUMENT;
/// The largest form of somebody who is not known.
const LARGEST_OF_NOBODY: usize = 4 * 1024;
/// How many fields a form with files may have.
const MOST_FIELDS: usize = 40;
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
    let bytes = body(content, largest).await?;
    let fields = match uploaded(headers) {
        Some(kind) if caller.is_known() => multipart(kind, bytes).await?,
        _ => Fields::parse(&bytes),
    };
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

/// The content type of a form that may hold files.
fn uploaded(headers: &HeaderMap) -> Option<&str> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    kind.starts_with("multipart/form-data").then_some(kind)
}

/// The fields of such a form; a file is its text.
async fn multipart(kind: &str, bytes: Vec<u8>) -> Result<Fields, Trouble> {
    let unreadable = |why: String| {
        let detail = format!("the form can't be read: {why}");
        Trouble::invalid(detail, "Open the page anew and send the form from there.")
    };
    let mut request = Request::new(Body::from(bytes));
    if let Ok(kind) = kind.parse() {
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    // The bytes are here already, and as many as may be.
    DefaultBodyLimit::disable().apply(&mut request);
    let parts = Multipart::from_request(request, &()).await;
    let mut parts = parts.map_err(|error| unreadable(error.body_text()))?;
    let mut fields = Vec::new();
    while let Some(part) = parts
        .next_field()
        .await
        .map_err(|error| unreadable(error.body_text()))?
    {
        if fields.len() == MOST_FIELDS {
            return Err(unreadable("it has too many fields".to_owned()));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await;
        let bytes = bytes.map_err(|error| unreadable(error.body_text()))?;
        let text = String::from_utf8(bytes.to_vec()).map_err(|_| {
            Trouble::invalid(
                format!("“{name}” is not UTF-8"),
                "Save the file as UTF-8; spreadsheets call it “CSV UTF-8”.",
            )
        })?;
        fields.push((name, text));
    }
    Ok(Fields(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=x";

    #[tokio::test]
    async fn a_file_is_its_text_byte_for_byte() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n 1 \r\n--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"t.csv\"\r\n\r\na,b\n\"c\nd\",e\n\r\n--x--\r\n";
        let fields = multipart(KIND, body.into()).await.unwrap();
        assert_eq!((fields.get("a"), fields.exact("a")), (Some("1"), " 1 "));
        assert_eq!(fields.exact("f"), "a,b\n\"c\nd\",e\n");
    }

    #[tokio::test]
    async fn what_is_no_form_or_no_text_is_told() {
        let field = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
        for (body, told) in [
            (
                b"--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n\xe9\r\n--x--\r\n"
                    .to_vec(),
                "UTF-8",
            ),
            (b"nothing".to_vec(), "can't be read"),
            ((field.repeat(MOST_FIELDS + 1) + "--x--").into(), "too many"),
        ] {
            let trouble = multipart(KIND, body).await.unwrap_err();
            assert!(trouble.detail.contains(told), "{}", trouble.detail);
        }
    }
}
