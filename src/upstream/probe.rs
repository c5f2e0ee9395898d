//! One question to a URL for `doctor`: what status, what time, which headers.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

use super::fetch::{Limits, transport};
use crate::{clock::Timestamp, outbound::Failure, telemetry::escaped};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// What a server answered; its body is not read.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
}

impl Heard {
    /// What time the server says it is, by `Date`.
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        let text = self.headers.get(header::DATE)?.to_str().ok()?;
        httpdate::parse_http_date(text).ok().map(Timestamp::from)
    }
}

/// Asks `url` with GET, following nowhere; no redirects, by the system's trust.
///
/// `allow_private` lets the name lead into a private network: for our own address.
///
/// # Errors
/// Why there is no answer, in words: no code of metadata's, which this is not about.
pub async fn ask(
    url: &Url,
    allow_private: bool,
    header: Option<(HeaderName, HeaderValue)>,
) -> Result<Heard, String> {
    let why = |failure: Failure| escaped(&failure.detail);
    let limits = Limits {
        time: PATIENCE,
        ..Limits::default()
    };
    let client = transport(url, allow_private, &limits).map_err(|error| why(error.into()))?;
    let mut request = client.get(url.clone());
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let response = request.send().await.map_err(|error| why(error.into()))?;
    Ok(Heard {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
    })
}
