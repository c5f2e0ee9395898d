//! `flexbridge explain`: what people paste (`sample`), the story as they read it (`story`), and
//! the logins of the past under another configuration (`against`).
//!
//! Must never: decide anything; `admin::explain` does, the way a login does.

mod against;
mod sample;
mod story;

use std::{net::IpAddr, path::PathBuf, sync::Arc};

use super::{Context, Exit, Format, FormatArgs, serve};
use crate::{
    admin::{self, SampleTime},
    app::{self, Parts},
    clock::{SystemClock, SystemRandom, Timestamp},
    identity::{FlexName, IdpName},
    login::{FlexAccount, Idp},
    settings::HumanDuration,
};

/// Explain which location a person gets, and why
///
/// Takes a captured SAMLResponse (base64, XML, or the posted form) or an ID token of OpenID
/// Connect from a file or standard input, or attributes as typed, or claims as typed (a JSON
/// object in the file). Goes the very way of a login, with each step written down;
/// nothing is consumed and nothing is sent. Exits with 1 when the login would be refused.
///
/// With --against, the logins of the last days, as the journal has them, are decided anew under
/// another configuration: who would move from where to where, by which rule.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    flexbridge explain --as-of own response.txt\n  \
    flexbridge explain --attribute department='Singapore HQ' --attribute email=a@b.example\n  \
    flexbridge explain --against new.toml --since 7d")]
pub struct Args {
    /// A file with the captured response; `-` for standard input.
    #[arg(
        value_name = "FILE",
        required_unless_present_any = ["attributes", "against"],
        conflicts_with_all = ["attributes", "against"]
    )]
    response: Option<PathBuf>,
    /// An attribute as typed, instead of a response. Repeat it for several, or several values.
    #[arg(long = "attribute", id = "attributes", value_name = "NAME=VALUE", value_parser = sample::attribute)]
    attributes: Vec<(String, String)>,
    /// Another configuration, under which the logins of the last days are decided anew.
    #[arg(long, value_name = "CONFIG", conflicts_with = "attributes")]
    against: Option<PathBuf>,
    /// With --against: which logins, such as 12h or 7d.
    #[arg(long, value_name = "TIME", default_value = "7d", requires = "against")]
    since: HumanDuration,
    /// The NameID that goes with typed attributes.
    #[arg(long, value_name = "ID", default_value = "someone@example.com")]
    name_id: String,
    /// The Flex account; may be left out where there is only one.
    #[arg(long, value_name = "NAME")]
    flex: Option<FlexName>,
    /// The identity provider; may be left out where the account has only one.
    #[arg(long, value_name = "NAME")]
    idp: Option<IdpName>,
    /// The address the agent signs in from, for rules with `network`.
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    address: IpAddr,
    /// As of when: `now`, `own` for the response's own time, or a time such as 2026-03-01T10:00:00Z.
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = as_of)]
    as_of: AsOf,
    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Debug, Clone, Copy)]
enum AsOf {
    Now,
    Own,
    At(Timestamp),
}

fn as_of(text: &str) -> Result<AsOf, String> {
    match text {
        "now" => Ok(AsOf::Now),
        "own" => Ok(AsOf::Own),
        time => time
            .parse()
            .map(AsOf::At)
            .map_err(|_| "write now, own, or a time such as 2026-03-01T10:00:00Z".to_owned()),
    }
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        if let Some(other) = &self.against {
            return against::run(context, other, self.since, self.flex.as_ref(), self.format);
        }
        let parts = super::with_runtime(context, async {
            app::parts(
                &context.config,
                Arc::new(SystemClock),
                Arc::new(SystemRandom),
            )
            .await
        });
        let parts = match parts {
            Ok(parts) => parts,
            Err(error) => return serve::failed(context, &error),
        };
        let (account, idp) = match choose(&parts, self.flex.as_ref(), self.idp.as_ref()) {
            Ok(chosen) => chosen,
            Err(message) => return wrong(context, &message),
        };
        let sample = match sample::read(self.response.as_deref(), self.attributes, self.name_id) {
            Ok(sample) => sample,
            Err(message) => return wrong(context, &message),
        };
        let now = context.clock.now();
        let time = match self.as_of {
            AsOf::Now => SampleTime::At(now),
            AsOf::Own => SampleTime::Own,
            AsOf::At(at) => SampleTime::At(at),
        };
        let told = admin::explain(&parts.bridge, account, idp, sample, self.address, time, now);
        match self.format.format {
            Format::Text => context.output.text(&story::render(&told)),
            Format::Json => context.output.json(&told),
        }
        if told.refusal.is_none() {
            Exit::Fine
        } else {
            Exit::Failed
        }
    }
}

pub(super) fn wrong(context: &Context, message: &str) -> Exit {
    context.output.error(message, "");
    Exit::Wrong
}

/// The Flex account that is meant.
pub(super) fn account<'a>(
    parts: &'a Parts,
    flex: Option<&FlexName>,
) -> Result<&'a FlexAccount, String> {
    let accounts = &parts.bridge.flex;
    let names = || {
        accounts
            .keys()
            .map(FlexName::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    };
    match flex {
        Some(name) => accounts
            .get(name)
            .ok_or_else(|| format!("`{name}` is no Flex account here; there is {}", names())),
        None if accounts.len() == 1 => {
            let only = accounts.values().next();
            only.ok_or_else(|| "there is no Flex account".to_owned())
        }
        None => Err(format!("say which Flex account with --flex: {}", names())),
    }
}

/// The Flex account that is meant, and which of its identity providers.
pub(super) fn choose<'a>(
    parts: &'a Parts,
    flex: Option<&FlexName>,
    idp: Option<&IdpName>,
) -> Result<(&'a FlexAccount, &'a Idp), String> {
    let account = account(parts, flex)?;
    let providers = || {
        let names: Vec<_> = account.idp.iter().map(IdpName::as_str).collect();
        names.join(", ")
    };
    let name = match (idp, &*account.idp) {
        (Some(name), known) if known.contains(name) => name,
        (Some(name), _) => {
            return Err(format!(
                "`{name}` is no identity provider of `{}`; there is {}",
                account.name,
                providers()
            ));
        }
        (None, [only]) => only,
        (None, _) => {
            return Err(format!(
                "say which identity provider with --idp: {}",
                providers()
            ));
        }
    };
    let idp = parts
        .bridge
        .idp
        .get(name)
        .ok_or("its identity provider is not there")?;
    Ok((account, idp))
}
