//! A configured bridge that nobody started, and the Twilio account that it is for.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use flexbridge::{
    admin::locations::{Applied, Failed, Plan as Change, apply, diff},
    app::{self, Parts},
    clock::{Clock, SystemClock, SystemRandom},
    login::FlexAccount,
    twilio::Limits,
};
use serde_json::{Value, json};

use crate::support::{
    bridge::{Plan, Site},
    twilio::{ACCOUNT, Running, quick, start},
};

/// An administrator's desk.
pub struct Desk {
    pub demo: Running,
    pub site: Site,
    pub parts: Parts,
}

/// What a command said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The plan of a desk: the list comes from the demo Twilio.
pub fn plan(demo: &Running) -> Plan {
    Plan {
        metadata: r#"{ url = "https://idp.example.com/metadata" }"#.to_owned(),
        account_sid: ACCOUNT.to_owned(),
        flex: format!("twilio = {}", demo.toml()),
        defined: r#"{ from = "twilio" }"#.to_owned(),
        ..Plan::default()
    }
}

/// Limits under which a lost answer is known to be lost soon; large bodies are read.
pub fn soon() -> Limits {
    Limits {
        attempt: std::time::Duration::from_secs(3),
        body: 8 * 1024 * 1024,
        total: std::time::Duration::from_secs(20),
        ..quick()
    }
}

impl Desk {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Plan)) -> Self {
        let (demo, site) = (start().await, Site::new());
        let mut plan = plan(&demo);
        change(&mut plan);
        let file = site.file("locations.json").display().to_string();
        plan.more = plan.more.replace("{locations.json}", &file);
        site.write(&plan);
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let mut parts = app::parts_unasked(&site.config(), clock, random)
            .unwrap_or_else(|error| panic!("{error}: {error:?}"));
        for account in parts.bridge.flex.values_mut() {
            account.twilio = Some(demo.client(soon()));
        }
        Self { demo, site, parts }
    }

    pub fn account(&self) -> &FlexAccount {
        &self.parts.bridge.flex[&"production".parse().unwrap()]
    }

    /// What a document would change.
    pub async fn diff(&self, document: &Value) -> Result<Change, Failed> {
        let bytes = document.to_string().into_bytes();
        diff(self.account(), bytes, SystemClock.now()).await
    }

    /// Shows, agrees and applies.
    pub async fn apply(&self, document: &Value) -> Result<Applied, Failed> {
        self.carry_out(self.diff(document).await?).await
    }

    pub async fn carry_out(&self, change: Change) -> Result<Applied, Failed> {
        let shown = change.fingerprint.clone();
        apply(self.account(), change.confirm(&shown)?, &SystemClock).await
    }

    pub fn attributes(&self) -> Value {
        self.demo.twilio.configuration()["ui_attributes"].clone()
    }

    pub fn backups(&self) -> std::path::PathBuf {
        self.site.file("store/backups/production")
    }

    /// How often Twilio was asked to write since the recording was started, and did it.
    pub fn written(&self) -> usize {
        let recorded = self.demo.twilio.recorded();
        let posts = recorded.iter().filter(|one| one.method == "POST");
        posts.filter(|one| one.status == 200).count()
    }

    /// Runs a command, its standard input closed.
    pub async fn run(&self, words: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flexbridge"));
        command
            .arg("--config")
            .arg(self.site.config())
            .args(words)
            .current_dir(self.site.folder.path())
            .env_clear()
            .stdin(Stdio::null());
        said(command).await
    }

    /// Runs a command at a terminal, where somebody types `answer`.
    pub async fn run_at_terminal(&self, words: &str, answer: &str) -> Said {
        let (binary, config) = (env!("CARGO_BIN_EXE_flexbridge"), self.site.config());
        let line = format!("{binary} --config {} {words}", config.display());
        let typed = self.site.file("typed");
        std::fs::write(&typed, format!("{answer}\n")).unwrap();
        let mut command = Command::new("script");
        command
            .current_dir(self.site.folder.path())
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .stdin(std::fs::File::open(typed).unwrap());
        said(command).await
    }

    pub fn write(&self, name: &str, document: &Value) -> String {
        let path = self.site.file(name);
        std::fs::write(&path, document.to_string()).unwrap();
        path.display().to_string()
    }
}

async fn said(mut command: Command) -> Said {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await;
    let output = output.unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The list of Twilio's article with its typing mistake mended, and one more.
pub fn wanted() -> Value {
    json!([
        { "name": "Singapore Office", "edge": ["singapore-ix", "singapore", "roaming"] },
        { "name": "San Francisco Office", "edge": ["san-jose-ix", "ashburn-ix", "ashburn"] },
        { "name": "Remote Asia", "edge": "roaming" }
    ])
}

/// The names of the files in a directory, sorted.
pub fn files(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
