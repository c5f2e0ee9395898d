//! A whole bridge in this process, configured by a file as anywhere else.

use std::{fs, net::SocketAddr, path::PathBuf, sync::Arc};

use flexbridge::{
    app::{self, Running},
    clock::{Clock, SystemClock, SystemRandom},
    keys::generate_cookie_key,
};
use tempfile::TempDir;
use url::Url;

use super::{child::free_port, identity::SigningIdentity};

/// What a test says of the bridge it wants; everything else is as in a real file.
pub struct Plan {
    /// The identity provider's metadata: the TOML value behind `metadata =`.
    pub metadata: String,
    /// More lines for `[idp.hq]`.
    pub idp: String,
    /// `sso = …` of `[flex.production]`.
    pub sso: String,
    /// More lines for `[flex.production]`.
    pub flex: String,
    /// The lines of `[flex.production.claims]`.
    pub claims: String,
    /// The lines of `[flex.production.location]` and its rules, without `defined`.
    pub location: String,
    /// The defined locations, JSON.
    pub defined: String,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

/// The two locations of Twilio's own article.
pub const ARTICLE: &str = r#"{ "locations": [
  { "name": "Singapore Office", "edge": ["singapore-ix", "singapore", "roaming"] },
  { "name": "San Francisco Office", "edge": ["sanjose-ix", "ashburn-ix", "ashburn"] }
] }"#;

impl Default for Plan {
    fn default() -> Self {
        Self {
            metadata: String::new(),
            idp: String::new(),
            sso: r#"{ profile = "enhanced", connection = "JQ0123456789" }"#.to_owned(),
            flex: String::new(),
            claims: "email = [\"email\"]\nfull_name = [\"displayName\"]\nroles = [\"roles\"]\n"
                .to_owned(),
            location: "attribute = [\"physicalDeliveryOfficeName\", \"department\"]\n".to_owned(),
            defined: ARTICLE.to_owned(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// A bridge that runs until it is dropped.
pub struct Bridge {
    /// Its public URL.
    pub url: String,
    /// Its administrator's address.
    pub admin: SocketAddr,
    /// The certificate that signs for Flex, PEM.
    pub certificate: String,
    /// Where its files are.
    pub folder: TempDir,
    /// The process within the process.
    pub running: Running,
}

impl Bridge {
    /// Writes keys and a configuration, and starts.
    pub async fn start(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let url = format!("http://localhost:{port}");
        let certificate = write_keys(&folder);
        let path = write_config(&folder, &url, port, &plan);
        let running = app::start(&path, plan.clock, Arc::new(SystemRandom))
            .await
            .unwrap_or_else(|error| panic!("{error}: {error:?}"));
        let admin = running.admin;
        Self {
            url,
            admin,
            certificate,
            folder,
            running,
        }
    }

    /// Where Flex sends its requests.
    pub fn sso_url(&self) -> String {
        format!("{}/saml/idp/production/sso", self.url)
    }

    /// Our entity ID towards Flex.
    pub fn idp_entity_id(&self) -> String {
        format!("{}/saml/idp/production", self.url)
    }

    /// An address below the public URL.
    pub fn at(&self, path: &str) -> Url {
        format!("{}{path}", self.url).parse().unwrap()
    }

    /// An address of the administrator.
    pub fn admin_at(&self, path: &str) -> Url {
        format!("http://{}{path}", self.admin).parse().unwrap()
    }
}

/// The bridge's entity ID and ACS towards `hq`, for a public URL.
pub fn sp_of(url: &str) -> (String, String) {
    let entity_id = format!("{url}/saml/sp/hq");
    let acs = format!("{entity_id}/acs");
    (entity_id, acs)
}

fn write_keys(folder: &TempDir) -> String {
    let signing = SigningIdentity::generate("flexbridge test");
    fs::write(folder.path().join("assertion.pem"), &signing.certificate).unwrap();
    fs::write(folder.path().join("assertion.key"), &signing.private_key).unwrap();
    let cookie = generate_cookie_key(&SystemRandom).unwrap();
    fs::write(folder.path().join("cookie.key"), cookie.expose()).unwrap();
    signing.certificate
}

fn write_config(folder: &TempDir, url: &str, port: u16, plan: &Plan) -> PathBuf {
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::write(folder.path().join("locations.json"), &plan.defined).unwrap();
    let text = format!(
        r#"version = 1
public_url = "{url}"
[listen]
public = "127.0.0.1:{port}"
admin = "127.0.0.1:0"
[keys]
cookie = [{{ file = "{cookie}" }}]
assertion = [{{ certificate = "{certificate}", private_key = {{ file = "{key}" }} }}]
[idp.hq]
protocol = "saml"
metadata = {metadata}
{idp}
[flex.production]
idp = "hq"
account_sid = "AC00000000000000000000000000000000"
sso = {sso}
{flex}
[flex.production.claims]
{claims}
[flex.production.location]
defined = {{ from = "file", path = "{locations}" }}
{location}
[store]
kind = "embedded"
path = "{store}"
"#,
        cookie = at("cookie.key"),
        certificate = at("assertion.pem"),
        key = at("assertion.key"),
        metadata = plan.metadata,
        idp = plan.idp,
        sso = plan.sso,
        flex = plan.flex,
        claims = plan.claims,
        locations = at("locations.json"),
        location = plan.location,
        store = at("store"),
    );
    let path = folder.path().join("flexbridge.toml");
    fs::write(&path, text).unwrap();
    path
}
