//! Keeping requests and answers, so that they can be held against Twilio's own description.

use std::collections::VecDeque;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{DemoTwilio, Fault, LARGEST_BODY};

/// How many exchanges are kept.
const MOST: usize = 400;

/// One request and its answer, without credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query as sent; empty when there is none.
    pub query: String,
    /// The request's content type, without parameters.
    pub content_type: Option<String>,
    /// The request's `If-Match`.
    pub if_match: Option<String>,
    /// The scheme of the request's `Authorization`, such as `Basic`.
    pub authorization: Option<String>,
    /// The request's body.
    pub body: String,
    /// The answer's status.
    pub status: u16,
    /// The answer's content type, without parameters.
    pub answer_type: Option<String>,
    /// The answer's `ETag`.
    pub etag: Option<String>,
    /// The answer's body.
    pub answer: String,
}

/// The kept exchanges; nothing is kept before [`Tape::start`].
#[derive(Default)]
pub(super) struct Tape {
    running: bool,
    kept: VecDeque<Exchange>,
}

impl Tape {
    pub(super) fn start(&mut self) {
        self.running = true;
        self.kept.clear();
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.kept.iter().cloned().collect()
    }

    fn keep(&mut self, exchange: Exchange) {
        if self.kept.len() == MOST {
            self.kept.pop_front();
        }
        self.kept.push_back(exchange);
    }
}

/// Passes request and answer on, and keeps both while recording.
pub(super) async fn record(
    State(twilio): State<DemoTwilio>,
    request: Request,
    next: Next,
) -> Response {
    if !twilio.state().recording.running {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Fault::parameter("The request is too large.").into_response();
    };
    let asked = (
        parts.method.clone(),
        parts.uri.clone(),
        parts.headers.clone(),
    );
    let request = Request::from_parts(parts, Body::from(body.clone()));
    let (answer, sent) = next.run(request).await.into_parts();
    let sent = to_bytes(sent, usize::MAX).await.unwrap_or_default();
    let (method, uri, headers) = asked;
    let exchange = Exchange {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        content_type: super::answers::content_type(&headers),
        if_match: text(&headers, &header::IF_MATCH),
        authorization: text(&headers, &header::AUTHORIZATION)
            .and_then(|value| value.split(' ').next().map(str::to_owned)),
        body: lossy(&body),
        status: answer.status.as_u16(),
        answer_type: super::answers::content_type(&answer.headers),
        etag: text(&answer.headers, &header::ETAG),
        answer: lossy(&sent),
    };
    twilio.state().recording.keep(exchange);
    Response::from_parts(answer, Body::from(sent))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

fn lossy(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
