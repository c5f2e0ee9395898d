//! Logins: the list with its filters, and the story of one.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;

use super::{
    Shared,
    access::Caller,
    asked::Asked,
    forms::Fields,
    frame::{self, Frame, Tab},
    sign_in::see_other,
    words,
};
use crate::{
    admin::{Desk, LoginSearch, Trouble},
    identity::{LoginOutcome, LoginRecord, LoginReference, NoMatchCause, Reading, RefusalCode},
};

#[derive(Template)]
#[template(path = "admin/logins.html")]
struct LoginsPage {
    frame: Frame,
    logins: Vec<Line>,
    older: Option<String>,
    newest: Option<String>,
    accounts: Vec<Choice>,
    providers: Vec<Choice>,
    outcomes: Vec<Choice>,
    codes: Vec<Choice>,
    since: String,
    until: String,
    agent: String,
    value: String,
}

/// An option of a filter.
struct Choice {
    value: String,
    text: String,
    chosen: bool,
}

struct Line {
    reference: String,
    at: String,
    at_exact: String,
    idp: String,
    flex: String,
    accepted: bool,
    said: String,
    location: String,
    duration: String,
    agent: String,
    read: String,
}

/// `GET /logins`
pub(super) async fn list(State(admin): Shared, Asked { caller, fields }: Asked) -> Response {
    let query = match read(&fields) {
        Ok(query) => query,
        Err(trouble) => return frame::trouble(Tab::Logins, &caller, &trouble),
    };
    let page = match admin.desk.logins(&query).await {
        Ok(page) => page,
        Err(trouble) => return frame::trouble(Tab::Logins, &caller, &trouble),
    };
    let bridge = admin.desk.bridge();
    let chosen = |name: &str, value: &str| fields.get(name) == Some(value);
    let choice = |name: &str, value: &str, text: &str| Choice {
        value: value.to_owned(),
        text: text.to_owned(),
        chosen: chosen(name, value),
    };
    let accounts = bridge
        .flex
        .keys()
        .map(|name| choice("flex", name.as_str(), name.as_str()));
    let providers = bridge
        .idp
        .keys()
        .map(|name| choice("idp", name.as_str(), name.as_str()));
    let outcomes = [
        ("accepted", "accepted"),
        ("refused", "refused"),
        ("no_match", "without a location"),
    ];
    let codes = RefusalCode::ALL
        .iter()
        .map(|code| choice("code", code.as_str(), code.as_str()));
    let template = LoginsPage {
        frame: Frame::new(Tab::Logins, &caller),
        logins: page.records.iter().map(line).collect(),
        older: page
            .next
            .map(|next| with(&fields, &[("after", &next.to_string())])),
        newest: fields.get("after").map(|_| with(&fields, &[("after", "")])),
        accounts: accounts.collect(),
        providers: providers.collect(),
        outcomes: outcomes
            .map(|(value, text)| choice("outcome", value, text))
            .into(),
        codes: codes.collect(),
        since: fields.get("since").unwrap_or_default().to_owned(),
        until: fields.get("until").unwrap_or_default().to_owned(),
        agent: fields.get("agent").unwrap_or_default().to_owned(),
        value: fields.get("value").unwrap_or_default().to_owned(),
    };
    frame::page(StatusCode::OK, &template)
}

fn exact(at: crate::clock::Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// What a page's form says; a field that is empty does not restrict.
fn read(fields: &Fields) -> Result<LoginSearch, Trouble> {
    let outcome = fields.get("outcome").unwrap_or_default();
    let code = fields.get("code").map(|text| {
        let known = RefusalCode::ALL.iter().find(|code| code.as_str() == text);
        known
            .copied()
            .ok_or_else(|| Trouble::invalid("there is no such code", "Choose one from the list."))
    });
    Ok(LoginSearch {
        since: fields.read("since")?,
        until: fields.read("until")?,
        flex: fields.read("flex")?,
        idp: fields.read("idp")?,
        outcome: match outcome {
            "accepted" => Some(LoginOutcome::Accepted),
            "refused" => Some(LoginOutcome::Refused),
            _ => None,
        },
        code: code.transpose()?,
        no_match: outcome == "no_match",
        agent: fields.get("agent").map(str::to_owned),
        value: fields.get("value").map(str::to_owned),
        location: fields.get("location").map(str::to_owned),
        after: fields.read("after")?,
        ..LoginSearch::default()
    })
}

/// The same list, with other fields.
fn with(fields: &Fields, others: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in [
        "since", "until", "flex", "idp", "outcome", "code", "location", "agent", "value", "after",
    ] {
        let other = others.iter().find(|(known, _)| *known == name);
        let value = other.map(|(_, value)| *value).or_else(|| fields.get(name));
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            query.append_pair(name, value);
        }
    }
    format!("/logins?{}", query.finish())
}

fn line(record: &LoginRecord) -> Line {
    let name = |name: Option<&str>| name.unwrap_or("–").to_owned();
    Line {
        reference: record.reference.to_string(),
        at: words::time(record.at),
        at_exact: exact(record.at),
        idp: name(record.idp.as_ref().map(crate::identity::IdpName::as_str)),
        flex: name(record.flex.as_ref().map(crate::identity::FlexName::as_str)),
        accepted: record.outcome == LoginOutcome::Accepted,
        said: record
            .code
            .map_or_else(String::new, |code| code.to_string()),
        location: location(record),
        duration: words::duration(record.duration_us),
        agent: record
            .agent
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        read: record.reading.as_ref().map_or_else(String::new, read_of),
    }
}

/// What was read of the person, as far as it is kept.
fn read_of(reading: &Reading) -> String {
    let Some(read) = reading.counted() else {
        return String::new();
    };
    let values = read.values.iter().map(|value| format!("“{value}”"));
    let hashes = read.hashes.iter().map(|hash| format!("hash {hash}"));
    let kept: Vec<String> = values.chain(hashes).collect();
    if kept.is_empty() {
        return read.name.clone();
    }
    format!("{}: {}", read.name, kept.join(", "))
}

fn location(record: &LoginRecord) -> String {
    match (record.outcome, record.location.as_deref()) {
        (LoginOutcome::Refused, _) => String::new(),
        (_, Some("")) => "cleared".to_owned(),
        (_, Some(location)) => location.to_owned(),
        (_, None) => "kept as it was".to_owned(),
    }
}

/// `GET /logins/find?reference=…`
pub(super) async fn find(Asked { caller, fields }: Asked) -> Response {
    let typed = fields.get("reference").unwrap_or_default();
    match reference(typed) {
        Ok(reference) => see_other(&format!("/logins/{reference}")),
        Err(trouble) => frame::trouble(Tab::Logins, &caller, &trouble),
    }
}

fn reference(typed: &str) -> Result<LoginReference, Trouble> {
    LoginReference::try_from(typed.trim().to_ascii_uppercase()).map_err(|_| {
        Trouble::invalid(
            "that is no reference",
            "A reference looks like 7KQ2M-X9RTD; the agent's page shows it.",
        )
    })
}

#[derive(Template)]
#[template(path = "admin/login.html")]
struct LoginStory {
    frame: Frame,
    line: Line,
    code: Option<RefusalCode>,
    no_match: Option<&'static str>,
    rule: Option<usize>,
    edges: Vec<String>,
    try_link: String,
}

/// `GET /logins/{reference}`
pub(super) async fn one(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    Path(typed): Path<String>,
) -> Response {
    let found = async {
        let reference = reference(&typed)?;
        admin.desk.login(&reference).await
    };
    let record = match found.await {
        Ok(record) => record,
        Err(trouble) => return frame::trouble(Tab::Logins, &caller, &trouble),
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(flex) = &record.flex {
        query.append_pair("flex", flex.as_str());
    }
    if let Some(idp) = &record.idp {
        query.append_pair("idp", idp.as_str());
    }
    let template = LoginStory {
        frame: Frame::new(Tab::Logins, &caller),
        line: line(&record),
        code: record.code,
        no_match: record.no_match.map(no_match),
        rule: record.rule,
        edges: edges(&admin.desk, &record),
        try_link: format!("/try?{}", query.finish()),
    };
    frame::page(StatusCode::OK, &template)
}

/// Where the agent's voice goes with that location, as it is defined now.
fn edges(desk: &Desk, record: &LoginRecord) -> Vec<String> {
    let bridge = desk.bridge();
    let account = record.flex.as_ref().and_then(|name| bridge.flex.get(name));
    let snapshot = account.and_then(|account| account.locations.snapshot());
    let location = record.location.as_deref().unwrap_or_default();
    let edges = snapshot
        .as_deref()
        .and_then(|list| list.locations.edges(location));
    edges.unwrap_or_default().to_vec()
}

/// Why no location was found, in a sentence.
pub(super) const fn no_match(cause: NoMatchCause) -> &'static str {
    match cause {
        NoMatchCause::NoAttribute => {
            "None of the configured attributes arrived with a value. Let the identity provider release one of them."
        }
        NoMatchCause::NoRule => {
            "The value names no defined location and no rule holds for it. Add a rule, or define the location."
        }
        NoMatchCause::Ambiguous => {
            "Several values lead to different locations. Release one value, or write a rule that decides."
        }
        NoMatchCause::Undefined => {
            "A rule held, but what it assigns is not defined in Flex. Define it, or correct the rule."
        }
        NoMatchCause::ListUnavailable => {
            "The list of defined locations was never obtained. Look at the account's locations on the overview."
        }
    }
}
