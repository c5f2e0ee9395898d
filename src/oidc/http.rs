//! Asking the provider, within bounds: https, no redirects, so many bytes, so much time.

use std::{sync::Arc, time::Duration};

use http::{StatusCode, header};
use url::Url;

use super::error::{ErrorCode, ProviderError};
use crate::{
    outbound::{self, Cause, Failure, PublicOnly},
    settings::{is_loopback, names_private_address},
};

/// The largest answer that is read, in bytes.
pub(super) const MOST_BYTES: usize = 256 * 1024;

/// How long documents may take, which nobody waits for.
pub(super) const DOCUMENT_TIME: Duration = Duration::from_secs(10);

/// How long an answer may take that a login waits for.
pub(super) const LOGIN_TIME: Duration = Duration::from_secs(5);

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

/// How far a provider is away, which decides what of it is reached.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// It is on this machine, where http is fine and no proxy helps.
    pub(super) loopback: bool,
    /// It may have addresses that only this network reaches.
    pub(super) allow_private: bool,
}

impl Reach {
    /// Whether we connect to that URL, as far as it says by itself where that is.
    pub(super) fn includes(self, url: &Url) -> bool {
        self.allow_private || (self.loopback && is_loopback(url)) || !names_private_address(url)
    }
}

/// The way to one provider.
#[derive(Debug, Clone)]
pub(super) struct Http {
    client: reqwest::Client,
    reach: Reach,
    names: Arc<PublicOnly>,
}

impl Http {
    pub(super) fn new(reach: Reach) -> Result<Self, reqwest::Error> {
        let names = Arc::new(PublicOnly::default());
        let builder = outbound::client()
            .connect_timeout(LOGIN_TIME)
            // Shorter than servers keep a connection, so that none is found closed.
            .pool_idle_timeout(Duration::from_secs(4))
            .dns_resolver(names.clone());
        let builder = if reach.loopback {
            builder.no_proxy()
        } else {
            builder.https_only(true)
        };
        Ok(Self {
            client: builder.build()?,
            reach,
            names,
        })
    }

    /// From now on that URL's host must have a public address, where the provider's must.
    pub(super) fn guard(&self, url: &Url) -> Result<(), ProviderError> {
        let own = self.reach.allow_private || (self.reach.loopback && is_loopback(url));
        let host = url.host_str().filter(|_| !own);
        host.map_or(Ok(()), |host| self.names.guard(host))
            .map_err(|many| ProviderError::new(ErrorCode::Invalid, many.to_string()))
    }

    pub(super) async fn get(
        &self,
        url: &Url,
        bearer: Option<&str>,
        time: Duration,
    ) -> Result<Answer, ProviderError> {
        let mut request = self.client.get(url.clone());
        if let Some(token) = bearer {
            request = request.bearer_auth(token);
        }
        read(request, time).await
    }

    pub(super) async fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        authorization: Option<&str>,
        time: Duration,
    ) -> Result<Answer, ProviderError> {
        let mut request = self.client.post(url.clone()).form(form);
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
    let response = request.send().await.map_err(Failure::from)?;
    let status = response.status();
    let content_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase())
        .unwrap_or_default();
    let body = outbound::body(response, MOST_BYTES).await?;
    Ok(Answer {
        status,
        content_type,
        body,
    })
}

impl From<Failure> for ProviderError {
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
            ("https://user@op.example/token", false, false),
            ("https://:secret@op.example/token", false, false),
            ("https://op.example/token#part", false, false),
            ("ftp://localhost/token", true, false),
        ] {
            assert_eq!(is_safe(&url.parse().unwrap(), loopback), fine, "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let url: Url = format!("https://localhost:{port}/token").parse().unwrap();
        for (allow_private, loopback, refused) in [
            // A provider elsewhere whose name leads here.
            (false, false, true),
            (true, false, false),
            // A provider that is here.
            (false, true, false),
        ] {
            let reach = Reach {
                loopback,
                allow_private,
            };
            let http = Http::new(reach).unwrap();
            http.guard(&url).unwrap();
            let time = Duration::from_millis(300);
            let asked = http.post(&url, &[], None, time).await;
            let code = asked.err().map(|error| error.code).unwrap();
            assert_eq!(code == ErrorCode::Private, refused, "{code}");
            assert_eq!(listener.accept().is_err(), refused);
        }
    }

    #[tokio::test]
    async fn a_provider_elsewhere_is_asked_by_https_only() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let url: Url = format!("http://127.0.0.1:{port}/keys").parse().unwrap();
        for loopback in [true, false] {
            let http = Http::new(Reach {
                loopback,
                allow_private: true,
            });
            let time = Duration::from_millis(300);
            assert!(http.unwrap().get(&url, None, time).await.is_err());
            assert_eq!(listener.accept().is_ok(), loopback);
        }
    }

    /// Only so many hosts are guarded, so that one too many shows which are.
    #[test]
    fn every_host_that_is_not_here_must_be_public() {
        for (host, loopback, allow_private, guarded) in [
            ("10.0.", false, false, true),
            ("10.0.", true, false, true),
            ("10.0.", true, true, false),
            ("127.0.", true, false, false),
            ("127.0.", false, false, true),
        ] {
            let http = Http::new(Reach {
                loopback,
                allow_private,
            });
            let http = http.unwrap();
            let mut urls = (0..999).map(|n| {
                format!("https://{host}{}.{}/", n / 250, n % 250)
                    .parse()
                    .unwrap()
            });
            let told = urls.any(|url| http.guard(&url).is_err());
            assert_eq!(told, guarded, "{host} {loopback} {allow_private}");
        }
    }

    #[test]
    fn a_private_address_is_only_reached_where_that_is_said() {
        for (url, loopback, fine) in [
            ("https://10.0.0.1/keys", false, false),
            ("https://10.0.0.1/keys", true, false),
            ("https://[fd00::1]/keys", false, false),
            ("https://0x0a000001/keys", false, false),
            ("https://169.254.169.254/keys", true, false),
            ("https://127.0.0.1/keys", false, false),
            ("https://127.0.0.1/keys", true, true),
            ("https://8.8.8.8/keys", false, true),
            ("https://op.example/keys", false, true),
        ] {
            let url = url.parse().unwrap();
            for allow_private in [false, true] {
                let reach = Reach {
                    loopback,
                    allow_private,
                };
                assert_eq!(reach.includes(&url), fine || allow_private, "{url}");
            }
        }
    }
}
