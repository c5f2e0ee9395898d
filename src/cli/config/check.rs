//! `flexbridge config check`

use std::sync::Arc;

use serde::Serialize;

use crate::{
    app,
    cli::{Context, Exit, Format, FormatArgs, serve},
    clock::{SystemClock, SystemRandom},
    config::{Draft, Placed, Report},
    keys::Keys,
};

/// Check the configuration and say everything that is wrong with it
///
/// Reads the file, the keys and the secrets; changes nothing. Exits with 2 if anything stops the bridge from
/// starting; warnings don't.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  flexbridge --config /etc/flexbridge.toml config check --format json"
)]
pub struct Args {
    /// Also ask the identity providers and Twilio.
    #[arg(long)]
    online: bool,
    #[command(flatten)]
    format: FormatArgs,
}

/// What programs are told.
#[derive(Serialize)]
struct Answer<'a> {
    fine: bool,
    errors: usize,
    warnings: usize,
    problems: &'a [Placed],
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let (draft, keys) = read(context);
        let mut outcome = draft.finish();
        if let (true, Ok(checked), Some(keys)) = (self.online, &outcome, keys) {
            let problems = super::super::with_runtime(context, async {
                let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
                Ok(app::check_online(&checked.config, &keys, clock, random).await)
            });
            let problems = match problems {
                Ok(problems) => problems,
                Err(error) => return serve::failed(context, &error),
            };
            // The same file once more, so that what the partners said gets its place in it.
            let (mut draft, _) = read(context);
            draft.add(problems);
            outcome = draft.finish();
        }
        let (fine, report) = match outcome {
            Ok(checked) => (true, checked.report),
            Err(report) => (false, report),
        };
        match self.format.format {
            Format::Text => print_text(context, fine, &report),
            Format::Json => print_json(context, fine, &report),
        }
        if fine { Exit::Fine } else { Exit::Wrong }
    }
}

fn read(context: &Context) -> (Draft, Option<Keys>) {
    let mut draft = Draft::read(&context.config);
    let keys = draft.load_keys(context.clock.now());
    draft.check_secrets();
    (draft, keys)
}

fn print_text(context: &Context, fine: bool, report: &Report) {
    context.output.report(report);
    let (errors, warnings) = report.counts();
    let path = context.config.display();
    match (fine, warnings) {
        (true, 0) => context.output.text(&format!("{path} is fine")),
        (true, _) => context.output.text(&format!(
            "{path} can be used; {}",
            count(warnings, "warning")
        )),
        (false, 0) => context
            .output
            .error(&format!("{path} has {}", count(errors, "error")), ""),
        (false, _) => context.output.error(
            &format!(
                "{path} has {} and {}",
                count(errors, "error"),
                count(warnings, "warning")
            ),
            "",
        ),
    }
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

fn print_json(context: &Context, fine: bool, report: &Report) {
    let (errors, warnings) = report.counts();
    context.output.json(&Answer {
        fine,
        errors,
        warnings,
        problems: report.problems(),
    });
}
