//! Before a change: the logins of the last days under rules that are pasted or sent as a file.
//!
//! Must never: show again what was pasted.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    Admin, Shared,
    access::Caller,
    asked::{Asked, Sent, came_of},
    forms::Fields,
    frame::{self, Frame, Tab},
    words,
};
use crate::{
    admin::{Against, Move, NotKnown, Told, Trouble},
    identity::FlexName,
    settings::HumanDuration,
};

/// How far back, unless it is said.
const LAST: &str = "7d";
const SPANS: [(&str, &str); 3] = [("1d", "1 day"), ("7d", "7 days"), ("30d", "30 days")];
/// How many agents of a move are named.
const NAMED: usize = 5;
/// How many moves are shown.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "admin/compare.html")]
struct ComparePage {
    frame: Frame,
    accounts: Vec<(String, bool)>,
    spans: Vec<(&'static str, &'static str, bool)>,
    problem: Option<Trouble>,
    told: Option<Against>,
}

/// `GET /compare`
pub(super) async fn ask(State(admin): Shared, Asked { caller, fields }: Asked) -> Response {
    show(&admin, &caller, &fields, None)
}

/// `POST /compare`: nothing is changed by it.
pub(super) async fn tell(State(admin): Shared, Sent { caller, fields, .. }: Sent) -> Response {
    let told = compare(&admin, &fields).await;
    show(&admin, &caller, &fields, Some(told))
}

async fn compare(admin: &Admin, fields: &Fields) -> Result<Against, Trouble> {
    let text = fields.get("file").or_else(|| fields.get("configuration"));
    let text = text.ok_or_else(|| {
        Trouble::invalid(
            "there is no configuration",
            "Choose the changed file, or paste it.",
        )
    })?;
    let last: HumanDuration = fields
        .get("last")
        .unwrap_or(LAST)
        .parse()
        .map_err(|_| Trouble::invalid("that is no period", "Choose one from the list."))?;
    let flex = fields.read::<FlexName>("flex")?;
    let (service, bytes) = (Arc::clone(&admin.service), text.as_bytes().to_vec());
    let read = move || service.rules_of(bytes);
    admin.desk.against(read, flex.as_ref(), last).await
}

fn show(
    admin: &Admin,
    caller: &Caller,
    fields: &Fields,
    told: Option<Result<Against, Trouble>>,
) -> Response {
    let (told, problem, status) = came_of(told);
    let last = fields.get("last").unwrap_or(LAST);
    let bridge = admin.desk.bridge();
    let accounts = bridge.flex.keys();
    let accounts =
        accounts.map(|name| (name.to_string(), fields.get("flex") == Some(name.as_str())));
    let template = ComparePage {
        frame: Frame::new(Tab::Compare, caller),
        accounts: accounts.collect(),
        spans: SPANS
            .map(|(span, text)| (span, text, span == last))
            .to_vec(),
        problem,
        told,
    };
    frame::page(status, &template)
}

/// The moves that are shown, and how many there are beyond.
fn shown(told: &Against) -> (&[Move], usize) {
    let count = told.moves.len().min(SHOWN);
    (&told.moves[..count], told.moves.len() - count)
}

/// What Flex was, or would be, told, in words.
fn outcome(told: &Told) -> String {
    match told {
        Told::Location(name) => name.clone(),
        Told::Cleared => "cleared".to_owned(),
        Told::Unchanged => "left as it was".to_owned(),
        Told::Refused(code) => format!("refused, {code}"),
    }
}

/// By what it is decided.
fn by(rule: Option<&usize>) -> String {
    rule.map_or_else(String::new, |rule| format!("by rule {rule}"))
}

/// Whose logins these are.
fn who(one: &Move) -> String {
    let named = one.who.iter().take(NAMED);
    let named: Vec<String> = named.map(|(agent, _)| agent.to_string()).collect();
    let more = one.agents.saturating_sub(named.len());
    let text = named.join(", ");
    if more > 0 && !text.is_empty() {
        return format!("{text} and {more} more");
    }
    text
}

/// Why it can't be told.
fn why(one: &NotKnown) -> String {
    match (one.rule, one.what.as_str()) {
        (_, "") => "nothing of what was read was kept".to_owned(),
        (Some(rule), what) => format!("rule {rule} asks for `{what}`, which was not kept"),
        (None, what) => format!("`{what}` comes first, and was not kept"),
    }
}
