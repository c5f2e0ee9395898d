//! Asking the provider, within bounds: https, no redirects, so many bytes, so much time.

use std::time::Duration;

use http::{StatusCode, header};
use url::{Host, Url};

use super::error::{ErrorCode, ProviderError};

/// The largest answer that is read, in bytes.
pub(super) const MOST_BYTES: usize = 256 * 1024;

/// How long documents may take, which nobody waits for.
pub(super) const DOCUMENT_TIME: Duration = Duration::from_secs(10);

/// How long an answer may take that a login waits for.
pub(super) const LOGIN_TIME: Duration = Duration::from_secs(5);

/// Whether the URL's host is this machine itself.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether what arrives from there arrives untouched.
pub(super) fn is_safe(url: &Url, loopback: bool) -> bool {
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    bare && (url.scheme() == "https" || (loopback && url.scheme() == "http" && is_loopback(url)))
}

/// What the provider answered.
pub(super) struct Answer {
    pub status: StatusCode,
    /// The content type without its parameters, in lower case.
    pub content_type: String,
    pub body: Vec<u8>,
}

/// The way to one provider.
#[derive(Debug, Clone)]
pub(super) struct Http(reqwest::Client);

impl Http {
    /// `loopback`: the provider is on this machine, where http is fine and no proxy helps.
    pub(super) fn new(loopback: bool) -> Result<Self, reqwest::Error> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("flexbridge/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(LOGIN_TIME)
            // Shorter than servers keep a connection, so that none is found closed.
            .pool_idle_timeout(Duration::from_secs(4))
            .referer(false);
        let builder = if loopback {
            builder.no_proxy()
        } else {
            builder.https_only(true)
        };
        builder.build().map(Self)
    }

    pub(super) async fn get(
        &self,
        url: &Url,
        bearer: Option<&str>,
        time: Duration,
    ) -> Result<Answer, ProviderError> {
        let mut request = self.0.get(url.clone());
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        read(request, time).await
    }

    pub(super) async fn post(
        &self,
        url: &Url,
        form: &[(&str, String)],
        authorization: Option<String>,
        time: Duration,
    ) -> Result<Answer, ProviderError> {
        let mut request = self.0.post(url.clone()).form(form);
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        read(request, time).await
    }
}

async fn read(request: reqwest::RequestBuilder, time: Duration) -> Result<Answer, ProviderError> {
    let request = request
        .header(header::ACCEPT, "application/json")
        .timeout(time);
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status();
    let content_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase())
        .unwrap_or_default();
    if response.content_length().unwrap_or(0) > MOST_BYTES as u64 {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if chunk.len() > MOST_BYTES - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        content_type,
        body,
    })
}

fn too_large() -> ProviderError {
    let detail = format!("the answer is larger than {MOST_BYTES} bytes");
    ProviderError::new(ErrorCode::TooLarge, detail)
}

/// What a failed transport means. The URL stays out of the text.
fn failed(error: reqwest::Error) -> ProviderError {
    let code = if error.is_timeout() {
        ErrorCode::Timeout
    } else {
        ErrorCode::Unreachable
    };
    let error = error.without_url();
    let mut detail = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        detail.push_str(": ");
        detail.push_str(&inner.to_string());
        cause = inner.source();
    }
    ProviderError::new(code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_arrives_untouched_is_trusted() {
        for (url, loopback, fine) in [
            ("https://op.example/token?x=1", false, true),
            ("https://op.example/token", true, true),
            ("http://127.0.0.1:8080/token", true, true),
            ("http://[::1]/token", true, true),
            ("http://localhost/token", true, true),
            // A provider elsewhere has no business on this machine.
            ("http://127.0.0.1:8080/token", false, false),
            ("http://op.example/token", true, false),
            ("http://localhost.example/token", true, false),
            ("https://user:secret@op.example/token", false, false),
            ("https://op.example/token#part", false, false),
            ("ftp://localhost/token", true, false),
        ] {
            assert_eq!(is_safe(&url.parse().unwrap(), loopback), fine, "{url}");
        }
    }
}
