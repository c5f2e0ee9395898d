//! Going wrong on demand, for tests of who has to cope with it. Never by HTTP.

use std::{collections::VecDeque, convert::Infallible, io, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use futures_util::stream;
use serde_json::Value;

use super::{DemoTwilio, Fault};

/// One way to go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misbehaviour {
    /// Not at all: the right answer, so that a later one goes wrong.
    Rightly,
    /// Nothing is carried out, and the connection breaks before the answer.
    Lost,
    /// All is carried out, and the connection breaks before the answer.
    AnswerLost,
    /// All is carried out, and the answer is a status with a Twilio error body and this code.
    CarriedOut(u16, u32),
    /// All is carried out, and the answer comes that much later.
    SlowAnswer(Duration),
    /// Somebody else replaces `ui_attributes` by this first; then the right answer.
    Meanwhile(Value),
    /// The right answer; then somebody else replaces `ui_attributes` by this.
    Afterwards(Value),
    /// 429, with this `Retry-After` if any.
    RateLimited(Option<String>),
    /// A status with a Twilio error body and this Twilio code.
    Refused(u16, u32),
    /// The right answer, that much later.
    Slow(Duration),
    /// The right answer, but the connection breaks in the middle of the body.
    Truncated,
    /// Half of the right answer, sent as if it were whole.
    Half,
    /// A body of that many bytes, its length not announced.
    Huge(usize),
    /// The same with its length announced.
    HugeAnnounced(usize),
    /// A redirect to this address.
    Redirect(String),
    /// A web page with status 200, as a captive portal sends.
    WebPage,
    /// The right answer with a property replaced.
    Property(&'static str, Value),
}

/// What goes wrong next, and how many requests were seen.
#[derive(Default)]
pub(super) struct Plan {
    next: VecDeque<Misbehaviour>,
    seen: u64,
}

impl Plan {
    pub(super) fn add(&mut self, times: usize, how: &Misbehaviour) {
        self.next.extend(std::iter::repeat_n(how.clone(), times));
    }

    pub(super) fn clear(&mut self) {
        self.next.clear();
    }

    pub(super) const fn seen(&self) -> u64 {
        self.seen
    }

    fn take(&mut self) -> Option<Misbehaviour> {
        self.seen += 1;
        self.next.pop_front()
    }
}

/// Answers rightly, unless something else was asked for.
pub(super) async fn misbehave(
    State(twilio): State<DemoTwilio>,
    request: Request,
    next: Next,
) -> Response {
    let how = twilio.state().misbehaviour.take();
    match how {
        None | Some(Misbehaviour::Rightly) => next.run(request).await,
        Some(Misbehaviour::Lost) => broken(json("")).await,
        Some(Misbehaviour::AnswerLost) => {
            drop(next.run(request).await);
            broken(json("")).await
        }
        Some(Misbehaviour::CarriedOut(status, code)) => {
            drop(next.run(request).await);
            refused(status, code)
        }
        Some(Misbehaviour::SlowAnswer(time)) => {
            let response = next.run(request).await;
            tokio::time::sleep(time).await;
            response
        }
        Some(Misbehaviour::Meanwhile(attributes)) => {
            twilio.set_ui_attributes(attributes);
            next.run(request).await
        }
        Some(Misbehaviour::Afterwards(attributes)) => {
            let response = next.run(request).await;
            twilio.set_ui_attributes(attributes);
            response
        }
        Some(Misbehaviour::RateLimited(retry_after)) => rate_limited(retry_after.as_deref()),
        Some(Misbehaviour::Refused(status, code)) => refused(status, code),
        Some(Misbehaviour::Slow(time)) => {
            tokio::time::sleep(time).await;
            next.run(request).await
        }
        Some(Misbehaviour::Truncated) => broken(next.run(request).await).await,
        Some(Misbehaviour::Half) => {
            let body = body_of(next.run(request).await).await;
            json(body.slice(..body.len() / 2))
        }
        Some(Misbehaviour::Huge(size)) => json(Body::from_stream(filler(size))),
        Some(Misbehaviour::HugeAnnounced(size)) => {
            let mut response = json(Body::from_stream(filler(size)));
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, HeaderValue::from(size));
            response
        }
        Some(Misbehaviour::Redirect(to)) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response()
        }
        Some(Misbehaviour::WebPage) => {
            Html("<h1>Please sign in to this network</h1>").into_response()
        }
        Some(Misbehaviour::Property(name, value)) => {
            let body = body_of(next.run(request).await).await;
            let mut document: Value = serde_json::from_slice(&body).unwrap_or_default();
            document[name] = value;
            json(document.to_string())
        }
    }
}

fn refused(status: u16, code: u32) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    Fault::new(status, code, "As asked for").into_response()
}

fn rate_limited(retry_after: Option<&str>) -> Response {
    let mut response = Fault::too_many_requests().into_response();
    if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(text).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

async fn body_of(response: Response) -> Bytes {
    to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap_or_default()
}

fn json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

/// The first half of the body, then the connection's end.
async fn broken(response: Response) -> Response {
    let body = body_of(response).await;
    let half = body.slice(..body.len() / 2);
    let pieces = [Ok(half), Err(io::Error::from(io::ErrorKind::BrokenPipe))];
    json(Body::from_stream(stream::iter(pieces)))
}

/// `size` blanks, made while they are sent.
fn filler(size: usize) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    static BLANKS: [u8; 64 * 1024] = [b' '; 64 * 1024];
    let whole = size / BLANKS.len();
    let rest = size % BLANKS.len();
    let pieces = std::iter::repeat_n(BLANKS.len(), whole).chain((rest > 0).then_some(rest));
    stream::iter(pieces.map(|length| Ok(Bytes::from_static(&BLANKS[..length]))))
}
