//! The commented file that a new installation begins with.

use std::path::{Path, PathBuf};

use super::{Draft, Report};
use crate::{
    identity::{FlexName, IdpName},
    settings::{SecretSource, SettingPath, Severity},
};

/// The file, with `@places@` for what [`Starter`] knows.
const TEMPLATE: &str = include_str!("../../templates/flexbridge.toml.in");

/// How the company's identity provider is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StarterIdp {
    /// SAML: the URL or the file of its metadata.
    Saml {
        /// A URL if it begins with a scheme of HTTP, else a file.
        metadata: String,
        /// Whether the URL's server may have an address of one's own network.
        allow_private: bool,
    },
    /// OpenID Connect.
    Oidc {
        /// The issuer, byte for byte.
        issuer: String,
        /// The client ID.
        client_id: String,
        /// The client's secret.
        client_secret: SecretSource,
    },
}

/// Where TLS ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StarterTls {
    /// At proxies with these addresses, as networks.
    Proxies(Vec<String>),
    /// At the bridge itself: the certificate chain and its key.
    Here(PathBuf, PathBuf),
}

/// Where the list of defined locations comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StarterLocations {
    /// Twilio, by this API key and its secret.
    Twilio(String, SecretSource),
    /// A file.
    File(PathBuf),
}

/// What a first configuration is made of. Nothing in it needs to be right:
/// [`Starter::report`] says what is wrong, as it does for any file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// `public_url`.
    pub public_url: String,
    /// `listen.public`.
    pub public: String,
    /// `listen.admin`.
    pub admin: String,
    /// Where TLS ends.
    pub tls: StarterTls,
    /// The directory of the bridge's own keys, as `keys generate` makes them.
    pub keys: PathBuf,
    /// The name of the identity provider in the file.
    pub idp_name: IdpName,
    /// The identity provider.
    pub idp: StarterIdp,
    /// The name of the Flex account in the file.
    pub flex_name: FlexName,
    /// `account_sid`.
    pub account_sid: String,
    /// The enhanced configuration's connection; the legacy one without.
    pub connection: Option<String>,
    /// `login_url`.
    pub login_url: Option<String>,
    /// Where the locations come from.
    pub locations: StarterLocations,
    /// `location.attribute`.
    pub attribute: Vec<String>,
    /// `store.path`.
    pub store: PathBuf,
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

fn list(items: &[String]) -> String {
    let items: Vec<_> = items.iter().map(|item| quoted(item)).collect();
    format!("[{}]", items.join(", "))
}

fn secret(source: &SecretSource) -> String {
    match source {
        SecretSource::Env(name) => format!("{{ env = {} }}", quoted(name)),
        SecretSource::File(file) => format!("{{ file = {} }}", path(file)),
    }
}

impl Starter {
    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let (twilio, defined) = self.locations();
        let sso = self.connection.as_deref().map_or_else(
            || "\"legacy\"".to_owned(),
            |connection| {
                let connection = quoted(connection);
                format!("{{ profile = \"enhanced\", connection = {connection} }}")
            },
        );
        let places = [
            ("public_url", quoted(&self.public_url)),
            ("public", quoted(&self.public)),
            ("admin", quoted(&self.admin)),
            ("tls", self.tls()),
            ("cookie_key", path(&self.keys.join("cookie.key"))),
            ("certificate", path(&self.keys.join("assertion.pem"))),
            ("private_key", path(&self.keys.join("assertion.key"))),
            ("idp_name", self.idp_name.to_string()),
            ("idp", self.idp()),
            ("idp_word", quoted(self.idp_name.as_str())),
            ("flex_name", self.flex_name.to_string()),
            ("account_sid", quoted(&self.account_sid)),
            ("sso", sso),
            ("login_url", self.login_url()),
            ("twilio", twilio),
            ("attribute", list(&self.attribute)),
            ("defined", defined),
            ("store", path(&self.store)),
        ];
        fill(TEMPLATE, &places)
    }

    /// What is wrong with the file, keys and secrets left aside: they need not be there yet.
    #[must_use]
    pub fn report(&self, name: &Path) -> Report {
        let name = name.display().to_string();
        match Draft::of_bytes(&name, self.text().into_bytes()).finish() {
            Ok(checked) => checked.report,
            Err(report) => report,
        }
    }

    /// The first thing that is wrong with the setting at `at`, or within it, with its mend.
    #[must_use]
    pub fn wrong_at(&self, at: &SettingPath) -> Option<(String, String)> {
        let report = self.report(Path::new("flexbridge.toml"));
        let found = report.problems().iter().find(|placed| {
            placed.problem.severity == Severity::Error && placed.problem.path.0.starts_with(&at.0)
        })?;
        Some((found.problem.message.clone(), found.problem.mend.clone()))
    }

    fn tls(&self) -> String {
        match &self.tls {
            StarterTls::Here(certificate, key) => format!(
                "tls    = {{ certificate = {}, private_key = {{ file = {} }} }}",
                path(certificate),
                path(key)
            ),
            StarterTls::Proxies(proxies) => format!(
                "# TLS ends at a proxy in front. Only these are believed about where an agent comes from. Name\n\
                 # only proxies, never a network with agents in it: whoever sends from there chooses their address.\n\
                 trusted_proxies = {}",
                list(proxies)
            ),
        }
    }

    fn idp(&self) -> String {
        match &self.idp {
            StarterIdp::Saml {
                metadata,
                allow_private,
            } => {
                let is_url = ["https://", "http://"]
                    .iter()
                    .any(|scheme| metadata.starts_with(scheme));
                let metadata = quoted(metadata);
                let private = if *allow_private {
                    ", allow_private = true"
                } else {
                    ""
                };
                if is_url {
                    format!(
                        "protocol = \"saml\"\nmetadata = {{ url = {metadata}, refresh = \"12h\"{private} }}"
                    )
                } else {
                    format!("protocol = \"saml\"\nmetadata = {{ file = {metadata} }}")
                }
            }
            StarterIdp::Oidc {
                issuer,
                client_id,
                client_secret,
            } => format!(
                "protocol      = \"oidc\"\n\
                 issuer        = {}      # byte for byte as its discovery document says it\n\
                 client_id     = {}\n\
                 client_secret = {}\n\
                 scopes        = [\"openid\", \"email\", \"profile\"]\n\
                 userinfo      = true",
                quoted(issuer),
                quoted(client_id),
                secret(client_secret)
            ),
        }
    }

    fn login_url(&self) -> String {
        let about = "# The account's Flex login link: where /login/NAME leads, and \"try again\" on a refusal.";
        match &self.login_url {
            Some(url) => format!("{about}\nlogin_url   = {}", quoted(url)),
            None => {
                format!("{about}\n# login_url = \"https://flex.twilio.com/YOUR-RUNTIME-DOMAIN\"")
            }
        }
    }

    fn locations(&self) -> (String, String) {
        match &self.locations {
            StarterLocations::Twilio(key, api_secret) => (
                format!(
                    "# A Standard API key: restricted ones can't read the Flex configuration.\n\
                     twilio      = {{ api_key = {}, api_secret = {} }}",
                    quoted(key),
                    secret(api_secret)
                ),
                "{ from = \"twilio\", refresh = \"5m\" }".to_owned(),
            ),
            StarterLocations::File(file) => (
                "# twilio = { api_key = \"SK…\", api_secret = { env = \"TWILIO_API_SECRET\" } }"
                    .to_owned(),
                format!("{{ from = \"file\", path = {} }}", path(file)),
            ),
        }
    }
}

/// `template` with each `@name@` replaced, in one pass: what a value holds is never replaced again.
fn fill(template: &str, places: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    for (position, piece) in template.split('@').enumerate() {
        if position % 2 == 0 {
            out.push_str(piece);
        } else if let Some((_, value)) = places.iter().find(|(name, _)| *name == piece) {
            out.push_str(value);
        }
    }
    out
}

#[cfg(test)]
#[path = "starter_tests.rs"]
mod starter_tests;
