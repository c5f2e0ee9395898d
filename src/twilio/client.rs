//! One call: its address, its tries, its answer.
//!
//! Must never: log a credential, follow a redirect, or read without bounds.

use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderMap, Method, StatusCode, header};
use serde_json::value::RawValue;
use url::Url;

use super::{
    Settings, body,
    credentials::{Credentials, is_sid},
    error::{Error, ErrorCode, TwilioMessage},
    limits::Limits,
    retry,
};
use crate::{
    clock::{Clock, Random, Stopwatch},
    outbound::{self, Failure},
    settings::{Problem, SettingPath, is_loopback},
};

/// The largest error body that is looked into, in bytes.
const LARGEST_ERROR: usize = 16 * 1024;

/// A client of Twilio's REST API for one account.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    credentials: Credentials,
    pub(super) account_sid: String,
    pub(super) flex_api_url: Url,
    pub(super) taskrouter_url: Url,
    limits: Limits,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("account_sid", &self.account_sid)
            .field("flex_api_url", &self.flex_api_url.as_str())
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client with the settings' credentials, which are read here and now.
    ///
    /// `account_sid` is the account that answers must belong to. The paths of
    /// the problems are as seen from `twilio` of `[flex.NAME]`.
    ///
    /// # Errors
    /// Every problem of the settings at once.
    pub fn new(
        settings: &Settings,
        account_sid: &str,
        limits: Limits,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems: Vec<Problem> = [
            ("flex_api_url", &settings.flex_api_url),
            ("taskrouter_url", &settings.taskrouter_url),
        ]
        .into_iter()
        .filter_map(|(key, url)| check_url(key, url))
        .collect();
        if !is_sid("AC", account_sid) {
            problems.push(Problem::error(
                SettingPath::root(),
                "`account_sid` is not the SID of an account",
                "write the SID that Twilio Console shows: AC and 32 hexadecimal digits",
            ));
        }
        let credentials = Credentials::read(settings, account_sid)
            .map_err(|found| problems.extend(found))
            .ok();
        let http = transport(&limits, is_loopback(&settings.flex_api_url))
            .map_err(|problem| problems.push(problem))
            .ok();
        match (credentials, http) {
            (Some(credentials), Some(http)) if problems.is_empty() => Ok(Self {
                http,
                credentials,
                account_sid: account_sid.to_owned(),
                flex_api_url: settings.flex_api_url.clone(),
                taskrouter_url: settings.taskrouter_url.clone(),
                limits,
                clock,
                random,
            }),
            _ => Err(problems),
        }
    }

    /// Gets a JSON document; tries again where that may help.
    pub(super) async fn get_json(&self, url: &Url) -> Result<Answered, Error> {
        self.call(&Call {
            method: Method::GET,
            url,
            body: Body::None,
            if_match: None,
        })
        .await
    }

    /// The same client, for a call that nobody may repeat without looking first.
    pub(super) fn once(&self) -> Self {
        let limits = Limits {
            tries: 1,
            ..self.limits
        };
        Self {
            limits,
            ..self.clone()
        }
    }

    /// Makes one call. What only reads is tried again after every passing failure; what
    /// writes only when Twilio surely did nothing, for nothing may be written twice.
    pub(super) async fn call(&self, call: &Call<'_>) -> Result<Answered, Error> {
        let watch = Stopwatch::start();
        let mut tried = 0;
        loop {
            tried += 1;
            let left = self.limits.total.saturating_sub(watch.elapsed());
            let error = match self.attempt(call, left.min(self.limits.attempt)).await {
                Ok(answered) => return Ok(answered),
                Err(error) => error,
            };
            let again = error.is_passing() && (call.only_reads() || error.did_nothing);
            if !again || tried >= self.limits.tries {
                return Err(error);
            }
            let wait = retry::wait(&self.limits, tried, error.retry_after, &*self.random);
            // Waiting shorter than Twilio asks would be rude, longer than is left
            // pointless: whoever called decides when to come back.
            if watch.elapsed().saturating_add(wait) >= self.limits.total {
                return Err(error);
            }
            tracing::debug!(
                code = error.code.as_str(),
                tried,
                ?wait,
                "asking Twilio again"
            );
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, call: &Call<'_>, timeout: Duration) -> Result<Answered, Error> {
        let response = self
            .request(call)
            .timeout(timeout)
            .send()
            .await
            .map_err(|error| Error {
                did_nothing: error.is_connect(),
                ..Error::from(Failure::from(error))
            })?;
        if response.status() != StatusCode::OK {
            return Err(self.refused(response).await);
        }
        if !is_json(response.headers()) {
            let seen = text_of(response.headers(), &header::CONTENT_TYPE).unwrap_or("none");
            let detail = format!("the content type is {}", super::error::plain(seen, 100));
            return Err(Error {
                status: Some(200),
                ..Error::new(ErrorCode::Malformed, detail)
            });
        }
        let etag = text_of(response.headers(), &header::ETAG).map(str::to_owned);
        let body = body::read(response, self.limits.body).await?;
        Ok(Answered { body, etag })
    }

    fn request(&self, call: &Call<'_>) -> reqwest::RequestBuilder {
        let request = self
            .http
            .request(call.method.clone(), call.url.clone())
            .basic_auth(
                &self.credentials.username,
                Some(self.credentials.password.expose()),
            )
            .header(header::ACCEPT, "application/json");
        let request = match call.if_match {
            Some(etag) => request.header(header::IF_MATCH, etag),
            None => request,
        };
        match &call.body {
            Body::None => request,
            Body::Json(document) => request.json(document),
            Body::Form(fields) => request.form(fields),
        }
    }

    async fn refused(&self, response: reqwest::Response) -> Error {
        let status = response.status();
        let retry_after = text_of(response.headers(), &header::RETRY_AFTER)
            .and_then(|value| retry::retry_after(value, self.clock.now()));
        let twilio = if is_json(response.headers()) {
            let body = body::read(response, LARGEST_ERROR).await;
            body.ok().and_then(|body| TwilioMessage::read(&body))
        } else {
            None
        };
        let detail = twilio.as_ref().map_or_else(
            || format!("HTTP status {}", status.as_u16()),
            |said| {
                let status = status.as_u16();
                format!(
                    "HTTP status {status}, Twilio error {}: {}",
                    said.code, said.message
                )
            },
        );
        Error {
            status: Some(status.as_u16()),
            twilio,
            retry_after,
            // Twilio's word for 429: "never processed and always safe to retry".
            // Only 408 may come of somebody between us, who does not know.
            did_nothing: status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT,
            ..Error::new(code_of(status), detail)
        }
    }
}

/// One call of the API.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) body: Body<'a>,
    /// The version that must still be there, as its `ETag` was given.
    pub(super) if_match: Option<&'a str>,
}

impl Call<'_> {
    fn only_reads(&self) -> bool {
        self.method == Method::GET
    }
}

/// What a call carries.
#[allow(dead_code, reason = "what writes comes next")]
pub(super) enum Body<'a> {
    None,
    /// `application/json`, as the Flex API wants it.
    Json(&'a RawValue),
    /// `application/x-www-form-urlencoded`, as TaskRouter wants it.
    Form(&'a [(&'static str, String)]),
}

/// The answer to a call: status 200 and a body that says it is JSON.
pub(super) struct Answered {
    pub(super) body: Vec<u8>,
    /// The version of what was answered, where Twilio gives one.
    pub(super) etag: Option<String>,
}

/// An address below a base URL; each segment is escaped.
pub(super) fn under(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    // A base URL of http or https can always have segments.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

fn code_of(status: StatusCode) -> ErrorCode {
    match status {
        StatusCode::UNAUTHORIZED => ErrorCode::Unauthorized,
        StatusCode::FORBIDDEN => ErrorCode::Forbidden,
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::RateLimited,
        StatusCode::PRECONDITION_FAILED => ErrorCode::Changed,
        StatusCode::BAD_REQUEST => ErrorCode::Rejected,
        other if other.is_server_error() => ErrorCode::Server,
        _ => ErrorCode::Unexpected,
    }
}

fn text_of<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_json(headers: &HeaderMap) -> bool {
    text_of(headers, &header::CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn check_url(key: &str, url: &Url) -> Option<Problem> {
    let plain = url.query().is_none() && url.fragment().is_none();
    let bare = url.username().is_empty() && url.password().is_none();
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    (!(plain && bare && safe)).then(|| {
        Problem::error(
            SettingPath::root().join(key),
            "this can't be the base URL of Twilio's API",
            "leave it out, or write an https URL without user name, query and fragment (http on loopback only)",
        )
    })
}

/// The transport: https by the system's trust, no redirects, and the machine's
/// proxy except towards loopback.
fn transport(limits: &Limits, loopback: bool) -> Result<reqwest::Client, Problem> {
    let builder = outbound::client().connect_timeout(limits.connect);
    let builder = if loopback {
        builder.no_proxy()
    } else {
        builder
    };
    builder.build().map_err(|error| {
        Problem::error(
            SettingPath::root(),
            format!("TLS towards Twilio can't be set up: {error}"),
            "install the system's certificate authorities, such as the package ca-certificates",
        )
    })
}

#[cfg(test)]
mod tests;
