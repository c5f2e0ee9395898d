//! `flexbridge logins coverage`

use std::{fmt::Write as _, sync::Arc};

use crate::{
    admin::{self, Coverage, Unmatched},
    app,
    cli::{Context, Exit, Format, FormatArgs, explain, serve, with_runtime},
    clock::{SystemClock, SystemRandom, Timestamp},
    config::Config,
    identity::FlexName,
    settings::HumanDuration,
    store::JournalReader,
};

/// What matched nothing, which locations nobody gets, which rules never hold
///
/// Looks at whole days (UTC). The rules it suggests are for you to judge: the nearest name is a
/// guess by spelling.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge logins coverage --since 7d")]
pub(super) struct Args {
    /// Of this last time, such as 7d.
    #[arg(long, value_name = "TIME", default_value = "30d")]
    since: HumanDuration,
    /// The Flex account; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    flex: Option<FlexName>,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub(super) fn run(self, context: &Context, config: &Config) -> Exit {
        let journal = JournalReader::of(config.store.path());
        let now = context.clock.now();
        with_runtime(context, async {
            let parts = app::parts(
                &context.config,
                Arc::new(SystemClock),
                Arc::new(SystemRandom),
            );
            let parts = match parts.await {
                Ok(parts) => parts,
                Err(error) => return serve::failed(context, &error),
            };
            let account = match explain::account(&parts, self.flex.as_ref()) {
                Ok(account) => account,
                Err(message) => return explain::wrong(context, &message),
            };
            match admin::coverage(account, &journal, self.since, now).await {
                Ok(coverage) => {
                    match self.format.format {
                        Format::Json => context.output.json(&coverage),
                        Format::Text => context.output.text(&text(&coverage)),
                    }
                    Exit::Fine
                }
                Err(error) => super::failed(context, &error.to_string()),
            }
        })
    }
}

fn text(coverage: &Coverage) -> String {
    let day = |time: &Timestamp| time.format("%Y-%m-%d %H:%M").to_string();
    let mut out = format!(
        "{}, {} to {} UTC: {} logins, {} without a match\n",
        coverage.flex,
        day(&coverage.since),
        day(&coverage.until),
        coverage.logins,
        coverage.no_match
    );
    if !coverage.unmatched.is_empty() {
        out.push_str("\nMatched nothing\n");
    }
    for one in &coverage.unmatched {
        let _ = writeln!(
            out,
            "  {:>8}  last {}  {}",
            one.count,
            day(&one.last),
            what(one)
        );
    }
    if !coverage.rules_to_add.is_empty() {
        let _ = write!(
            out,
            "\nRules that would catch what looks like a defined name; judge them, then put them behind the others\n\n{}",
            coverage.rules_to_add
        );
    }
    let nobody = coverage.locations.iter().filter(|one| one.count == 0);
    let nobody: Vec<&str> = nobody.map(|one| one.name.as_str()).collect();
    if !nobody.is_empty() {
        let _ = write!(out, "\nDefined, and nobody got it\n");
    }
    for name in nobody {
        let _ = writeln!(out, "  {name}");
    }
    let never: Vec<_> = coverage.rules.iter().filter(|one| one.count == 0).collect();
    if !never.is_empty() {
        let _ = write!(out, "\nRules that never decided\n");
    }
    for one in never {
        let _ = writeln!(out, "  rule {}, which assigns {:?}", one.rule, one.assign);
    }
    if !coverage.remarks.is_empty() {
        out.push('\n');
    }
    for remark in &coverage.remarks {
        let _ = writeln!(out, "note: {remark}");
    }
    out
}

fn what(one: &Unmatched) -> String {
    let read = match (&one.attribute, &one.value) {
        (None, _) => "no location attribute".to_owned(),
        (Some(attribute), None) => format!("{attribute}, its value not kept"),
        (Some(attribute), Some(hash)) if one.hashed => format!("{attribute} = #{hash}"),
        (Some(attribute), Some(value)) => format!("{attribute} = {value:?}"),
    };
    let rule = one
        .rule
        .map_or_else(String::new, |rule| format!(", rule {rule}"));
    let then = match (&one.now, &one.nearest) {
        (Some(now), _) => format!("; by now it is {now:?}"),
        (None, Some(near)) => format!("; the nearest name is {near:?}"),
        (None, None) => String::new(),
    };
    format!("{read} ({}{rule}){then}", one.cause.as_str())
}
