//! A whole bridge in this process, configured by a file as anywhere else.

use std::{
    fs,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use flexbridge::{
    app::{self, Running},
    clock::{Clock, SystemClock, SystemRandom},
    identity::{LoginRecord, LoginReference, RefusalCode},
    keys::generate_cookie_key,
    store::{EmbeddedJournal, JournalRead as _},
};
use tempfile::TempDir;
use url::Url;

use super::{child::free_port, identity::SigningIdentity, mirror, overheard};

/// What a test says of the bridge it wants; everything else is as in a real file.
#[derive(Clone)]
pub struct Plan {
    /// More lines for `[listen]`.
    pub listen: String,
    /// More lines for `[keys]`.
    pub keys: String,
    /// The identity provider's metadata: the TOML value behind `metadata =`.
    pub metadata: String,
    /// Instead of SAML and its metadata: the first lines of `[idp.hq]`, `protocol` among them.
    pub protocol: String,
    /// More lines for `[idp.hq]`.
    pub idp: String,
    /// `idp = …` of `[flex.production]`.
    pub chosen: String,
    /// The Flex account's SID.
    pub account_sid: String,
    /// `sso = …` of `[flex.production]`.
    pub sso: String,
    /// More lines for `[flex.production]`.
    pub flex: String,
    /// The lines of `[flex.production.claims]`.
    pub claims: String,
    /// `defined = …` of the location; empty for the file with `locations`.
    pub defined: String,
    /// The defined locations, JSON.
    pub locations: String,
    /// The lines of `[flex.production.location]` and its rules, without `defined`.
    pub location: String,
    /// The lines of `[store]` without `path`.
    pub store: String,
    /// More sections.
    pub more: String,
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
            listen: String::new(),
            keys: String::new(),
            metadata: String::new(),
            protocol: String::new(),
            idp: String::new(),
            chosen: "\"hq\"".to_owned(),
            account_sid: "AC00000000000000000000000000000000".to_owned(),
            sso: r#"{ profile = "enhanced", connection = "JQ0123456789" }"#.to_owned(),
            flex: String::new(),
            claims: "email = [\"email\"]\nfull_name = [\"displayName\"]\nroles = [\"roles\"]\n"
                .to_owned(),
            defined: String::new(),
            locations: ARTICLE.to_owned(),
            location: "attribute = [\"physicalDeliveryOfficeName\", \"department\"]\n".to_owned(),
            store: "kind = \"embedded\"".to_owned(),
            more: String::new(),
            clock: Arc::new(SystemClock),
        }
    }
}

/// Where a bridge lives: its addresses, its keys, its folder. It stays when the bridge restarts.
pub struct Site {
    /// The public URL.
    pub url: String,
    /// The port it listens on.
    pub port: u16,
    /// The certificate that signs for Flex, PEM.
    pub certificate: String,
    /// Where its files are.
    pub folder: TempDir,
}

impl Site {
    /// A new one with fresh keys.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        Self {
            url: format!("http://localhost:{port}"),
            port,
            certificate: write_keys(&folder),
            folder,
        }
    }

    /// Another node of the same bridge: the same public URL and keys, another port and folder.
    pub fn twin(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for key in ["assertion.pem", "assertion.key", "cookie.key"] {
            fs::copy(self.folder.path().join(key), folder.path().join(key)).unwrap();
        }
        Self {
            url: self.url.clone(),
            port: free_port(),
            certificate: self.certificate.clone(),
            folder,
        }
    }

    /// A file in its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the configuration is.
    pub fn config(&self) -> PathBuf {
        self.file("flexbridge.toml")
    }

    /// Writes the configuration.
    pub fn write(&self, plan: &Plan) {
        fs::write(self.file("locations.json"), &plan.locations).unwrap();
        fs::write(self.config(), self.text(plan)).unwrap();
    }

    fn text(&self, plan: &Plan) -> String {
        let at = |name: &str| self.file(name).display().to_string();
        let defined = if plan.defined.is_empty() {
            format!(r#"{{ from = "file", path = "{}" }}"#, at("locations.json"))
        } else {
            plan.defined.clone()
        };
        format!(
            r#"version = 1
public_url = "{url}"
[listen]
public = "127.0.0.1:{port}"
admin = "127.0.0.1:0"
{listen}
[keys]
cookie = [{{ file = "{cookie}" }}]
assertion = [{{ certificate = "{certificate}", private_key = {{ file = "{key}" }} }}]
{keys}
[idp.hq]
{protocol}
{idp}
[flex.production]
idp = {chosen}
{name_ids}
account_sid = "{account_sid}"
sso = {sso}
{flex}
[flex.production.claims]
{claims}
[flex.production.location]
defined = {defined}
{location}
[store]
{store}
path = "{path}"
{more}
"#,
            url = self.url,
            port = self.port,
            listen = plan.listen,
            cookie = at("cookie.key"),
            certificate = at("assertion.pem"),
            key = at("assertion.key"),
            keys = plan.keys,
            protocol = if plan.protocol.is_empty() {
                format!("protocol = \"saml\"\nmetadata = {}", plan.metadata)
            } else {
                plan.protocol.clone()
            },
            idp = plan.idp,
            chosen = plan.chosen,
            // Where the test does not say whose a NameID is, everybody's are the same people.
            name_ids = if plan.chosen.starts_with('[') && !plan.flex.contains("name_ids") {
                "name_ids = \"shared\""
            } else {
                ""
            },
            account_sid = plan.account_sid,
            sso = plan.sso,
            flex = plan.flex,
            claims = plan.claims,
            location = plan.location,
            store = plan.store,
            path = at("store"),
            more = plan
                .more
                .replace("@/", &format!("{}/", self.folder.path().display())),
        )
    }

    /// Where Flex sends its requests.
    pub fn sso_url(&self) -> String {
        format!("{}/saml/idp/production/sso", self.url)
    }

    /// Our entity ID towards Flex.
    pub fn idp_entity_id(&self) -> String {
        format!("{}/saml/idp/production", self.url)
    }

    /// Our ACS towards `hq`.
    pub fn acs_url(&self) -> String {
        sp_of(&self.url).1
    }

    /// An address below the public URL.
    pub fn at(&self, path: &str) -> Url {
        format!("{}{path}", self.url).parse().unwrap()
    }

    /// The journal's newest record of a login with this outcome's code; waits a
    /// little until it is written.
    pub async fn record(&self, reference: &str, code: Option<&str>) -> Option<LoginRecord> {
        let journal = EmbeddedJournal::open(&self.file("store")).unwrap();
        let reference = LoginReference::try_from(reference.to_owned()).unwrap();
        for _ in 0..100 {
            let found = journal.find(&reference).await.unwrap();
            let fits = |record: &LoginRecord| record.code.map(RefusalCode::as_str) == code;
            if let Some(record) = found.filter(fits) {
                return Some(record);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        overheard::look_over(self.folder.path());
    }
}

/// A bridge that runs until it is dropped.
pub struct Bridge {
    /// Where it lives.
    pub site: Site,
    /// Its administrator's address.
    pub admin: SocketAddr,
    /// The process within the process.
    pub running: Running,
}

impl std::ops::Deref for Bridge {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Bridge {
    /// Starts one at a new place.
    pub async fn start(plan: Plan) -> Self {
        Self::start_at(Site::new(), plan).await
    }

    /// Starts one where it lives.
    pub async fn start_at(site: Site, plan: Plan) -> Self {
        site.write(&plan);
        let clock = plan.clock;
        let running = app::start(&site.config(), clock.clone(), Arc::new(SystemRandom))
            .await
            .unwrap_or_else(|error| panic!("{error}: {error:?}"));
        let admin = running.admin;
        mirror::know(&site, &clock, running.looking());
        Self {
            site,
            admin,
            running,
        }
    }

    /// Stops it in order; what is on disk stays.
    pub async fn stop(self) -> Site {
        self.running.stop().await.unwrap();
        self.site
    }

    /// Another configuration for the running one.
    pub async fn reload(&self, plan: &Plan) {
        self.site.write(plan);
        self.running.reload().await.unwrap();
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
    write_secret(&folder.path().join("assertion.key"), &signing.private_key);
    let cookie = generate_cookie_key(&SystemRandom).unwrap();
    write_secret(&folder.path().join("cookie.key"), cookie.expose());
    signing.certificate
}

/// For this user alone, or the bridge would refuse it.
pub fn write_secret(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
