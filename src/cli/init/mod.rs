//! `flexbridge init`: what is asked (`questions`), what is made of the answers, and what is
//! said of it (`text`).
//!
//! Must never: overwrite anything, or take a secret as an answer.

mod questions;
mod text;

use std::{
    fs::OpenOptions,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Context, Exit, Format, FormatArgs, explain::choose, keys, serve};
use crate::{
    admin::{self, Diagnosis, Setup},
    app::{self, StartError},
    clock::{SystemClock, SystemRandom},
    config::{Starter, StarterIdp, StarterLocations, StarterTls},
    identity::{FlexName, IdpName},
    settings::{SecretSource, Severity},
};
use text::Done;

/// Write a first configuration, make the keys, show what to enter where, and look at what a login needs
///
/// At a terminal it asks for what the options don't say; elsewhere it names the options that are
/// missing. Nothing is ever overwritten, and secrets are never asked for: the file says where each
/// will be found. At its end it looks as `flexbridge doctor` does, which asks the identity provider
/// and Twilio; what fails there because it is still to do changes nothing of what was written.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  flexbridge init
  flexbridge init --public-url https://sso.example.com \\
    --idp-metadata https://idp.example.com/metadata --account-sid ACxxx --connection JQxxx --api-key SKxxx
  flexbridge --config /etc/flexbridge/flexbridge.toml init --protocol oidc \\
    --issuer https://partner.okta.com/oauth2/default --client-id 0oa1b2c3")]
pub struct Args {
    /// What browsers will see: https, a host, no path.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// How the identity provider speaks.
    #[arg(long, value_name = "PROTOCOL", value_parser = ["saml", "oidc"])]
    protocol: Option<String>,
    /// SAML: the URL or the file of the identity provider's metadata.
    #[arg(long, value_name = "URL|FILE")]
    idp_metadata: Option<String>,
    /// The metadata's server may have an address that only your own network reaches.
    #[arg(long)]
    allow_private: bool,
    /// OpenID Connect: the issuer, byte for byte as its discovery document says it.
    #[arg(long, value_name = "URL", conflicts_with = "idp_metadata")]
    issuer: Option<String>,
    /// OpenID Connect: the client ID that the provider gave to the bridge.
    #[arg(long, value_name = "ID", conflicts_with = "idp_metadata")]
    client_id: Option<String>,
    /// OpenID Connect: the file that will hold the client's secret; `IDP_CLIENT_SECRET` in the environment if left out.
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// What the identity provider is called in the file, and in URLs.
    #[arg(long, value_name = "NAME", default_value = "hq")]
    idp_name: IdpName,
    /// The Twilio account: AC and 32 hexadecimal digits.
    #[arg(long, value_name = "SID")]
    account_sid: Option<String>,
    /// The connection, JQ…, that stands in the ACS URL in Twilio Console; or `legacy`.
    #[arg(long, value_name = "JQ…|legacy")]
    connection: Option<String>,
    /// The account's Flex login link.
    #[arg(long, value_name = "URL")]
    login_url: Option<String>,
    /// What the Flex account is called in the file, and in URLs.
    #[arg(long, value_name = "NAME", default_value = "production")]
    flex_name: FlexName,
    /// A Standard API key, by which the defined locations are read from Twilio.
    #[arg(long, value_name = "SK…", conflicts_with = "locations")]
    api_key: Option<String>,
    /// The file that will hold the API key's secret; `TWILIO_API_SECRET` in the environment if left out.
    #[arg(long, value_name = "FILE")]
    api_secret_file: Option<PathBuf>,
    /// A JSON file with the defined locations, instead of asking Twilio.
    #[arg(long, value_name = "FILE")]
    locations: Option<String>,
    /// The attribute that says where somebody works.
    #[arg(long, value_name = "NAME")]
    attribute: Option<String>,
    /// The proxy in front that ends TLS, as an address with its length, such as 10.0.0.10/32.
    #[arg(long, value_name = "NETWORK", conflicts_with = "tls_certificate")]
    proxy: Option<String>,
    /// TLS ends at the bridge: its certificate chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// TLS ends at the bridge: the certificate's private key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Where browsers are listened to; by default this machine only where the proxy is on it.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where the bridge's keys are, or are to be made; by default `certs` beside the configuration.
    #[arg(long, value_name = "DIRECTORY")]
    keys: Option<PathBuf>,
    /// Where the bridge keeps what must survive a restart.
    #[arg(long, value_name = "DIRECTORY", default_value = "/var/lib/flexbridge")]
    state: PathBuf,
    /// Ask nobody: without the look at everything a login needs, which `flexbridge doctor` makes up for.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    format: FormatArgs,
}

impl Args {
    pub(super) fn run(mut self, context: &Context) -> Exit {
        if context.config.exists() {
            return exists(context);
        }
        if io::stdin().is_terminal()
            && let Err(error) = questions::ask(&mut self)
        {
            let message = format!("{error}; nothing was written");
            context.output.error(&message, "");
            return Exit::Wrong;
        }
        let missing = questions::missing(&self);
        if !missing.is_empty() {
            let message = format!("not enough is known: {}", missing.join(", "));
            let mend = "Give these options, or run it at a terminal, where it asks.";
            context.output.error(&message, mend);
            return Exit::Wrong;
        }
        let starter = self.starter(&context.config);
        let report = starter.report(&context.config);
        if report.counts().0 > 0 {
            context.output.report(&report);
            let message = "this configuration could not be used; nothing was written";
            context.output.error(message, "Mend the options.");
            return Exit::Wrong;
        }
        self.write(context, &starter)
    }

    fn write(&self, context: &Context, starter: &Starter) -> Exit {
        let (mut wrote, kept) = match keys::make_missing(context, &starter.keys) {
            Ok(made) => made,
            Err(error) => return keys::failed(context, &error),
        };
        // The last of what is written: where it is there, everything is.
        if let Err(error) = write_new(&context.config, &starter.text()) {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return exists(context);
            }
            let message = format!("{}: {error}", context.config.display());
            let mend = "Check that this user may write there.";
            context.output.error(&message, mend);
            return Exit::Failed;
        }
        wrote.push(context.config.clone());
        let setup = match check(context, self) {
            Ok(setup) => setup,
            Err(exit) => return exit,
        };
        let mut done = Done {
            wrote,
            kept,
            setup,
            doctor: None,
        };
        let for_people = self.format.format == Format::Text;
        if for_people {
            context.output.text(&self.written(context, &done));
        }
        // What is wrong there is not init's fault: secrets and partners may still be to come.
        if !self.offline {
            done.doctor = look(context);
        }
        if for_people {
            context.output.text(&text::next(context, &done));
        } else {
            context.output.json(&done);
        }
        Exit::Fine
    }

    fn is_oidc(&self) -> bool {
        self.issuer.is_some() || self.protocol.as_deref() == Some("oidc")
    }

    fn client_secret(&self) -> SecretSource {
        source(self.client_secret_file.as_ref(), "IDP_CLIENT_SECRET")
    }

    fn api_secret(&self) -> SecretSource {
        source(self.api_secret_file.as_ref(), "TWILIO_API_SECRET")
    }

    /// What is known, with something that fits in the place of what isn't known yet.
    fn starter(&self, config: &Path) -> Starter {
        let or = |given: &Option<String>, other: &str| given.as_deref().unwrap_or(other).to_owned();
        let idp = if self.is_oidc() {
            StarterIdp::Oidc {
                issuer: or(&self.issuer, "https://idp.example.com"),
                client_id: or(&self.client_id, "client"),
                client_secret: self.client_secret(),
            }
        } else {
            StarterIdp::Saml {
                metadata: or(&self.idp_metadata, "https://idp.example.com/metadata"),
                allow_private: self.allow_private,
            }
        };
        let connection = or(&self.connection, "JQ0");
        Starter {
            public_url: or(&self.public_url, "https://sso.example.com"),
            public: self.listen(),
            admin: "127.0.0.1:9443".to_owned(),
            tls: self.tls(),
            keys: self.keys.clone().unwrap_or_else(|| keys_beside(config)),
            idp_name: self.idp_name.clone(),
            idp,
            flex_name: self.flex_name.clone(),
            account_sid: or(&self.account_sid, &format!("AC{}", "0".repeat(32))),
            connection: (connection != "legacy").then_some(connection),
            login_url: self.login_url.clone(),
            locations: match (&self.api_key, &self.locations) {
                (None, Some(file)) => StarterLocations::File(file.into()),
                (key, _) => StarterLocations::Twilio(
                    or(key, &format!("SK{}", "0".repeat(32))),
                    self.api_secret(),
                ),
            },
            attribute: vec![or(&self.attribute, "physicalDeliveryOfficeName")],
            store: self.state.clone(),
        }
    }

    fn tls(&self) -> StarterTls {
        match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => StarterTls::Here(certificate.clone(), key.clone()),
            _ => StarterTls::Proxies(vec![
                self.proxy
                    .clone()
                    .unwrap_or_else(|| questions::PROXY.to_owned()),
            ]),
        }
    }

    fn listen(&self) -> String {
        let here = match self.tls() {
            StarterTls::Proxies(proxies) => proxies
                .iter()
                .all(|proxy| ["127.", "::1"].iter().any(|own| proxy.starts_with(own))),
            StarterTls::Here(..) => false,
        };
        let default = if here {
            "127.0.0.1:8443"
        } else {
            "0.0.0.0:8443"
        };
        self.listen.clone().unwrap_or_else(|| default.to_owned())
    }
}

fn source(file: Option<&PathBuf>, variable: &str) -> SecretSource {
    file.map_or_else(
        || SecretSource::Env(variable.to_owned()),
        |file| SecretSource::File(file.clone()),
    )
}

/// `certs` beside a folder called `config`, or beside the file in any other.
fn keys_beside(config: &Path) -> PathBuf {
    let folder = config.parent().unwrap_or(Path::new(""));
    let beside = match folder.file_name() {
        Some(name) if name == "config" => folder.parent().unwrap_or(Path::new("")),
        _ => folder,
    };
    beside.join("certs")
}

fn exists(context: &Context) -> Exit {
    let message = format!(
        "{} exists already, and is never overwritten",
        context.config.display()
    );
    let mend = "Name another file with --config, or move this one away first.";
    context.output.error(&message, mend);
    Exit::Failed
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Reads back what was written, the way `setup` does.
fn check(context: &Context, args: &Args) -> Result<Setup, Exit> {
    let parts = super::with_runtime(context, async {
        app::parts_before_setup(
            &context.config,
            Arc::new(SystemClock),
            Arc::new(SystemRandom),
        )
        .await
    });
    let (parts, mut report) = parts.map_err(|error| serve::failed(context, &error))?;
    // Secrets that can't be there yet are said below, with what else is to do.
    report.retain(|problem| {
        problem.severity == Severity::Error || !is_secret(&problem.path.to_string())
    });
    context.output.report(&report);
    let chosen = choose(&parts, Some(&args.flex_name), Some(&args.idp_name));
    let (account, idp) = chosen.map_err(|message| {
        context.output.error(&message, "");
        Exit::Wrong
    })?;
    Ok(admin::setup(account, idp))
}

/// What `doctor` finds.
fn look(context: &Context) -> Option<Diagnosis> {
    let looked: Result<_, StartError> = super::with_runtime(context, async {
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        Ok(app::examine(&context.config, clock, random).await)
    });
    looked.ok()
}

fn is_secret(path: &str) -> bool {
    ["client_secret", "api_secret"]
        .iter()
        .any(|name| path.contains(name))
}
