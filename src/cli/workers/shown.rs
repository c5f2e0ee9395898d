//! Workers, plans and reports as people read them.

use std::fmt::Write as _;

use crate::{
    admin::workers::{
        BadRow, Findings, Judged, LastLogin, Listed, Outcome, Plan, PlannedChange, Report,
        ReportRow, Standing, Totals, WorkerList,
    },
    identity::LocationOutcome,
};

/// How many changes or troubles are shown; the report has them all.
const MOST_SHOWN: usize = 20;

/// What somebody else wrote, without what a terminal would obey.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            plain.extend(letter.escape_unicode());
        } else {
            plain.push(letter);
        }
    }
    plain
}

fn location(name: Option<&str>) -> String {
    match name {
        None => "(none)".to_owned(),
        Some("") => "(empty)".to_owned(),
        Some(name) => plain(name),
    }
}

fn standing(standing: &Standing) -> Option<String> {
    match standing {
        Standing::Defined | Standing::None => None,
        Standing::Undefined { meant: None } => Some("not defined: breaks voice".to_owned()),
        Standing::Undefined { meant: Some(meant) } => Some(format!(
            "not defined: breaks voice; meant is probably `{}`",
            plain(meant)
        )),
        Standing::NoText => Some("no text: breaks voice".to_owned()),
        Standing::Ignored => Some("Flex defines no locations and ignores it".to_owned()),
        Standing::Unknown => Some("the list of locations is not known".to_owned()),
    }
}

fn rules(judged: &Judged) -> Option<String> {
    let Judged::Known {
        outcome,
        rule,
        no_match,
        agrees,
    } = judged
    else {
        return Some("the rules: not known".to_owned());
    };
    if *agrees {
        return None;
    }
    let what = match outcome {
        LocationOutcome::Assign(location) => format!("would give `{}`", plain(location.as_str())),
        LocationOutcome::Clear => "would clear it".to_owned(),
        LocationOutcome::Omit => "would leave it".to_owned(),
        LocationOutcome::Refuse => "would refuse the login".to_owned(),
    };
    let why = match (rule, no_match) {
        (_, Some(cause)) => format!(" (no match: {})", cause.as_str()),
        (Some(rule), None) => format!(" (rule {rule})"),
        (None, None) => String::new(),
    };
    Some(format!("the rules {what}{why}"))
}

fn last_login(login: &LastLogin) -> String {
    let told = match login.location.as_deref() {
        None => "left it as it was".to_owned(),
        Some("") => "cleared it".to_owned(),
        Some(name) => format!("said `{}`", plain(name)),
    };
    format!("the last login, {}, {told}", login.at.format("%Y-%m-%d"))
}

/// One line for each worker.
pub(super) fn list(workers: &[Listed]) -> String {
    let mut out = String::new();
    for worker in workers {
        let _ = write!(
            out,
            "{}  {:<32}  {}",
            worker.worker,
            plain(&worker.friendly_name),
            location(worker.flex_location.as_deref()),
        );
        let remarks = [
            standing(&worker.standing),
            worker.rules.as_ref().and_then(rules),
            worker.last_login.as_ref().map(last_login),
        ];
        for remark in remarks.into_iter().flatten() {
            let _ = write!(out, "  {remark}");
        }
        out.push('\n');
    }
    let _ = write!(out, "{}", counted(workers.len(), "worker"));
    out
}

/// What was found, how many have which location, and who deserves a look.
pub(super) fn audit(list: &WorkerList) -> String {
    let Findings {
        workers,
        defined,
        none,
        broken,
        agree,
        disagree,
        unknown,
        by_location,
    } = &list.findings;
    let mut out = format!(
        "{}: {defined} with a defined location, {none} without one, {broken} with one that breaks voice\n",
        counted(*workers, "worker")
    );
    if agree + disagree + unknown > 0 {
        let _ = writeln!(
            out,
            "the rules: {agree} agree, {disagree} disagree, {unknown} not known"
        );
    }
    for (name, count) in by_location {
        let _ = writeln!(out, "{count:>8}  {}", plain(name));
    }
    for worker in &list.workers {
        let _ = write!(out, "\n{}", self::list(std::slice::from_ref(worker)));
        out.truncate(out.rfind('\n').unwrap_or(out.len()));
    }
    out
}

/// The rows that can't be carried out.
pub(super) fn bad(rows: &[BadRow]) -> String {
    let mut out = String::new();
    for row in rows {
        let _ = writeln!(
            out,
            "line {}, {}: {}; {}",
            row.line,
            plain(&row.worker),
            plain(&row.problem),
            plain(&row.mend)
        );
    }
    out
}

/// What a plan comes to, its first changes shown.
pub(super) fn plan(plan: &Plan) -> String {
    let to_do = || plan.changes.iter().filter(|one| !one.unchanged);
    let count = to_do().count();
    let mut out = format!(
        "{}: {count} to set, {} so already\n",
        counted(plan.changes.len(), "worker"),
        plan.changes.len() - count
    );
    for change in to_do().take(MOST_SHOWN) {
        let _ = writeln!(out, "  {}", planned(change));
    }
    if let Some(more) = count.checked_sub(MOST_SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(out, "  and {more} more");
    }
    out
}

fn planned(change: &PlannedChange) -> String {
    let target = match change.target.as_str() {
        "" => "(empty)".to_owned(),
        name => plain(name),
    };
    format!(
        "{}  {}  {} → {target}",
        change.sid,
        plain(&change.friendly_name),
        location(change.current.as_deref()),
    )
}

/// What happened, the first troubles shown.
pub(super) fn report(report: &Report) -> String {
    let Totals {
        changed,
        unchanged,
        failed,
        unclear,
        not_reached,
    } = report.totals();
    let mut out = format!("{changed} changed, {unchanged} so already");
    for (count, what) in [
        (failed, "failed"),
        (unclear, "to be looked at"),
        (not_reached, "not reached"),
    ] {
        if count > 0 {
            let _ = write!(out, ", {count} {what}");
        }
    }
    out.push('\n');
    let trouble = |row: &&ReportRow| matches!(row.outcome, Outcome::Failed | Outcome::Unclear);
    for row in report.rows.iter().filter(trouble).take(MOST_SHOWN) {
        let _ = writeln!(
            out,
            "  line {}, {}: {}: {}",
            row.line,
            plain(&row.friendly_name),
            row.outcome.as_str(),
            plain(row.detail.as_deref().unwrap_or_default())
        );
    }
    out
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(plain("a\u{1b}[2Jb\n東"), "a\\u{1b}[2Jb\\u{a}東");
    }
}
