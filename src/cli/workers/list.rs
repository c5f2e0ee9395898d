//! `flexbridge workers list`

use super::{Whose, bar::Bar, defined_now_or_earlier, failed, shown, with_parts, workspace_of};
use crate::{
    admin::workers::{Survey, survey},
    cli::{Context, Exit, Format, FormatArgs},
};

/// Every worker with its `flex_location`, and what Flex makes of it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge workers list --format json")]
pub(super) struct Args {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        with_parts(context, |parts| async move {
            let (account, workspace) = match workspace_of(context, &parts, &self.whose).await {
                Ok(found) => found,
                Err(exit) => return exit,
            };
            let defined = defined_now_or_earlier(context, account).await;
            let pace = self.whose.pace();
            let bar = Bar::counting("workers");
            let asked = Survey {
                defined: defined.as_deref(),
                judge: None,
                logins: None,
                pace: &pace,
                progress: &bar,
            };
            let listed = survey(&workspace, asked).await;
            drop(bar);
            match listed {
                Ok(list) => {
                    match self.format.format {
                        Format::Json => context.output.json(&list),
                        Format::Text => context.output.text(&shown::list(&list.workers)),
                    }
                    Exit::Fine
                }
                Err(error) => failed(context, &error),
            }
        })
    }
}
