//! `flexbridge workers …`: one file a subcommand; `shown` is how people read them, `bar` how
//! far the work is.
//!
//! Must never: decide anything; `admin::workers` does.

mod audit;
mod bar;
mod list;
mod set;
mod shown;

use std::{future::Future, sync::Arc};

use super::{Context, Exit, explain::account, serve};
use crate::{
    admin::workers::Pace,
    app::{self, Parts},
    clock::{SystemClock, SystemRandom},
    identity::{DefinedLocations, FlexName},
    login::FlexAccount,
    twilio::{Client, Error, taskrouter::Workspace},
};

/// See and set the `flex_location` of workers, through TaskRouter
///
/// The second way of Twilio's article on Flex locations: the attribute is written into the
/// workers themselves. It is there at the agent's next page load, without a login; the next
/// login writes again what the rules say.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  flexbridge workers audit\n  flexbridge workers set --csv agents.csv --dry-run"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Audit(audit::Args),
    Set(set::Args),
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        match self.command {
            Command::List(args) => args.run(context),
            Command::Audit(args) => args.run(context),
            Command::Set(args) => args.run(context),
        }
    }
}

/// Which account's workers, and how fast Twilio is asked.
#[derive(Debug, clap::Args)]
struct Whose {
    /// The Flex account; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    flex: Option<FlexName>,
    /// How many requests a second Twilio gets at most.
    #[arg(long, value_name = "REQUESTS", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// How many requests are under way at once, at most.
    #[arg(long, value_name = "REQUESTS", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    at_once: u8,
}

impl Whose {
    fn pace(&self) -> Pace {
        Pace::new(self.rate, usize::from(self.at_once))
    }
}

/// Does `work` with the parts of the configuration.
fn with_parts<F: Future<Output = Exit>>(
    context: &Context,
    work: impl FnOnce(Arc<Parts>) -> F,
) -> Exit {
    super::with_runtime(context, async {
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        match app::parts(&context.config, clock, random).await {
            Ok(parts) => work(Arc::new(parts)).await,
            Err(error) => serve::failed(context, &error),
        }
    })
}

/// The account that is meant, and its workspace.
async fn workspace_of<'a>(
    context: &Context,
    parts: &'a Parts,
    whose: &Whose,
) -> Result<(&'a FlexAccount, Workspace), Exit> {
    let account = account(parts, whose.flex.as_ref()).map_err(|message| {
        context.output.error(&message, "");
        Exit::Wrong
    })?;
    let client: &Client = account.twilio.as_ref().ok_or_else(|| {
        let message = format!(
            "there are no credentials for Twilio's API for `{}`",
            account.name
        );
        let mend = format!(
            "Give an API key and its secret: `twilio` of [flex.{}].",
            account.name
        );
        context.output.error(&message, &mend);
        Exit::Wrong
    })?;
    let workspace = client.flex_workspace().await;
    let workspace = workspace.map_err(|error| failed(context, &error))?;
    Ok((account, workspace))
}

/// The defined list as it is now; an older one, with a warning, where it can't be read.
async fn defined_now_or_earlier(
    context: &Context,
    account: &FlexAccount,
) -> Option<Arc<DefinedLocations>> {
    if let Err(error) = account.locations.refresh_now().await {
        let message = format!("the list of locations can't be read now: {}", error.detail);
        context.output.warning(&message, error.mend);
    }
    let snapshot = account.locations.snapshot()?;
    Some(Arc::clone(&snapshot.locations))
}

fn failed(context: &Context, error: &Error) -> Exit {
    context.output.error(&error.to_string(), error.mend());
    Exit::Failed
}
