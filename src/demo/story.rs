//! What the terminal shows of a login.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{
    company::Arrival,
    flex::{DEFAULT_EDGE, Voice},
};

const STRONG: Style = Style::new().bold();
const SOFT: Style = Style::new().dimmed();

/// The login, for somebody who reads along.
#[must_use]
pub fn story(arrival: &Arrival) -> String {
    let Arrival { person, walked, .. } = arrival;
    let mut text = String::new();
    let office = person.office().map_or_else(
        || "no office".to_owned(),
        |(label, office)| format!("the {label} {STRONG}“{office}”{STRONG:#}"),
    );
    let _ = writeln!(
        text,
        "{STRONG}{}{STRONG:#} signs in to Flex.",
        person.full_name
    );
    let _ = writeln!(text, "The company’s identity provider knows {office}.\n");
    for hop in &walked.hops {
        let (name, path) = place(arrival, &hop.url);
        let (method, status) = (&hop.method, hop.status);
        let _ = writeln!(
            text,
            "  {name:<8}{SOFT}{status}  {method:<4} {path}{SOFT:#}"
        );
    }
    text.push('\n');
    if arrival.arrived {
        received(arrival, &mut text);
    } else {
        let _ = writeln!(
            text,
            "Not let in: “{}” ({})",
            walked.heading.trim(),
            walked.status
        );
    }
    let (mark, colour, words) = if arrival.holds() {
        ("✓", AnsiColor::Green, "Everything is as it must be.")
    } else {
        ("✗", AnsiColor::Red, "This is not what it must be.")
    };
    let colour = colour.on_default().bold();
    let _ = writeln!(text, "\n{colour}{mark} {words}{colour:#}");
    text
}

/// Who answers there, and the rest of the URL.
fn place<'a>(arrival: &Arrival, url: &'a str) -> (&'static str, &'a str) {
    arrival
        .met
        .iter()
        .find_map(|(at, name)| Some((*name, url.strip_prefix(&**at)?)))
        .unwrap_or(("", url))
}

fn received(arrival: &Arrival, text: &mut String) {
    let attributes = arrival.found.attributes.clone().unwrap_or_default();
    let _ = writeln!(text, "Flex received");
    for (name, value) in &attributes {
        let style = if name == "flex_location" {
            STRONG
        } else {
            Style::new()
        };
        let _ = writeln!(text, "  {style}{name} = {value}{style:#}");
    }
    let edges = arrival.voice.edges().join(", ");
    let _ = match &arrival.voice {
        Voice::Edges { location, .. } => {
            writeln!(
                text,
                "and calls of {location} go by the\n  {STRONG}edges: {edges}{STRONG:#}"
            )
        }
        Voice::Default | Voice::Ignored => {
            writeln!(
                text,
                "and calls go by the default\n  {STRONG}edge: {DEFAULT_EDGE}{STRONG:#}"
            )
        }
        Voice::Degraded { .. } => {
            let complaint = arrival.voice.complaint().unwrap_or_default();
            writeln!(text, "and voice is degraded\n  {complaint}")
        }
    };
}
