//! `flexbridge keys list`

use std::fmt::Write;

use crate::{
    cli::{Context, Exit, Format, FormatArgs},
    config::Draft,
    identity::FlexName,
    keys::{self, KeyEntry, KeyUse},
};

/// List the configured key pairs; the first of `assertion` signs what Flex receives
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge keys list --format json")]
pub struct Args {
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let now = context.clock.now();
        let mut draft = Draft::read(&context.config);
        let Some(keys) = draft.load_keys(now) else {
            match draft.finish() {
                Ok(checked) => context.output.report(&checked.report),
                Err(report) => context.output.report(&report),
            }
            return Exit::Wrong;
        };
        for problem in &keys.warnings {
            let message = format!("keys.{}: {}", problem.path, problem.message);
            context.output.warning(&message, &problem.mend);
        }
        let entries = keys::list(&keys, &draft.signing_places(), now);
        match self.format.format {
            Format::Json => context.output.json(&entries),
            Format::Text => context.output.text(&text(&entries)),
        }
        Exit::Fine
    }
}

fn text(entries: &[KeyEntry]) -> String {
    let mut text = String::new();
    let (mut signing, mut decrypting) = (0_usize.., 0_usize..);
    for entry in entries {
        let (list, positions, what) = match entry.r#use {
            KeyUse::Signs => ("assertion", &mut signing, signs(entry)),
            KeyUse::Published => (
                "assertion",
                &mut signing,
                "published, ready to take over".to_owned(),
            ),
            KeyUse::Decrypts => ("decryption", &mut decrypting, "decrypts".to_owned()),
        };
        let position = positions.next().unwrap_or_default();
        let until = entry.not_after.format("%Y-%m-%d");
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "keys.{list}[{position}]: {what}\n  subject      {}\n  SHA-256      {}\n  RSA          {} bits\n  valid until  {until} ({})",
            entry.subject,
            entry.sha256,
            entry.bits,
            left(entry.days_left),
        );
    }
    text
}

fn signs(entry: &KeyEntry) -> String {
    let names: Vec<_> = entry.signs_for.iter().map(FlexName::as_str).collect();
    if names.is_empty() {
        return "signs for no Flex account".to_owned();
    }
    format!("signs for {}", names.join(", "))
}

fn left(days: i64) -> String {
    if days < 0 {
        return "over".to_owned();
    }
    format!("{days} days left")
}
