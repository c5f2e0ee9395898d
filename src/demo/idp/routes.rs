//! The demo identity provider over HTTP.

use askama::Template;
use axum::{
    Form, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, RawQuery, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{StatusCode, header};
use serde::Deserialize;
use url::Position;

use super::{DemoIdp, PEOPLE, Person, partner};
use crate::{
    demo::pages::{self, STYLE, STYLE_WITHOUT_SCRIPT, SUBMIT, harmless, page},
    identity::Refusal,
    saml::{
        binding::{self, IncomingRequest, Outgoing},
        idp::receive,
    },
};

/// The largest form, in bytes.
const LARGEST_FORM: usize = 256 * 1024;

pub(super) fn router(idp: DemoIdp) -> Router {
    let routes = Router::new()
        .route("/metadata", get(metadata))
        .route("/saml/sso", get(sso_redirect).post(sso_post))
        .route("/saml/answer", post(answer))
        .fallback(async || problem(StatusCode::NOT_FOUND, NOTHING))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(idp);
    harmless(routes)
}

const NOTHING: &str =
    "The demo’s identity provider has no page at this address. Please start from Flex.";

#[derive(Template)]
#[template(path = "demo/people.html")]
struct PeoplePage<'a> {
    style: &'static str,
    asker: &'a str,
    ticket: &'a str,
    people: &'a [Person],
}

#[derive(Template)]
#[template(path = "demo/hand_over.html")]
struct HandOverPage<'a> {
    style: &'static str,
    style_without_script: &'static str,
    script: &'static str,
    name: &'a str,
    action: &'a str,
    fields: &'a [(&'static str, String)],
}

#[derive(Template)]
#[template(path = "demo/idp_problem.html")]
struct ProblemPage<'a> {
    style: &'static str,
    sentence: &'a str,
}

fn problem(status: StatusCode, sentence: &str) -> Response {
    let style = STYLE;
    page(status, &ProblemPage { style, sentence })
}

async fn metadata(State(idp): State<DemoIdp>) -> Response {
    match idp.metadata() {
        Ok(xml) => (
            [(header::CONTENT_TYPE, "application/samlmetadata+xml")],
            xml,
        )
            .into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn sso_redirect(State(idp): State<DemoIdp>, RawQuery(query): RawQuery) -> Response {
    let incoming = binding::redirect::decode(&query.unwrap_or_default());
    ask(&idp, incoming).await
}

async fn sso_post(State(idp): State<DemoIdp>, body: Bytes) -> Response {
    ask(&idp, binding::post::decode_request(&body)).await
}

/// Reads a request and asks who is there.
async fn ask(idp: &DemoIdp, incoming: Result<IncomingRequest, Refusal>) -> Response {
    let shared = &*idp.shared;
    let partner = match partner::describe(&shared.http, &shared.partner).await {
        Ok(partner) => partner,
        Err(error) => return problem(StatusCode::BAD_GATEWAY, &error.to_string()),
    };
    let request = incoming.and_then(|incoming| receive(incoming, &partner, &shared.sso_url, None));
    let request = match request {
        Ok(request) => request,
        Err(refusal) => {
            let why = refusal.detail;
            let sentence = format!("This request can’t be answered: {why}");
            return problem(StatusCode::BAD_REQUEST, &sentence);
        }
    };
    let asker = partner.acs_url.url()[Position::BeforeHost..Position::AfterPort].to_owned();
    let Some(ticket) = idp.remember(request, partner) else {
        return problem(StatusCode::INTERNAL_SERVER_ERROR, "There is no randomness.");
    };
    page(
        StatusCode::OK,
        &PeoplePage {
            style: STYLE,
            asker: &asker,
            ticket: &ticket,
            people: &PEOPLE,
        },
    )
}

#[derive(Deserialize)]
struct Chosen {
    ticket: String,
    person: String,
}

/// Somebody has said who they are.
async fn answer(State(idp): State<DemoIdp>, Form(chosen): Form<Chosen>) -> Response {
    let now = idp.shared.clock.now();
    let Some(ticket) = idp.shared.tickets.take(&chosen.ticket, now) else {
        let sentence =
            "This page has been used already, or is too old. Please start again from Flex.";
        return problem(StatusCode::BAD_REQUEST, sentence);
    };
    let Some(person) = Person::find(&chosen.person) else {
        return problem(StatusCode::BAD_REQUEST, "Nobody of that name works here.");
    };
    match idp.answer(&ticket, &person) {
        Ok(Outgoing::Post { action, fields }) => pages::hand_over(&HandOverPage {
            style: STYLE,
            style_without_script: STYLE_WITHOUT_SCRIPT,
            script: SUBMIT,
            name: person.full_name,
            action: action.as_str(),
            fields: &fields,
        }),
        Ok(Outgoing::Redirect(to)) => pages::see_other(to.as_str()),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}
