//! `flexbridge explain --against`: who would move under another configuration.

use std::{fmt::Write as _, path::Path, sync::Arc};

use crate::{
    admin::{self, Against, OtherRules, Told},
    app,
    cli::{Context, Exit, Format, FormatArgs, serve, with_runtime},
    clock::{SystemClock, SystemRandom},
    config,
    identity::FlexName,
    settings::HumanDuration,
    store::JournalReader,
};

/// How many agents of a move are named as text.
const NAMED: usize = 5;

pub(super) fn run(
    context: &Context,
    other: &Path,
    since: HumanDuration,
    flex: Option<&FlexName>,
    format: FormatArgs,
) -> Exit {
    let config = match config::load(&context.config) {
        Ok(checked) => checked.config,
        Err(report) => {
            context.output.report(&report);
            return Exit::Wrong;
        }
    };
    let journal = JournalReader::of(config.store.path());
    let now = context.clock.now();
    with_runtime(context, async {
        let parts = app::parts(other, Arc::new(SystemClock), Arc::new(SystemRandom));
        let parts = match parts.await {
            Ok(parts) => parts,
            Err(error) => return serve::failed(context, &error),
        };
        let account = match super::account(&parts, flex) {
            Ok(account) => account,
            Err(message) => return super::wrong(context, &message),
        };
        let snapshot = account.locations.snapshot();
        let other = OtherRules {
            flex: &account.name,
            mapping: &account.mapping,
            lets_in: &admin::lets_in(&parts.bridge, account),
            defined: snapshot.as_deref().map(|list| &*list.locations),
        };
        match admin::against(other, &journal, since, now).await {
            Ok(told) => {
                match format.format {
                    Format::Json => context.output.json(&told),
                    Format::Text => context.output.text(&text(&told)),
                }
                Exit::Fine
            }
            Err(error) => {
                let mend = "The journal is in the directory `store.path` of the present configuration; only the user of `flexbridge serve` may read it.";
                context.output.error(&error.to_string(), mend);
                Exit::Failed
            }
        }
    })
}

fn text(told: &Against) -> String {
    let mut out = format!(
        "{}, since {} UTC: {} logins; {} would end the same, {} otherwise, of {} it can't be told\n",
        told.flex,
        told.since.format("%Y-%m-%d %H:%M"),
        told.logins,
        told.same,
        told.moved,
        told.unknown
    );
    for one in &told.moves {
        let _ = writeln!(
            out,
            "\n{}{}  →  {}{}",
            outcome(&one.from),
            by(one.from_rule),
            outcome(&one.to),
            by(one.to_rule),
        );
        if let Some(cause) = one.no_match {
            let _ = writeln!(out, "  no match: {}", cause.as_str());
        }
        if let Some(read) = &one.read {
            let _ = writeln!(out, "  {read}");
        }
        let _ = writeln!(out, "  {} logins of {} agents", one.logins, one.agents);
        for (agent, logins) in one.who.iter().take(NAMED) {
            let _ = writeln!(out, "  {agent}  {logins}");
        }
        if one.agents > NAMED {
            let _ = writeln!(out, "  … and {} more", one.agents - NAMED);
        }
    }
    if !told.not_known.is_empty() {
        let _ = write!(out, "\nIt can't be told\n");
    }
    for one in &told.not_known {
        let why = match (one.rule, one.what.as_str()) {
            (_, "") => "nothing of what was read was kept".to_owned(),
            (Some(rule), what) => format!("rule {rule} asks for `{what}`, which was not kept"),
            (None, what) => format!("`{what}` comes first, and was not kept"),
        };
        let _ = writeln!(out, "  {:>8} logins: {why}", one.logins);
    }
    out.push('\n');
    for remark in &told.remarks {
        let _ = writeln!(out, "note: {remark}");
    }
    out
}

fn outcome(told: &Told) -> String {
    match told {
        Told::Location(name) => name.clone(),
        Told::Cleared => "(cleared)".to_owned(),
        Told::Unchanged => "(left as it was)".to_owned(),
        Told::Refused(code) => format!("refused, {code}"),
    }
}

fn by(rule: Option<usize>) -> String {
    rule.map_or_else(String::new, |rule| format!(" by rule {rule}"))
}
