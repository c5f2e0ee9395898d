//! Getting a text from a URL or a file, within bounds.

use std::{fs::File, io::Read, path::Path, sync::Arc, time::Duration};

use http::StatusCode;
use url::Url;

use super::{
    error::{ErrorCode, SourceError},
    validators::Validators,
};
use crate::{
    outbound::{self, Cause, Failure, PublicOnly},
    settings::is_loopback,
};

/// How much is read, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest that a download may take, connecting included.
    pub time: Duration,
    /// The largest document, in bytes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            bytes: 4 * 1024 * 1024,
        }
    }
}

/// The transport: https by the system's trust, no redirects, nothing unpacked,
/// and the machine's proxy except towards loopback.
///
/// Unless `allow_private`, a name that leads into a private network is not followed.
pub(super) fn transport(
    url: &Url,
    allow_private: bool,
    limits: &Limits,
) -> Result<reqwest::Client, reqwest::Error> {
    let builder = outbound::client()
        .connect_timeout(limits.time)
        .timeout(limits.time)
        // By the next refresh the server has long hung up on a kept connection.
        .pool_max_idle_per_host(0);
    let loopback = is_loopback(url);
    let builder = if loopback {
        builder.no_proxy()
    } else {
        builder.https_only(true)
    };
    match url.host_str() {
        Some(host) if !loopback && !allow_private => {
            builder.dns_resolver(Arc::new(PublicOnly::new(host)))
        }
        _ => builder,
    }
    .build()
}

/// What a server answered.
pub(super) enum Downloaded {
    /// The text, and how to ask for the next one.
    New(Vec<u8>, Option<Validators>),
    /// There is no other text than the one that it was asked about.
    Unchanged,
}

/// What the server gives at `url`, if it is not the text that `known` came with.
pub(super) async fn download(
    client: &reqwest::Client,
    url: &Url,
    limits: &Limits,
    known: Option<&Validators>,
) -> Result<Downloaded, SourceError> {
    let request = client
        .get(url.clone())
        .header(
            http::header::ACCEPT,
            "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
        )
        .headers(known.map(Validators::headers).unwrap_or_default())
        .send();
    let response = request.await.map_err(Failure::from)?;
    let status = response.status();
    if status == StatusCode::NOT_MODIFIED && known.is_some() {
        return Ok(Downloaded::Unchanged);
    }
    if status != StatusCode::OK {
        let detail = if status.is_redirection() {
            format!("HTTP status {}, a redirect", status.as_u16())
        } else {
            format!("HTTP status {}", status.as_u16())
        };
        return Err(SourceError::new(ErrorCode::Status, detail));
    }
    let validators = Validators::of(response.headers());
    let body = outbound::body(response, limits.bytes).await?;
    Ok(Downloaded::New(body, validators))
}

fn too_large(most: usize) -> SourceError {
    let detail = format!("it is larger than {most} bytes");
    SourceError::new(ErrorCode::TooLarge, detail)
}

impl From<Failure> for SourceError {
    fn from(failure: Failure) -> Self {
        let code = match failure.cause {
            Cause::Private => ErrorCode::Private,
            Cause::Timeout => ErrorCode::Timeout,
            Cause::Unreachable => ErrorCode::Unreachable,
            Cause::TooLarge => ErrorCode::TooLarge,
        };
        Self::new(code, failure.detail)
    }
}

/// What the file holds. Blocks as long as the disk does.
pub(super) fn read_file(path: &Path, most: usize) -> Result<Vec<u8>, SourceError> {
    let failed = |why: &dyn std::fmt::Display| {
        SourceError::new(ErrorCode::File, format!("{}: {why}", path.display()))
    };
    // Opening a pipe would wait for whoever writes to it.
    let kind = std::fs::metadata(path).map_err(|error| failed(&error))?;
    if !kind.is_file() {
        return Err(failed(&"this is not a file"));
    }
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(&error))?;
    if bytes.len() > most {
        return Err(too_large(most));
    }
    Ok(bytes)
}
