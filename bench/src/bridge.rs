//! Flexbridge as the bridge under test: a private installation on loopback.

use std::{
    fmt::Write as _,
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use url::Url;

use crate::{
    keys::Identity,
    login::{Ends, Subject},
};

/// What is varied.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// Whether xmlsec is asked, too.
    pub second_opinion: bool,
    /// How many rules stand before the one that decides.
    pub rules: usize,
    /// How many locations are defined.
    pub locations: usize,
}

/// A running bridge; dropping it ends it.
pub struct Bridge {
    child: Child,
    pub subject: Subject,
    pub folder: TempDir,
    /// The port of its administrator's address.
    pub admin: u16,
    /// From its start to its first ready answer.
    pub started_in: Duration,
}

/// Where a bridge that is about to start is to be found.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its folder.
    pub folder: &'a Path,
    /// The port that browsers reach.
    pub public: u16,
    /// The administrator's port.
    pub admin: u16,
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Bridge {
    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Fails when it has ended.
    pub fn still_runs(&mut self) -> Result<()> {
        let Some(status) = self.child.try_wait()? else {
            return Ok(());
        };
        let log = fs::read_to_string(self.folder.path().join("log"))?;
        bail!("it ended with {status}: {log}")
    }

    /// Starts `program` for these ends.
    pub fn start(program: &Path, ends: &Ends, variant: Variant) -> Result<Self> {
        let written = |place: &Place<'_>| configuration(place, ends, variant);
        Self::start_with(program, ends, variant.locations, &[], &written)
    }

    /// Starts `program serve WORDS` for these ends, with the configuration that is written.
    pub fn start_with(
        program: &Path,
        ends: &Ends,
        defined: usize,
        words: &[&str],
        written: &dyn Fn(&Place<'_>) -> String,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("flexbridge-bench-")
            .tempdir()?;
        let at = folder.path();
        let public = free_port()?;
        let admin = free_port()?;
        Identity::generate("Flexbridge")?.write(at, "assertion")?;
        let mut cookie = [0; 32];
        aws_lc_rs::rand::fill(&mut cookie)
            .ok()
            .context("no random bytes")?;
        write_secret(&at.join("cookie.key"), &hex::encode(cookie))?;
        fs::write(at.join("idp.xml"), ends.company.metadata())?;
        fs::write(at.join("locations.json"), locations(defined))?;
        let place = Place {
            folder: at,
            public,
            admin,
        };
        fs::write(at.join("flexbridge.toml"), written(&place))?;
        let begun = Instant::now();
        let child = Command::new(program)
            .arg("--config")
            .arg(at.join("flexbridge.toml"))
            .arg("serve")
            .args(words)
            .stdout(Stdio::null())
            .stderr(fs::File::create(at.join("log"))?)
            .spawn()
            .with_context(|| format!("{}", program.display()))?;
        let base = format!("http://127.0.0.1:{public}");
        let mut bridge = Self {
            child,
            subject: Subject {
                sso_url: Url::parse(&format!("{base}/saml/idp/production/sso"))?,
                sp_entity_id: format!("{base}/saml/sp/hq"),
                sp_acs_url: format!("{base}/saml/sp/hq/acs"),
            },
            folder,
            admin,
            started_in: Duration::ZERO,
        };
        bridge.wait_until_ready(admin)?;
        bridge.started_in = begun.elapsed();
        Ok(bridge)
    }

    fn wait_until_ready(&mut self, admin: u16) -> Result<()> {
        use std::io::{Read, Write};
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if let Some(status) = self.child.try_wait()? {
                let log = fs::read_to_string(self.folder.path().join("log"))?;
                bail!("it ended with {status}: {log}");
            }
            if let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", admin)) {
                write!(
                    stream,
                    "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer)?;
                if answer.starts_with("HTTP/1.1 200") {
                    return Ok(());
                }
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        bail!("it is not ready after 20 seconds")
    }
}

/// A port that nobody listens on.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A file for its owner alone.
pub fn write_secret(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(())
}

fn locations(count: usize) -> String {
    let more = (1..count.max(1)).map(|number| {
        format!(r#",{{"name":"Office number {number}","edge":["singapore","roaming"]}}"#)
    });
    format!(
        r#"[{{"name":"Singapore Office","edge":["singapore-ix","singapore","roaming"]}}{}]"#,
        more.collect::<String>()
    )
}

fn configuration(place: &Place<'_>, ends: &Ends, variant: Variant) -> String {
    let Place { public, admin, .. } = place;
    let at = place.folder.display();
    let mut earlier = String::new();
    for number in 1..variant.rules.max(1) {
        let _ = write!(
            earlier,
            "[[flex.production.location.rule]]\nwhen = {{ one_of = [\"OTHER-{number}\"] }}\nassign = \"Singapore Office\"\n"
        );
    }
    format!(
        r#"version    = 1
public_url = "http://127.0.0.1:{public}"
[listen]
public = "127.0.0.1:{public}"
admin  = "127.0.0.1:{admin}"
[keys]
cookie    = [{{ file = "{at}/cookie.key" }}]
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
{earlier}[[flex.production.location.rule]]
when   = {{ one_of = ["SG-01"] }}
assign = "Singapore Office"
[store]
kind = "embedded"
path = "{at}/store"
"#,
        variant.second_opinion, ends.flex.entity_id, ends.flex.acs_url,
    )
}
