//! `flexbridge workers set`

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::json;

use super::{Whose, bar::Bar, failed, shown, with_parts, workspace_of};
use crate::{
    admin::workers::{
        Carried, Plan, ReadyPlan, ReportFormat, Row, StateFile, StoppedEarly, carry_out, plan,
        read_rows,
    },
    app::Parts,
    cli::{Context, Exit, Format, FormatArgs},
    identity::DefinedLocations,
    twilio::taskrouter::Workspace,
};

/// More than any table that is taken, in bytes.
const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// Set `flex_location` of one worker, or of each in a CSV file
///
/// The file has a header with the columns `worker` (SID, friendly name or e-mail address) and
/// `flex_location` (a defined name byte for byte, or empty to clear it); other columns are
/// left alone. Every row is checked first. Each worker is read, one value of its attributes
/// replaced, and written only if nobody changed it meanwhile. No worker is ever created.
///
/// With a file, what is done is remembered beside the report (FILE.report.csv.state): should
/// it be stopped or killed, the same command goes on where it was, and nothing is written
/// twice. Exits with 1 when a worker was not set, with 2 when nothing was written because
/// of a wrong row.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flexbridge workers set ann@example.com 'Singapore Office'\n  \
    flexbridge workers set ann@example.com --clear\n  \
    flexbridge workers set --csv agents.csv --dry-run\n  \
    flexbridge workers set --csv agents.csv --yes"
)]
pub(super) struct Args {
    /// The worker: its SID, friendly name or e-mail address.
    #[arg(required_unless_present = "csv", conflicts_with = "csv")]
    worker: Option<String>,
    /// The location, as it is defined.
    #[arg(value_name = "LOCATION", required_unless_present_any = ["csv", "clear"], conflicts_with_all = ["csv", "clear"])]
    location: Option<String>,
    /// Clear the location: Flex takes its default edge.
    #[arg(long, conflicts_with = "csv")]
    clear: bool,
    /// The rows to set; `-` for standard input (then give --report).
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    how: How,
    /// Where the report goes, as JSON if the name ends so, otherwise as CSV. Beside the rows if left out.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    format: FormatArgs,
}

/// How far it goes by itself.
#[derive(Debug, clap::Args)]
struct How {
    /// Check every row and show what would be written; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Carry out the good rows although others are wrong.
    #[arg(long, requires = "csv")]
    skip_bad_rows: bool,
}

/// Reads a file, or standard input, up to more than is taken.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(LARGEST_FILE).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(LARGEST_FILE).read_to_end(&mut bytes))
    };
    read.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes)
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let rows = match self.rows(context) {
            Ok(rows) => rows,
            Err(exit) => return exit,
        };
        with_parts(context, |parts| async move {
            let done = self.set(context, &parts, &rows).await;
            done.unwrap_or_else(|exit| exit)
        })
    }

    fn rows(&self, context: &Context) -> Result<Vec<Row>, Exit> {
        let wrong = |message: &str, mend: &str| {
            context.output.error(message, mend);
            Exit::Wrong
        };
        let Some(path) = &self.csv else {
            return Ok(vec![Row {
                line: 1,
                worker: self.worker.clone().unwrap_or_default(),
                location: self.location.clone().unwrap_or_default(),
            }]);
        };
        if path == Path::new("-") && self.report.is_none() {
            let mend = "Say where with --report: what is done is remembered beside it.";
            return Err(wrong("there is no place for the report", mend));
        }
        let bytes = read_file(path).map_err(|message| wrong(&message, ""))?;
        read_rows(&bytes).map_err(|told| wrong(&format!("{}: {told}", path.display()), told.mend))
    }

    /// Where the report goes; one worker alone needs none.
    fn report_path(&self) -> Option<PathBuf> {
        self.report.clone().or_else(|| {
            let csv = self.csv.as_deref()?;
            Some(csv.with_extension("report.csv"))
        })
    }

    async fn set(&self, context: &Context, parts: &Parts, rows: &[Row]) -> Result<Exit, Exit> {
        let (account, workspace) = workspace_of(context, parts, &self.whose).await?;
        // What is written rests on the list as it is now, not as it once was.
        let list = account.locations.refresh_now().await.map_err(|error| {
            let message = format!("the list of locations can't be read: {}", error.detail);
            context.output.error(&message, error.mend);
            Exit::Failed
        })?;
        let planned = self
            .plan(context, &workspace, &list.locations, rows)
            .await?;
        if self.how.dry_run {
            return Ok(self.show_plan(context, &planned));
        }
        let bad = planned.bad.len();
        let shown = shown::plan(&planned);
        let ready = planned.ready(self.how.skip_bad_rows);
        let ready = ready.map_err(|planned| self.refuse(context, &planned))?;
        self.ask(context, &shown)?;
        let carried = self.carry_out(context, &workspace, &ready).await?;
        self.tell(context, carried, bad)
    }

    async fn plan(
        &self,
        context: &Context,
        workspace: &Workspace,
        defined: &Arc<DefinedLocations>,
        rows: &[Row],
    ) -> Result<Plan, Exit> {
        let bar = Bar::counting("workers");
        let planned = plan(workspace, defined, rows, &self.whose.pace(), &bar).await;
        drop(bar);
        planned.map_err(|error| failed(context, &error))
    }

    fn show_plan(&self, context: &Context, plan: &Plan) -> Exit {
        match self.format.format {
            Format::Json => context.output.json(plan),
            Format::Text => {
                let text = format!("{}{}", shown::plan(plan), shown::bad(&plan.bad));
                context.output.text(&text);
            }
        }
        if plan.bad.is_empty() {
            Exit::Fine
        } else {
            Exit::Wrong
        }
    }

    fn refuse(&self, context: &Context, plan: &Plan) -> Exit {
        match self.format.format {
            Format::Json => context.output.json(&json!({ "bad": plan.bad })),
            Format::Text => context.output.text(&shown::bad(&plan.bad)),
        }
        let message = format!(
            "{} of the rows are wrong; nothing was written",
            plan.bad.len()
        );
        let mend = "Mend them and run it again, or leave them out with --skip-bad-rows.";
        context.output.error(&message, mend);
        Exit::Wrong
    }

    fn ask(&self, context: &Context, plan: &str) -> Result<(), Exit> {
        if self.how.yes {
            return Ok(());
        }
        context.output.text(plan);
        match context.output.ask("Write this?") {
            Some(true) => Ok(()),
            Some(false) => {
                context.output.error("nothing was written", "");
                Err(Exit::Failed)
            }
            None => {
                let message = "nobody is there to be asked; nothing was written";
                let mend = "Look at it with --dry-run, then say --yes.";
                context.output.error(message, mend);
                Err(Exit::Wrong)
            }
        }
    }

    async fn carry_out(
        &self,
        context: &Context,
        workspace: &Workspace,
        ready: &ReadyPlan,
    ) -> Result<Carried, Exit> {
        let state = match self.report_path() {
            None => None,
            Some(report) => Some(open_state(context, &report, ready)?),
        };
        let bar = Bar::of("set");
        let carried = carry_out(workspace, ready, state, &self.whose.pace(), &bar).await;
        drop(bar);
        Ok(carried)
    }

    fn tell(&self, context: &Context, carried: Carried, bad: usize) -> Result<Exit, Exit> {
        let path = self.report_path();
        if let Some(path) = &path {
            let written = carried.report.write(path, ReportFormat::of(path));
            written.map_err(|error| {
                let message = format!("the report {} can't be written: {error}", path.display());
                let mend =
                    "What is done is remembered: run it again with a --report that can be written.";
                context.output.error(&message, mend);
                Exit::Failed
            })?;
        }
        let fine = carried.report.is_fine() && carried.stopped.is_none();
        match self.format.format {
            Format::Json => context.output.json(&json!({
                "totals": carried.report.totals(),
                "skipped_bad_rows": bad,
                "stopped_early": carried.stopped.is_some(),
                "report": path,
                "rows": carried.report.rows,
            })),
            Format::Text => context.output.text(&shown::report(&carried.report)),
        }
        if let Some(stopped) = &carried.stopped {
            say_why(context, stopped);
        }
        if let Some(path) = path {
            let settled = carried.settle().map_err(|error| {
                context.output.error(&error.to_string(), error.mend());
                Exit::Failed
            })?;
            self.say_where(context, &path, settled);
        }
        Ok(if fine { Exit::Fine } else { Exit::Failed })
    }

    fn say_where(&self, context: &Context, report: &Path, settled: bool) {
        if !settled {
            let message = format!(
                "some workers were not set; the report is {}",
                report.display()
            );
            let mend = format!(
                "Run the same command again to go on. Workers to be looked at are left alone by it: set each by itself, or remove {} to forget what was done.",
                state_path(report).display()
            );
            context.output.warning(&message, &mend);
        } else if self.format.format == Format::Text {
            context
                .output
                .text(&format!("the report is {}", report.display()));
        }
    }
}

fn state_path(report: &Path) -> PathBuf {
    let mut name = report.as_os_str().to_owned();
    name.push(".state");
    name.into()
}

fn open_state(context: &Context, report: &Path, ready: &ReadyPlan) -> Result<StateFile, Exit> {
    let path = state_path(report);
    let state = StateFile::open(&path, ready.job()).map_err(|error| {
        context.output.error(&error.to_string(), error.mend());
        Exit::Failed
    })?;
    if state.done() > 0 {
        let message = format!("going on: {} workers are done already", state.done());
        context.output.warning(&message, "");
    }
    Ok(state)
}

fn say_why(context: &Context, stopped: &StoppedEarly) {
    match stopped {
        StoppedEarly::Twilio(error) => {
            context
                .output
                .error(&format!("stopped: {error}"), error.mend());
        }
        StoppedEarly::State(error) => {
            context
                .output
                .error(&format!("stopped: {error}"), error.mend());
        }
        // Nobody is asked here.
        StoppedEarly::Asked => context.output.error("stopped", ""),
    }
}
