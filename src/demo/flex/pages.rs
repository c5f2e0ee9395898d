//! What the demo Flex shows.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;

use super::{DEFAULT_EDGE, DemoFlex, Refused, Voice, sessions::Session};
use crate::demo::{
    pages::{STYLE, page},
    twilio::Worker,
};

#[derive(Template)]
#[template(path = "demo/start.html")]
struct StartPage<'a> {
    style: &'static str,
    admin_url: &'a str,
    agents: Vec<AgentRow>,
    locations: Vec<LocationRow>,
}

/// An agent who has been here.
struct AgentRow {
    name: String,
    voice: Voice,
}

/// A location as the account defines it.
struct LocationRow {
    name: String,
    edges: Vec<String>,
    /// Whether it is the agent's.
    chosen: bool,
}

#[derive(Template)]
#[template(path = "demo/agent.html")]
struct AgentPage<'a> {
    style: &'static str,
    admin_url: &'a str,
    name: String,
    name_id: &'a str,
    at: String,
    voice: &'a Voice,
    default_edge: &'static str,
    edges: Vec<String>,
    complaint: Option<String>,
    flex_location: String,
    attributes: Vec<AttributeRow>,
    locations: Vec<LocationRow>,
}

/// A worker attribute, and where it is from.
struct AttributeRow {
    name: String,
    value: String,
    origin: &'static str,
    is_location: bool,
}

#[derive(Template)]
#[template(path = "demo/refused.html")]
struct RefusedPage<'a> {
    style: &'static str,
    title: &'a str,
    code: u32,
    detail: &'a str,
}

#[derive(Template)]
#[template(path = "demo/problem.html")]
struct ProblemPage<'a> {
    style: &'static str,
    title: &'a str,
    sentence: &'a str,
}

pub(super) fn start(flex: &DemoFlex) -> Response {
    let workers = flex.shared.twilio.workers();
    let agents = workers.iter().rev().take(20).map(|worker| AgentRow {
        name: name_of(worker),
        voice: flex.voice(worker),
    });
    page(
        StatusCode::OK,
        &StartPage {
            style: STYLE,
            admin_url: &flex.shared.admin_url,
            agents: agents.collect(),
            locations: locations(flex, None),
        },
    )
}

pub(super) fn agent(flex: &DemoFlex, session: &Session, worker: &Worker) -> Response {
    let voice = flex.voice(worker);
    let attributes = worker.attributes();
    let flex_location = attributes.get("flex_location");
    let chosen = match &voice {
        Voice::Edges { location, .. } => Some(&**location),
        _ => None,
    };
    page(
        StatusCode::OK,
        &AgentPage {
            style: STYLE,
            admin_url: &flex.shared.admin_url,
            name: name_of(worker),
            name_id: &session.said.name_id,
            at: session.at.format("%H:%M:%S UTC").to_string(),
            edges: voice.edges(),
            complaint: voice.complaint(),
            default_edge: DEFAULT_EDGE,
            flex_location: flex_location.map(text).unwrap_or_default(),
            attributes: attribute_rows(session, &attributes),
            locations: locations(flex, chosen),
            voice: &voice,
        },
    )
}

fn attribute_rows(
    session: &Session,
    attributes: &serde_json::Map<String, Value>,
) -> Vec<AttributeRow> {
    let login = super::claims::convert(&session.said.claims).unwrap_or_default();
    let row = |(name, value): (&String, &Value)| AttributeRow {
        name: name.clone(),
        value: text(value),
        origin: match login.get(name) {
            Some(sent) if sent == value => "this login",
            Some(_) => "changed by hand since",
            None if name == "contact_uri" => "Flex itself",
            None => "kept from before",
        },
        is_location: name == "flex_location",
    };
    attributes.iter().map(row).collect()
}

fn locations(flex: &DemoFlex, chosen: Option<&str>) -> Vec<LocationRow> {
    let defined = flex.shared.twilio.locations();
    let row = |location: &Value| {
        let name = text(&location["name"]);
        LocationRow {
            edges: match &location["edge"] {
                Value::Array(edges) => edges.iter().map(text).collect(),
                edge => vec![text(edge)],
            },
            chosen: chosen == Some(&*name),
            name,
        }
    };
    defined.as_array().into_iter().flatten().map(row).collect()
}

/// The agent's name for people.
fn name_of(worker: &Worker) -> String {
    let attributes = worker.attributes();
    attributes
        .get("full_name")
        .and_then(Value::as_str)
        .map_or_else(|| worker.friendly_name.clone(), str::to_owned)
}

/// Text as it is, a list as people write one, anything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A login that the demo Flex does not accept.
pub(super) fn refused(refused: &Refused) -> Response {
    page(
        StatusCode::UNAUTHORIZED,
        &RefusedPage {
            style: STYLE,
            title: refused.rule.title(),
            code: refused.rule.twilio_code(),
            detail: &refused.detail,
        },
    )
}

/// Any other trouble.
pub(super) fn trouble(status: StatusCode, sentence: &str) -> Response {
    let title = "That did not work";
    page(
        status,
        &ProblemPage {
            style: STYLE,
            title,
            sentence,
        },
    )
}

pub(super) fn nothing_here() -> Response {
    let (title, sentence) = ("Nothing here", "The demo Flex has no page at this address.");
    page(
        StatusCode::NOT_FOUND,
        &ProblemPage {
            style: STYLE,
            title,
            sentence,
        },
    )
}
