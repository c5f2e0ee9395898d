//! Logins as people read them.

use std::fmt::Write as _;

use crate::{
    identity::{
        AgentPseudonym, FlexName, IdpName, LoginRecord, NoMatchCause, ReadAttribute, RefusalCode,
    },
    store::JournalPage,
};

/// What stands above each column of a table for spreadsheets.
pub(super) const COLUMNS: [&str; 13] = [
    "at",
    "reference",
    "flex",
    "idp",
    "agent",
    "outcome",
    "code",
    "attribute",
    "value",
    "rule",
    "location",
    "no_match",
    "duration_ms",
];

/// One login of that table.
pub(super) fn row(record: &LoginRecord) -> [String; 13] {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let read = counted(record);
    [
        record
            .at
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        record.reference.to_string(),
        text(record.flex.as_ref().map(FlexName::as_str)),
        text(record.idp.as_ref().map(IdpName::as_str)),
        text(record.agent.as_ref().map(AgentPseudonym::as_str)),
        record.outcome.as_str().to_owned(),
        text(record.code.map(RefusalCode::as_str)),
        text(read.map(|read| read.name.as_str())),
        read.map(|read| [&*read.values, &*read.hashes].concat().join(" | "))
            .unwrap_or_default(),
        record.rule.map(|rule| rule.to_string()).unwrap_or_default(),
        text(record.location.as_deref()),
        text(record.no_match.map(NoMatchCause::as_str)),
        format!(
            "{}.{:03}",
            record.duration_us / 1_000,
            record.duration_us % 1_000
        ),
    ]
}

/// A page of logins, one a line.
pub(super) fn page(page: &JournalPage) -> String {
    let mut out: String = page.records.iter().map(line).collect();
    let _ = match page.records.len() {
        1 => write!(out, "1 login"),
        count => write!(out, "{count} logins"),
    };
    if let Some(next) = page.next {
        let _ = write!(out, "; the next ones with --after {next}");
    }
    out
}

fn line(record: &LoginRecord) -> String {
    let name = |name: Option<&str>| name.unwrap_or("–").to_owned();
    let ended = match record.code {
        Some(code) => format!("refused   {code}"),
        None => format!("accepted  {}", location(record)),
    };
    format!(
        "{}  {}  {:<12}  {:<12}  {ended}\n",
        record.at.format("%Y-%m-%d %H:%M:%S"),
        record.reference,
        name(record.flex.as_ref().map(FlexName::as_str)),
        name(record.idp.as_ref().map(IdpName::as_str)),
    )
}

fn location(record: &LoginRecord) -> String {
    let mut told = match record.location.as_deref() {
        None => "(location left as it was)".to_owned(),
        Some("") => "(location cleared)".to_owned(),
        Some(name) => name.to_owned(),
    };
    if let Some(cause) = record.no_match {
        let _ = write!(told, "  no match: {}", cause.as_str());
    }
    let read = counted(record).map(values);
    if let Some(values) = read.filter(|values| !values.is_empty()) {
        let _ = write!(told, "  of {values}");
    }
    told
}

/// The whole of one login.
pub(super) fn story(record: &LoginRecord) -> String {
    let mut out = line(record);
    if let Some(agent) = &record.agent {
        let _ = writeln!(out, "  agent {agent}");
    }
    for attribute in record
        .reading
        .iter()
        .flat_map(|reading| &reading.attributes)
    {
        let _ = match attribute.count {
            0 => writeln!(out, "  {} was not there, or blank", attribute.name),
            count => writeln!(
                out,
                "  {} was read: {}",
                attribute.name,
                kept(attribute, count)
            ),
        };
    }
    for answer in record.reading.iter().flat_map(|reading| &reading.answers) {
        let held = if answer.held { "held" } else { "did not hold" };
        let _ = writeln!(out, "  {} {held}", answer.asked);
    }
    if let Some(rule) = record.rule {
        let _ = writeln!(out, "  rule {rule} decided");
    }
    if let Some(code) = record.code {
        let _ = write!(out, "  {}\n  {}", code.cause(), code.mend());
        out.push_str(
            "\n  What exactly was expected and seen stands in the log, under this reference.",
        );
    }
    out.truncate(out.trim_end().len());
    out
}

fn counted(record: &LoginRecord) -> Option<&ReadAttribute> {
    record.reading.as_ref()?.counted()
}

fn kept(attribute: &ReadAttribute, count: usize) -> String {
    let mut text = values(attribute);
    if text.is_empty() {
        let plural = if count == 1 { "value" } else { "values" };
        return format!("{count} {plural}, not kept");
    }
    if !attribute.is_whole() && attribute.hashes.is_empty() {
        let _ = write!(text, " (not the whole of {count})");
    }
    text
}

fn values(attribute: &ReadAttribute) -> String {
    let values = attribute.values.iter().map(|value| format!("{value:?}"));
    let hashes = attribute.hashes.iter().map(|hash| format!("#{hash}"));
    values.chain(hashes).collect::<Vec<_>>().join(", ")
}
