//! `flexbridge workers …` as a real process against the demo Twilio API, by HTTP.
//!
//! Must never: look at what the command says where Twilio's own state can tell.

mod audit;
mod killed;
mod page;
mod set;
mod trouble;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use axum::Router;
use flexbridge::demo::twilio::{DemoTwilio, Worker};
use serde_json::{Value, json};

use crate::support::{
    bridge::{Plan, Site},
    twilio::{ACCOUNT, Running, start, start_behind},
};

/// A bridge's configuration, and the Twilio account that it is for.
struct Company {
    demo: Running,
    site: Site,
}

/// What a command came to.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}

impl Company {
    async fn new() -> Self {
        Self::with(start().await)
    }

    /// The same with something between its Twilio and everybody else.
    async fn behind(wrap: impl FnOnce(&DemoTwilio, Router) -> Router) -> Self {
        Self::with(start_behind(wrap).await)
    }

    fn with(demo: Running) -> Self {
        let site = Site::new();
        let metadata = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/fixtures/idp/keycloak.xml"
        );
        let rules = r#"attribute = ["department"]
            [[flex.production.location.rule]]
            when = { one_of = ["SG-01"] }
            assign = "Singapore Office"
            [[flex.production.location.rule]]
            when = { starts_with = "US-", network = ["203.0.113.0/24"] }
            assign = "San Francisco Office"
        "#;
        site.write(&Plan {
            metadata: format!(r#"{{ file = "{metadata}" }}"#),
            account_sid: ACCOUNT.to_owned(),
            flex: format!("twilio = {}", demo.toml()),
            defined: r#"{ from = "twilio", refresh = "5m" }"#.to_owned(),
            location: rules.to_owned(),
            ..Plan::default()
        });
        Self { demo, site }
    }

    fn hire(&self, friendly_name: &str, attributes: Value) -> String {
        let Value::Object(attributes) = attributes else {
            panic!("{attributes} is no object");
        };
        let worker = self.demo.twilio.create_worker(friendly_name, &attributes);
        worker.unwrap().sid
    }

    fn worker(&self, friendly_name: &str) -> Worker {
        self.demo.twilio.worker_named(friendly_name).unwrap()
    }

    /// The worker's `flex_location`, and how often the worker was written.
    fn location(&self, friendly_name: &str) -> (Value, u64) {
        let worker = self.worker(friendly_name);
        let location = worker.attributes().get("flex_location").cloned();
        (location.unwrap_or(json!("absent")), worker.version)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.site.file(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flexbridge"));
        command
            .arg("--config")
            .arg(self.site.config())
            .arg("workers")
            .args(words)
            .current_dir(self.site.folder.path())
            .stdin(Stdio::null());
        command
    }

    async fn run(&self, words: &[&str]) -> Ran {
        let mut command = self.command(words);
        let output = tokio::task::spawn_blocking(move || command.output());
        let Output {
            status,
            stdout,
            stderr,
        } = output.await.unwrap().unwrap();
        Ran {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// The same as fast as it goes.
    async fn run_fast(&self, words: &[&str]) -> Ran {
        let speed = ["--rate", "10000", "--at-once", "8"];
        self.run(&[words, &speed].concat()).await
    }
}

fn exists(directory: &Path, name: &str) -> bool {
    directory.join(name).exists()
}
