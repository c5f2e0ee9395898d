//! What goes wrong within one request, and ends that request only: a panic, or far too much time.

use std::time::Duration;

use axum::{extract::Request, middleware::Next, response::Response};
use http::StatusCode;

use super::{agent_pages, limits::Turn, voice::Voice, words::Trouble};
use crate::login::{Answer, Refused};

/// How long a login may be worked on; its parts have shorter limits of their own.
const WORK_PATIENCE: Duration = Duration::from_secs(20);

/// A fault of ours in one request ends that request only.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub(super) fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let words = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied());
    tracing::error!(cause = words, "a request ended in a panic");
    let mut response = agent_pages::failed(&Voice::english());
    response.extensions_mut().insert(Panicked);
    response
}

/// A request ended in a panic; its page is still to be written in the agent's language.
#[derive(Debug, Clone, Copy)]
struct Panicked;

/// The layer that catches a panic knows no request, and so no language; here both are known.
pub(super) async fn apologise(voice: Voice, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.extensions().get::<Panicked>().is_some() {
        return agent_pages::failed(&voice);
    }
    response
}

/// The answer, or the refusal, or an apology when it takes far too long.
pub(super) async fn within_patience(
    voice: &Voice,
    turn: Turn,
    login: impl Future<Output = Result<Answer, Refused>>,
) -> Response {
    let result = tokio::time::timeout(WORK_PATIENCE, login).await;
    drop(turn);
    match result {
        Ok(Ok(answer)) => agent_pages::answer(voice, &answer),
        Ok(Err(refused)) => agent_pages::refused(voice, &refused),
        Err(_) => {
            tracing::error!("a login was worked on for too long and given up");
            agent_pages::trouble(
                voice,
                StatusCode::SERVICE_UNAVAILABLE,
                Trouble::TakesTooLong,
            )
        }
    }
}
