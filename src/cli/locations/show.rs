//! Lists, findings and plans as people read them.

use std::fmt::Write as _;

use crate::{
    admin::locations::{
        Applied, BackupFile, Dependent, Linted, Listed, Plan, Purpose, Report, WorkersThere,
    },
    identity::Location,
    locations::{Change, Findings},
    settings::Severity,
};

/// The lists, one after the other.
pub(super) fn lists(lists: &[Listed]) -> String {
    let texts: Vec<_> = lists.iter().map(list).collect();
    texts.join("\n")
}

fn list(listed: &Listed) -> String {
    let status = &listed.status;
    let mut out = format!("{}, from {}", status.flex, status.source);
    let _ = match status.age_seconds {
        None => writeln!(out, ": never obtained"),
        Some(seconds) => writeln!(out, ", {} old{}", age(seconds), stale(status.stale)),
    };
    if let Some(why) = &status.failure {
        let _ = writeln!(
            out,
            "  asking failed: {}, {}\n    {}",
            why.code, why.detail, why.mend
        );
    }
    let widest = listed
        .locations
        .iter()
        .map(width)
        .max()
        .unwrap_or(0)
        .min(40);
    for location in &listed.locations {
        let room = " ".repeat(widest.saturating_sub(width(location)));
        let _ = writeln!(
            out,
            "  {}{room}  {}",
            plain(&location.name),
            edges(&location.edges)
        );
    }
    if listed.locations.is_empty() && status.fetched_at.is_some() {
        out.push_str("  no locations: Flex ignores `flex_location` then\n");
    }
    if status.oddities > 0 {
        out.push_str("  something is odd about the list: flexbridge locations lint\n");
    }
    out
}

const fn stale(stale: bool) -> &'static str {
    if stale { " (stale)" } else { "" }
}

fn width(location: &Location) -> usize {
    plain(&location.name).chars().count()
}

fn age(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn edges(edges: &[String]) -> String {
    match edges {
        [] => "(no edge)".to_owned(),
        edges => plain(&edges.join(", ")),
    }
}

/// Fit for a terminal: what is no letter there is shown as an escape.
fn plain(text: &str) -> String {
    let shown = |letter: char| {
        if letter.is_control() || is_format(letter) {
            letter.escape_default().to_string()
        } else {
            letter.to_string()
        }
    };
    text.chars().map(shown).collect()
}

/// Characters that change the direction or the look of those around them.
const fn is_format(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// What was found, of each account and between them.
pub(super) fn report(report: &Report) -> String {
    let mut out = String::new();
    for Linted {
        flex,
        source,
        count,
        found,
    } in &report.accounts
    {
        let _ = writeln!(out, "{flex}, from {source}: {}", many(*count, "location"));
        findings(&mut out, found);
    }
    if !report.between.findings.is_empty() {
        out.push_str("between the Flex accounts\n");
        findings(&mut out, &report.between);
    }
    let (errors, warnings) = report.counts();
    let _ = write!(
        out,
        "{}, {}",
        many(errors, "error"),
        many(warnings, "warning")
    );
    out
}

fn findings(out: &mut String, found: &Findings) {
    for finding in &found.findings {
        let word = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let place = match (finding.index, &finding.name) {
            (Some(index), Some(name)) => format!(" locations[{index}] \"{name}\""),
            (Some(index), None) => format!(" locations[{index}]"),
            (None, Some(name)) => format!(" \"{name}\""),
            (None, None) => String::new(),
        };
        let (code, message, mend) = (finding.code, plain(&finding.message), plain(&finding.mend));
        let _ = writeln!(out, "  {word} {code}{place}: {message}\n    {mend}");
    }
    if found.more > 0 {
        let _ = writeln!(out, "  and {} more", found.more);
    }
}

fn many(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    }
}

/// What a plan would change.
pub(super) fn plan(plan: &Plan) -> String {
    let mut out = format!("Flex account `{}` ({})", plan.flex, plan.account_sid);
    let _ = match &plan.date_updated {
        Some(date) => writeln!(out, ", changed last {}", plain(date)),
        None => writeln!(out),
    };
    if plan.is_empty() {
        out.push_str("  no difference\n");
    }
    for change in &plan.difference.changes {
        one_change(&mut out, change);
    }
    if plan.difference.reordered {
        out.push_str("  the order changes\n");
    }
    if plan.rewritten {
        out.push_str("  the same locations, written otherwise\n");
    }
    if plan.difference.unchanged > 0 && !plan.is_empty() {
        let unchanged = many(plan.difference.unchanged, "location");
        let _ = writeln!(out, "  {unchanged} unchanged");
    }
    if plan.purpose == Purpose::RestoreEverything && !plan.other_keys.is_empty() {
        let keys: Vec<_> = plan.other_keys.iter().map(|key| plain(key)).collect();
        let _ = writeln!(
            out,
            "  other keys of ui_attributes that change: {}",
            keys.join(", ")
        );
    }
    for one in &plan.dependents {
        dependent(&mut out, one);
    }
    if !plan.lint.findings.is_empty() {
        out.push_str("about the new list\n");
        findings(&mut out, &plan.lint);
    }
    out
}

fn one_change(out: &mut String, change: &Change) {
    let _ = match change {
        Change::Added { location } => {
            writeln!(
                out,
                "  + {}  {}",
                plain(&location.name),
                edges(&location.edges)
            )
        }
        Change::Removed { location } => {
            writeln!(
                out,
                "  - {}  {}",
                plain(&location.name),
                edges(&location.edges)
            )
        }
        Change::Renamed { from, to } => writeln!(
            out,
            "  - {}  {}\n  + {}  {}  (renamed?)",
            plain(&from.name),
            edges(&from.edges),
            plain(&to.name),
            edges(&to.edges)
        ),
        Change::Edges {
            name,
            before,
            after,
        } => writeln!(
            out,
            "  ~ {}\n      {}\n    → {}",
            plain(name),
            edges(before),
            edges(after)
        ),
    };
}

fn dependent(out: &mut String, one: &Dependent) {
    let _ = writeln!(out, "who depends on \"{}\"", plain(&one.name));
    if one.rules.is_empty() {
        out.push_str("  no rule assigns it by name\n");
    }
    for rule in &one.rules {
        let word = if rule.always {
            "assigns it"
        } else {
            "may assign it"
        };
        let _ = writeln!(out, "  {} {word}", rule.setting);
    }
    let _ = match &one.workers {
        WorkersThere::Counted(0) => writeln!(out, "  no worker has it"),
        WorkersThere::Counted(1) => writeln!(
            out,
            "  1 worker has it; the voice breaks until the next login gives another"
        ),
        WorkersThere::Counted(count) => writeln!(
            out,
            "  {count} workers have it; their voice breaks until their next login gives them another"
        ),
        WorkersThere::Unknown(why) => {
            writeln!(
                out,
                "  how many workers have it is not known: {}",
                plain(why)
            )
        }
    };
}

/// What was written.
pub(super) fn applied(applied: &Applied) -> String {
    let mut out = format!(
        "Written, and read back.\n  backup: {}",
        applied.backup.display()
    );
    if let Some(remark) = &applied.remark {
        let _ = write!(out, "\n  {}", plain(remark));
    }
    out
}

/// The backups there are.
pub(super) fn backups(found: &[BackupFile]) -> String {
    let mut out = String::new();
    for backup in found {
        let taken = backup.taken_at.format("%Y-%m-%d %H:%M:%S UTC");
        let _ = writeln!(
            out,
            "{taken}  {:>8} bytes  {}",
            backup.bytes,
            backup.path.display()
        );
    }
    let _ = write!(out, "{}", many(found.len(), "backup"));
    out
}
