//! `flexbridge setup`

use std::sync::Arc;

use super::{Context, Exit, Format, FormatArgs, explain::choose, serve};
use crate::{
    admin::{self, Field, Setup},
    app,
    clock::{SystemClock, SystemRandom},
    identity::{FlexName, IdpName},
};

/// Show what to enter in Twilio Console and at the identity provider
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge setup production")]
pub struct Args {
    /// The name in `[flex.NAME]`; may be left out where there is only one.
    flex: Option<FlexName>,
    /// The identity provider; may be left out where the account has only one.
    #[arg(long, value_name = "NAME")]
    idp: Option<IdpName>,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let parts = super::with_runtime(context, async {
            app::parts_before_setup(
                &context.config,
                Arc::new(SystemClock),
                Arc::new(SystemRandom),
            )
            .await
        });
        let (parts, report) = match parts {
            Ok(parts) => parts,
            Err(error) => return serve::failed(context, &error),
        };
        context.output.report(&report);
        let (account, idp) = match choose(&parts, self.flex.as_ref(), self.idp.as_ref()) {
            Ok(chosen) => chosen,
            Err(message) => {
                context.output.error(&message, "");
                return Exit::Wrong;
            }
        };
        let setup = admin::setup(account, idp);
        match self.format.format {
            Format::Text => context.output.text(&render(&setup)),
            Format::Json => context.output.json(&setup),
        }
        Exit::Fine
    }
}

/// As people read it.
pub(super) fn render(setup: &Setup) -> String {
    let mut out = format!(
        "Twilio Console › Flex › Users and access › Single sign-on, for {}\n{}\n\
         At the identity provider, for {}\n{}\n\
         It must release, of each line at least one\n",
        setup.flex,
        fields(&setup.twilio_console),
        setup.idp,
        fields(&setup.identity_provider),
    );
    for names in &setup.release {
        out.push_str("  ");
        out.push_str(&names.join(", "));
        out.push('\n');
    }
    out
}

fn fields(fields: &[Field]) -> String {
    let mut out = String::new();
    for field in fields {
        out.push_str("\n  ");
        out.push_str(field.name);
        for line in field.value.lines() {
            // Values begin their lines, so that they can be copied whole.
            out.push('\n');
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}
