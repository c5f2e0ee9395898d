//! A bridge as a file configures it, without its listeners: requests go straight to its logins.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use flexbridge::{
    app,
    clock::{FixedClock, Random, RandomUnavailable, Timestamp},
    keys::{RsaBits, generate_pair},
    login::{Answer, BrowserStep, LoginCookie, Logins, RequestContext},
    saml::binding::redirect,
    store::{EmbeddedJournal, EmbeddedStore, Journal},
    telemetry::{KnownNames, Metrics},
};

use super::company::{Asked, Company, Says};

const PUBLIC_URL: &str = "http://127.0.0.1:8443";
/// Flex as this bridge's service provider.
pub const FLEX: (&str, &str) = (
    "urn:flex:JQ0123456789",
    "https://login.flex.example/login/callback?connection=JQ0123456789",
);

/// When everything happens.
pub fn now() -> Timestamp {
    "2026-03-01T10:00:00Z".parse().unwrap()
}

/// Bytes that nobody could guess who does not know how often somebody asked: the same in
/// each run.
#[derive(Default)]
pub struct Repeatable(AtomicU64);

impl Random for Repeatable {
    fn fill(&self, destination: &mut [u8]) -> Result<(), RandomUnavailable> {
        for chunk in destination.chunks_mut(32) {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            let block = digest(&SHA256, &number.to_be_bytes());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
        Ok(())
    }
}

/// What is varied.
#[derive(Clone, Copy)]
pub struct Variant {
    pub second_opinion: bool,
    /// Rules before and with the one that decides.
    pub rules: usize,
    /// Defined locations.
    pub locations: usize,
}

impl Default for Variant {
    fn default() -> Self {
        Self {
            second_opinion: true,
            rules: 1,
            locations: 2,
        }
    }
}

/// Makes keys and configuration in `folder`, and the company whose metadata it names.
pub fn furnish(folder: &Path, variant: Variant) -> Company {
    let ours = generate_pair("Flexbridge", RsaBits::Rsa2048, now()).unwrap();
    let theirs = generate_pair("Company", RsaBits::Rsa2048, now()).unwrap();
    let company = Company::new(&theirs);
    fs::write(folder.join("assertion.pem"), &ours.certificate_pem).unwrap();
    write_secret(&folder.join("assertion.key"), ours.private_key_pem.expose());
    write_secret(&folder.join("cookie.key"), &"0123456789abcdef".repeat(4));
    write_secret(&folder.join("agent.key"), &"fedcba9876543210".repeat(4));
    fs::write(folder.join("idp.xml"), company.metadata()).unwrap();
    fs::write(folder.join("locations.json"), locations(variant.locations)).unwrap();
    configure(folder, variant);
    company
}

/// Writes the configuration anew, for the keys that are there.
pub fn configure(folder: &Path, variant: Variant) {
    fs::write(
        folder.join("flexbridge.toml"),
        configuration(folder, variant),
    )
    .unwrap();
}

/// For this user alone, or the bridge would refuse it.
pub fn write_secret(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The defined locations: the one that counts comes last.
pub fn locations(count: usize) -> String {
    let more = (1..count.max(1)).map(|number| {
        format!(r#"{{"name":"Office number {number}","edge":["singapore","roaming"]}},"#)
    });
    format!(
        r#"[{}{{"name":"Singapore Office","edge":["singapore-ix","singapore","roaming"]}}]"#,
        more.collect::<String>()
    )
}

/// The lines of `[flex.production.location]` and its rules, without `defined`.
pub fn rules(count: usize) -> String {
    let earlier = (1..count.max(1)).map(|number| {
        format!(
            "[[flex.production.location.rule]]\nwhen = {{ one_of = [\"OTHER-{number}\"] }}\nassign = \"Singapore Office\"\n"
        )
    });
    format!(
        "{}[[flex.production.location.rule]]\nwhen = {{ one_of = [\"SG-01\"] }}\nassign = \"Singapore Office\"\n",
        earlier.collect::<String>()
    )
}

fn configuration(folder: &Path, variant: Variant) -> String {
    let at = folder.display();
    format!(
        r#"version    = 1
public_url = "{PUBLIC_URL}"
[listen]
public = "127.0.0.1:8443"
admin  = "127.0.0.1:9443"
[keys]
cookie    = [{{ file = "{at}/cookie.key" }}]
agent     = {{ file = "{at}/agent.key" }}
assertion = [{{ certificate = "{at}/assertion.pem", private_key = {{ file = "{at}/assertion.key" }} }}]
[idp.hq]
protocol = "saml"
metadata = {{ file = "{at}/idp.xml" }}
second_opinion = {}
[flex.production]
idp         = "hq"
account_sid = "AC0123456789abcdef0123456789abcdef"
sso         = {{ profile = "custom", entity_id = "{}", acs_url = "{}" }}
[flex.production.claims]
email     = ["email"]
full_name = ["full_name"]
roles     = ["roles"]
[flex.production.location]
attribute = ["office"]
defined   = {{ from = "file", path = "{at}/locations.json" }}
no_match  = "refuse"
{}[store]
kind = "embedded"
path = "{at}/store"
"#,
        variant.second_opinion,
        FLEX.0,
        FLEX.1,
        rules(variant.rules)
    )
}

/// A bridge's logins, with a store and a journal of their own.
pub struct World {
    pub logins: Logins,
    journal: Arc<dyn Journal>,
    context: RequestContext,
}

/// A login that has begun.
pub struct Begun {
    pub request_id: String,
    pub relay_state: String,
    pub cookie: LoginCookie,
}

impl World {
    /// From the configuration in `folder`; used identifiers and journal go to `state`.
    pub async fn open(folder: &Path, state: &Path) -> Self {
        let clock = Arc::new(FixedClock(now()));
        let config: PathBuf = folder.join("flexbridge.toml");
        let parts = app::parts(&config, clock.clone(), Arc::new(Repeatable::default()));
        let parts = parts
            .await
            .unwrap_or_else(|error| panic!("{error}: {error:?}"));
        let known = KnownNames {
            flex: parts.bridge.flex.keys().cloned().collect(),
            idp: parts.bridge.idp.keys().cloned().collect(),
        };
        let journal: Arc<dyn Journal> = Arc::new(EmbeddedJournal::open(state).unwrap());
        let logins = Logins::new(
            parts.bridge,
            Arc::new(EmbeddedStore::open(state).unwrap()),
            journal.clone(),
            clock,
            Arc::new(Repeatable::default()),
            Arc::new(Metrics::new(known)),
        );
        Self {
            logins,
            journal,
            context: RequestContext {
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                cookies: String::new(),
            },
        }
    }

    /// Flex asks, as its request of that number: what the browser takes to the company.
    pub async fn begin(&self, query: &str) -> Begun {
        let request = redirect::decode(query);
        let answer = self
            .logins
            .begin("production", request, &self.context)
            .await;
        let Answer { mut cookies, step } = answer.unwrap();
        let BrowserStep::Redirect(to) = step else {
            panic!("{step:?}");
        };
        let parameter = |name: &str| {
            let mut all = to.query_pairs();
            all.find(|(known, _)| known == name).unwrap().1.into_owned()
        };
        Begun {
            request_id: request_id(&parameter("SAMLRequest")),
            relay_state: parameter("RelayState"),
            cookie: cookies.pop().unwrap(),
        }
    }

    /// The company's answer comes back as this form.
    pub async fn finish(&self, cookie: &LoginCookie, form: &str) -> String {
        let context = RequestContext {
            cookies: format!("{}={}", cookie.name, cookie.value),
            ..self.context.clone()
        };
        let answer = self.logins.finish("hq", form.as_bytes(), &context).await;
        match answer.unwrap().step {
            BrowserStep::Post { fields, .. } => fields.into_iter().next().unwrap().1,
            step => panic!("{step:?}"),
        }
    }

    /// Everything that is owed to the journal is written.
    pub async fn settle(&self) {
        self.journal.flush().await.unwrap();
    }
}

/// The form that the browser brings.
pub fn form(company: &Company, begun: &Begun, says: &Says, number: u64) -> String {
    let asked = Asked {
        request_id: &begun.request_id,
        audience: &format!("{PUBLIC_URL}/saml/sp/hq"),
        acs_url: &format!("{PUBLIC_URL}/saml/sp/hq/acs"),
        now: now(),
    };
    form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLResponse", &company.answer(asked, says, number))
        .append_pair("RelayState", &begun.relay_state)
        .finish()
}

/// Flex's request of that number, as a query.
pub fn request(number: u64) -> String {
    use std::io::Write as _;
    let (issuer, acs) = FLEX;
    let xml = format!(
        r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="{PUBLIC_URL}/saml/idp/production/sso" AssertionConsumerServiceURL="{acs}" ID="_f{number:031x}" IssueInstant="2026-03-01T10:00:00Z" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Version="2.0"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</saml:Issuer></samlp:AuthnRequest>"#
    );
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(xml.as_bytes()).unwrap();
    form_urlencoded::Serializer::new(String::new())
        .append_pair(
            "SAMLRequest",
            &BASE64_STANDARD.encode(deflate.finish().unwrap()),
        )
        .append_pair("RelayState", "https://flex.example/agent-desktop?state=1")
        .finish()
}

fn request_id(parameter: &str) -> String {
    use std::io::Read as _;
    let mut xml = String::new();
    DeflateDecoder::new(&*BASE64_STANDARD.decode(parameter).unwrap())
        .read_to_string(&mut xml)
        .unwrap();
    let (_, rest) = xml.split_once(" ID=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}
