//! The demo Twilio API, listening, and a client of ours for it.

use std::{sync::Arc, time::Duration};

use axum::Router;
use flexbridge::{
    clock::{SystemClock, SystemRandom},
    demo::twilio::DemoTwilio,
    settings::{Problem, Secret},
    twilio::{Client, Limits, Settings},
};
use tempfile::NamedTempFile;

pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const KEY: &str = "SK0123456789abcdef0123456789abcdef";
pub const SECRET: &str = "hush: not to be seen";
pub const TOKEN: &str = "the-account's-auth-token";

/// A demo Twilio API on loopback; it ends with the test's runtime.
pub struct Running {
    pub twilio: DemoTwilio,
    pub url: String,
    secret: NamedTempFile,
}

pub async fn start() -> Running {
    start_behind(|_, router| router).await
}

/// The same with something between it and everybody else.
pub async fn start_behind(wrap: impl FnOnce(&DemoTwilio, Router) -> Router) -> Running {
    let twilio = DemoTwilio::new(
        ACCOUNT,
        vec![
            (KEY.to_owned(), Secret::new(SECRET.to_owned())),
            (ACCOUNT.to_owned(), Secret::new(TOKEN.to_owned())),
        ],
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )
    .unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = wrap(&twilio, twilio.router());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let secret = NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), SECRET).unwrap();
    Running {
        twilio,
        url,
        secret,
    }
}

/// Limits that let a test see all tries within a moment.
pub fn quick() -> Limits {
    Limits {
        connect: Duration::from_secs(2),
        attempt: Duration::from_secs(2),
        total: Duration::from_secs(5),
        tries: 3,
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(20),
        body: 64 * 1024,
    }
}

impl Running {
    pub fn settings(&self) -> Settings {
        serde_json::from_value(serde_json::json!({
            "api_key": KEY,
            "api_secret": { "file": self.secret.path() },
            "flex_api_url": self.url,
            "taskrouter_url": self.url,
        }))
        .unwrap()
    }

    /// The value behind `twilio =` of a configuration.
    pub fn toml(&self) -> String {
        format!(
            r#"{{ api_key = "{KEY}", api_secret = {{ file = "{}" }}, flex_api_url = "{url}", taskrouter_url = "{url}" }}"#,
            self.secret.path().display(),
            url = self.url
        )
    }

    pub fn client(&self, limits: Limits) -> Client {
        client(&self.settings(), ACCOUNT, limits).unwrap()
    }
}

pub fn client(
    settings: &Settings,
    account_sid: &str,
    limits: Limits,
) -> Result<Client, Vec<Problem>> {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    Client::new(settings, account_sid, limits, clock, random)
}
