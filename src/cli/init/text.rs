//! What `init` says when it is done: what it wrote, what to enter where, and what comes next.

use std::{fmt::Write as _, path::PathBuf};

use serde::Serialize;

use super::Args;
use crate::{
    admin::{Diagnosis, Setup},
    cli::{Context, doctor, setup},
    settings::SecretSource,
};

/// What was done.
#[derive(Serialize)]
pub(super) struct Done {
    pub(super) wrote: Vec<PathBuf>,
    pub(super) kept: Vec<PathBuf>,
    pub(super) setup: Setup,
    /// Absent where nobody was to be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) doctor: Option<Diagnosis>,
}

impl Args {
    /// What is there now, and what to enter where.
    pub(super) fn written(&self, context: &Context, done: &Done) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        for (what, paths) in [("wrote", &done.wrote), ("kept", &done.kept)] {
            for path in paths {
                let _ = writeln!(text, "{what} {}", path.display());
            }
        }
        let _ = write!(text, "\n{}", setup::render(&done.setup));
        let secrets = self.secrets();
        if !secrets.is_empty() {
            text.push_str("\nPut these secrets where the bridge finds them\n");
        }
        let file = environment_file(context);
        for (what, source) in secrets {
            let _ = match (source, &file) {
                (SecretSource::File(path), _) => writeln!(text, "  {what}: in {}", path.display()),
                (SecretSource::Env(name), Some(file)) => {
                    writeln!(text, "  {what}: as {name}=… in {}", file.display())
                }
                (SecretSource::Env(name), None) => {
                    writeln!(text, "  {what}: in the environment, as {name}")
                }
            };
        }
        text
    }

    fn secrets(&self) -> Vec<(&'static str, SecretSource)> {
        let mut secrets = Vec::new();
        if self.is_oidc() {
            secrets.push(("the client's secret", self.client_secret()));
        }
        if self.api_key.is_some() {
            secrets.push(("the secret of Twilio's API key", self.api_secret()));
        }
        secrets
    }
}

/// What was found, and what comes next.
pub(super) fn next(context: &Context, done: &Done) -> String {
    let mut text = String::new();
    if let Some(diagnosis) = &done.doctor {
        let found = doctor::render(diagnosis);
        let _ = writeln!(
            text,
            "\nLooked at what a login needs; what is still to do fails here\n{found}"
        );
    }
    let config = context.config.display();
    let flexbridge = format!("flexbridge --config {config}");
    let next = match environment_file(context) {
        // The package's service has its secrets from there, and a shell has to be given them.
        Some(file) => format!(
            "Then\n  systemctl restart flexbridge\n  set -a; . {}; set +a; {flexbridge} doctor",
            file.display()
        ),
        None => format!("Then\n  {flexbridge} serve\n  {flexbridge} doctor"),
    };
    text.push_str(&next);
    text
}

/// The service's environment, which the Debian package has beside the configuration.
fn environment_file(context: &Context) -> Option<PathBuf> {
    let file = context.config.with_file_name("flexbridge.env");
    file.exists().then_some(file)
}
