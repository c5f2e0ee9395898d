//! `flexbridge demo`

use std::{path::PathBuf, sync::Arc};

use anstyle::Style;
use tokio::signal::unix::{SignalKind, signal};

use super::{Context, Exit};
use crate::{
    clock::{SystemClock, SystemRandom},
    demo::{
        Company, DemoError, Options,
        idp::{PEOPLE, Person},
        story,
    },
};

const STRONG: Style = Style::new().bold();
const SOFT: Style = Style::new().dimmed();

/// Run a whole Flex company on this machine, to try things out
///
/// A bridge, a company's identity provider with a few people, a Flex that judges by rules
/// of its own, and Twilio's API: all on loopback, with keys made now. One agent signs in by
/// itself; then it is your turn, in a browser.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge demo --once")]
pub struct Args {
    /// End after the first login: 0 if it went as it must, 1 if not.
    #[arg(long)]
    once: bool,
    /// Who signs in by itself: the short name of one of the people, or `everybody`.
    #[arg(long, value_name = "NAME", default_value = Person::first().id)]
    agent: String,
    /// The first of five ports in a row, 0 for any free ones; without it 7780, or free ones
    /// where those are taken.
    #[arg(long, value_name = "PORT")]
    port_base: Option<u16>,
    /// A directory for keys, configuration and journal that stays; else a temporary one.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let people = match people(&self.agent) {
            Ok(people) => people,
            Err(names) => {
                let message = format!("nobody in the demo company is called `{}`", self.agent);
                context
                    .output
                    .error(&message, &format!("Take one of: {names}, or everybody."));
                return Exit::Wrong;
            }
        };
        super::with_runtime(context, async {
            match self.demo(context, &people).await {
                Ok(true) => Exit::Fine,
                Ok(false) => Exit::Failed,
                Err(error) => {
                    context.output.error(&error.to_string(), mend(&error));
                    Exit::Failed
                }
            }
        })
    }

    async fn demo(self, context: &Context, people: &[Person]) -> Result<bool, DemoError> {
        let options = Options {
            port_base: self.port_base,
            state: self.state,
        };
        let clock = Arc::new(SystemClock);
        let company = Company::start(options, clock, Arc::new(SystemRandom)).await?;
        let mut holds = true;
        for person in people {
            let arrival = company.sign_in(*person).await?;
            holds &= arrival.holds();
            context.output.text(&story(&arrival));
        }
        if !self.once {
            wait(context, &company).await;
        }
        company.stop().await?;
        Ok(holds)
    }
}

/// The people of that name, or all; else the names there are.
fn people(name: &str) -> Result<Vec<Person>, String> {
    if name == "everybody" {
        return Ok(PEOPLE.to_vec());
    }
    Person::find(name).map_or_else(
        || Err(PEOPLE.map(|person| person.id).join(", ")),
        |person| Ok(vec![person]),
    )
}

/// Stays until somebody ends it.
async fn wait(context: &Context, company: &Company) {
    let (url, configuration) = (&company.flex_url, company.configuration.display());
    context.output.text(&format!(
        "Now you. Open this in a browser:\n\n    {STRONG}{url}{STRONG:#}\n\n\
         {SOFT}The bridge runs by {configuration}\nCtrl-C ends everything.{SOFT:#}"
    ));
    let mut terminate = signal(SignalKind::terminate()).ok();
    let terminated = async {
        match &mut terminate {
            Some(terminate) => drop(terminate.recv().await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
        () = company.ended() => {}
    }
}

const fn mend(error: &DemoError) -> &'static str {
    match error {
        DemoError::Port(_) => {
            "Leave out --port-base, or choose five ports in a row that nobody uses."
        }
        DemoError::State(_) => "Choose an empty directory with --state, or leave it out.",
        _ => "",
    }
}
