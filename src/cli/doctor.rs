//! `flexbridge doctor`

use std::{fmt::Write, sync::Arc};

use super::{Context, Exit, Format, FormatArgs, with_runtime};
use crate::{
    admin::{Diagnosis, Health},
    app,
    clock::{SystemClock, SystemRandom},
};

/// Look at each thing that a login needs, live, and say what is wrong and how to mend it
///
/// It asks the identity providers and Twilio, tries the store, and comes in by the public URL as a
/// browser does. Nothing is written and nobody is signed in. It ends with 1 when something fails;
/// warnings alone are 0.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flexbridge doctor
  flexbridge --config config/flexbridge.toml doctor --format json")]
pub struct Args {
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let work = app::examine(
            &context.config,
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
        );
        with_runtime(context, async { self.print(context, &work.await) })
    }

    fn print(&self, context: &Context, diagnosis: &Diagnosis) -> Exit {
        match self.format.format {
            Format::Json => context.output.json(diagnosis),
            Format::Text => context.output.text(&render(diagnosis)),
        }
        match diagnosis.health {
            Health::Fails => Exit::Failed,
            Health::Ok | Health::Warning => Exit::Fine,
        }
    }
}

/// As people read it.
pub(super) fn render(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    for finding in &diagnosis.findings {
        let (name, seen) = (&finding.name, &finding.seen);
        let mark = match finding.health {
            Health::Ok => "ok     ",
            Health::Warning => "warning",
            Health::Fails => "FAILS  ",
        };
        let _ = writeln!(text, "{mark}  {name}: {seen}");
        if let Some(mend) = &finding.mend {
            let _ = writeln!(text, "         → {mend}");
        }
    }
    let [ok, warnings, fail] =
        [Health::Ok, Health::Warning, Health::Fails].map(|health| diagnosis.count(health));
    let _ = writeln!(text, "\n{ok} ok, {warnings} to look at, {fail} failing");
    text
}
