//! `flexbridge metadata sp|idp NAME`

use std::sync::Arc;

use super::{Context, Exit, serve};
use crate::{
    app,
    clock::{SystemClock, SystemRandom},
    identity::{FlexName, IdpName},
    login::Idp,
    saml::metadata::{idp_metadata, sp_metadata},
};

/// Print our SAML metadata, for a partner who wants a file
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  flexbridge metadata sp hq > for-the-identity-provider.xml")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// As service provider, for the identity provider of this name
    #[command(after_help = "Example:\n  flexbridge metadata sp hq")]
    Sp {
        /// The name in `[idp.NAME]`.
        name: IdpName,
    },
    /// As identity provider, for the Flex account of this name
    #[command(after_help = "Example:\n  flexbridge metadata idp production")]
    Idp {
        /// The name in `[flex.NAME]`.
        name: FlexName,
    },
}

/// OpenID Connect has no metadata of its clients; the redirect URI is all that a provider needs.
fn no_metadata(context: &Context, name: &IdpName, redirect_uri: &str) -> Exit {
    context.output.error(
        &format!("`{name}` speaks OpenID Connect, where there is no SP metadata"),
        "Enter this redirect URI at the provider instead:",
    );
    context.output.text(redirect_uri);
    Exit::Wrong
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Exit {
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let parts = super::with_runtime(context, async {
            app::parts_before_setup(&context.config, clock, random).await
        });
        let (parts, report) = match parts {
            Ok(parts) => parts,
            Err(error) => return serve::failed(context, &error),
        };
        context.output.report(&report);
        let (name, xml) = match &self.command {
            Command::Sp { name } => {
                let known = parts.bridge.idp.get(name);
                if let Some(provider) = known.and_then(Idp::oidc) {
                    return no_metadata(context, name, provider.redirect_uri.as_str());
                }
                let known = known.and_then(Idp::saml);
                let metadata = known.and_then(|idp| idp.metadata.current(context.clock.now()));
                let signs = metadata.is_some_and(|one| one.want_authn_requests_signed);
                (
                    name.as_str(),
                    known.map(|idp| {
                        let keys = parts.bridge.assertion.all();
                        sp_metadata(&idp.endpoints, signs, keys, &idp.decryption)
                    }),
                )
            }
            Command::Idp { name } => {
                let known = parts.bridge.flex.get(name);
                let xml = known.map(|account| {
                    let signed = account.request_certificates.is_some();
                    let keys = account.assertion.all();
                    idp_metadata(&account.entity_id, &account.sso_url, signed, keys)
                });
                (name.as_str(), xml)
            }
        };
        match xml {
            Some(Ok(xml)) => {
                context.output.text(&xml);
                Exit::Fine
            }
            Some(Err(error)) => {
                context.output.error(&error.to_string(), "");
                Exit::Failed
            }
            None => {
                context.output.error(
                    &format!("`{name}` is not configured"),
                    "`flexbridge config show` lists the names.",
                );
                Exit::Wrong
            }
        }
    }
}
