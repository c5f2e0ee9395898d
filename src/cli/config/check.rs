//! `flexbridge config check`

use serde::Serialize;

use crate::{
    cli::{Context, Exit, Format, FormatArgs},
    config::{Draft, Placed, Report},
    settings::{Problem, SettingPath},
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
        let mut draft = Draft::read(&context.config);
        draft.load_keys(context.clock.now());
        draft.check_secrets();
        if self.online {
            check_online(&mut draft);
        }
        let (fine, report) = match draft.finish() {
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

/// JOIN HERE: fetch metadata and locations of `draft.parts()` and `draft.add` what is wrong.
fn check_online(draft: &mut Draft) {
    draft.add([Problem::warning(
        SettingPath::root(),
        "nobody was asked online: this version can't do that yet",
        "Leave out --online.",
    )]);
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
