//! A bridge that a few people have signed in to, and ways to ask it as an administrator.

use std::{fs, os::unix::fs::PermissionsExt as _, time::Duration};

use http::Method;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::{
    login::walk::{Forged, set},
    support::bridge::{Plan, Site},
};

/// What `listen.admin_token` names.
pub const TOKEN: &str = "4f9d0c6e2b7a4f9d0c6e2b7a";

/// Rules with something to explain.
const LOCATION: &str = r#"attribute = ["office", "department"]
no_match = "clear"
[[flex.production.location.rule]]
when = { one_of = ["SG-01"] }
assign = "Singapore Office"
"#;

/// The bridge.
pub struct Desk {
    pub company: Forged,
    pub client: Client,
}

impl Desk {
    /// One that asks for the token.
    pub async fn start() -> Self {
        Self::start_as(true).await
    }

    /// One with or without a token.
    pub async fn start_as(token: bool) -> Self {
        Self::start_with(token, |_| {}).await
    }

    /// The same, and a plan to be changed.
    pub async fn start_with(token: bool, change: impl FnOnce(&mut Plan)) -> Self {
        let site = Site::new();
        let mut listen = String::new();
        if token {
            let file = site.file("admin.token");
            fs::write(&file, TOKEN).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
            listen = format!("admin_token = {{ file = \"{}\" }}", file.display());
        }
        let company = Forged::start_at(site, |plan| {
            plan.listen = listen;
            LOCATION.clone_into(&mut plan.location);
            change(plan);
        })
        .await;
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self { company, client }
    }

    /// Somebody of each kind signs in; how many.
    pub async fn logins(&self) -> u64 {
        let offices: [Option<&str>; 5] = [
            Some("SG-01"),
            Some("San Francisco Office"),
            Some("Atlantis"),
            Some("<b>Atlantis</b>"),
            None,
        ];
        for office in offices {
            let page = self.company.login(|says| {
                if let Some(office) = office {
                    set(says, "office", &[office]);
                }
            });
            assert_eq!(page.await.status, 200);
        }
        let page = self
            .company
            .login(|says| "urn:other".clone_into(&mut says.audience));
        assert!(page.await.status.is_client_error());
        let all = 6;
        for _ in 0..250 {
            let list = self.json("/api/v1/logins").await;
            if list["records"].as_array().unwrap().len() == all {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        all as u64
    }

    pub fn url(&self, path: &str) -> String {
        self.company.bridge.admin_at(path).to_string()
    }

    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// With the token.
    pub async fn get(&self, path: &str) -> Response {
        let request = self.ask(Method::GET, path).bearer_auth(TOKEN);
        request.send().await.unwrap()
    }

    /// What the API says, which must be fine.
    pub async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    /// What the API says to a body.
    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.ask(Method::POST, path).bearer_auth(TOKEN).json(body);
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }
}
