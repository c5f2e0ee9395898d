//! The demo Flex over HTTP.

use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Query, State},
    response::Response,
    routing::{get, post},
};
use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::{DemoFlex, Refused, Rule, pages, sessions::Session};
use crate::demo::{
    pages::{harmless, see_other},
    twilio::Worker,
};

/// The cookie of an agent's session. Cookies don't know ports, so its name is its own.
const COOKIE: &str = "flexbridge_demo_flex";
/// The largest form, in bytes: a response of 256 KiB with its escapes.
const LARGEST_FORM: usize = 1024 * 1024;

pub(super) fn router(flex: DemoFlex) -> Router {
    let routes = Router::new()
        .route("/", get(start))
        .route("/login", get(login))
        .route("/login/callback", post(callback))
        .route("/agent", get(agent))
        .route("/agent/location", post(by_hand))
        .route("/logout", post(logout))
        .fallback(async || pages::nothing_here())
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(flex);
    harmless(routes)
}

async fn start(State(flex): State<DemoFlex>) -> Response {
    pages::start(&flex)
}

async fn login(State(flex): State<DemoFlex>) -> Response {
    match flex.begin() {
        Ok(url) => see_other(&url),
        Err(error) => pages::trouble(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

#[derive(Deserialize)]
struct Callback {
    #[serde(rename = "SAMLResponse")]
    response: String,
    #[serde(rename = "RelayState", default)]
    relay_state: String,
}

#[derive(Deserialize)]
struct Address {
    connection: String,
}

/// The assertion consumer service.
async fn callback(
    State(flex): State<DemoFlex>,
    Query(address): Query<Address>,
    Form(form): Form<Callback>,
) -> Response {
    let ours = format!("connection={}", address.connection);
    if !flex.shared.connection.acs_url.ends_with(&ours) {
        return pages::nothing_here();
    }
    let judged =
        tokio::task::spawn_blocking(move || flex.accept(&form.response, &form.relay_state));
    let broken = |_| Err(Refused::new(Rule::Form, "the response could not be judged"));
    match judged.await.unwrap_or_else(broken) {
        Ok(secret) => with_cookie(see_other("/agent"), &session_cookie(secret)),
        Err(refused) => pages::refused(&refused),
    }
}

fn session_cookie(secret: String) -> Cookie<'static> {
    Cookie::build((COOKIE, secret))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

fn with_cookie(mut response: Response, cookie: &Cookie<'_>) -> Response {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// The secret in the browser's cookie.
fn secret_of(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == COOKIE)
        .map(|cookie| cookie.value().to_owned())
}

/// Who is signed in in this browser, and their worker.
fn signed_in(flex: &DemoFlex, headers: &HeaderMap) -> Option<(Session, Worker)> {
    let session = flex.shared.sessions.find(&secret_of(headers)?)?;
    let workers = flex.shared.twilio.workers();
    let worker = workers
        .into_iter()
        .find(|worker| worker.sid == session.worker)?;
    Some((session, worker))
}

async fn agent(State(flex): State<DemoFlex>, headers: HeaderMap) -> Response {
    match signed_in(&flex, &headers) {
        Some((session, worker)) => pages::agent(&flex, &session, &worker),
        None => see_other("/"),
    }
}

#[derive(Deserialize)]
struct ByHand {
    flex_location: String,
}

async fn by_hand(
    State(flex): State<DemoFlex>,
    headers: HeaderMap,
    Form(form): Form<ByHand>,
) -> Response {
    let Some((_, worker)) = signed_in(&flex, &headers) else {
        return see_other("/");
    };
    match flex.write_by_hand(&worker.sid, &form.flex_location) {
        Ok(_) => see_other("/agent"),
        Err(fault) => pages::trouble(StatusCode::BAD_REQUEST, &fault.to_string()),
    }
}

async fn logout(State(flex): State<DemoFlex>, headers: HeaderMap) -> Response {
    if let Some(secret) = secret_of(&headers) {
        flex.shared.sessions.close(&secret);
    }
    let mut gone = session_cookie(String::new());
    gone.make_removal();
    with_cookie(see_other("/"), &gone)
}
