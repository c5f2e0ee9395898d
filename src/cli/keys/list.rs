//! `flexbridge keys list`

use std::fmt::Write;

use crate::{
    cli::{Context, Exit, Format, FormatArgs},
    config::Draft,
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
        let entries = keys::list(&keys, now);
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
            KeyUse::Signs => ("assertion", &mut signing, "signs"),
            KeyUse::Published => ("assertion", &mut signing, "published, ready to take over"),
            KeyUse::Decrypts => ("decryption", &mut decrypting, "decrypts"),
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

fn left(days: i64) -> String {
    if days < 0 {
        return "over".to_owned();
    }
    format!("{days} days left")
}
