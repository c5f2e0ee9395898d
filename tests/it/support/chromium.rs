//! A real Chromium, driven by `WebDriver` (W3C) through chromedriver: pages as people have
//! them, pressed, typed into, looked at, and judged by axe-core.
//!
//! Must never: see a page in another way than a browser does. axe-core is the one script
//! that a test brings along; the driver runs it outside of the page's own policy.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{
    child::{Server, free_port},
    peers::{in_checkout, program, require},
};

/// The name of an element in `WebDriver`’s JSON (§13.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long a page may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a screen is.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
    pub dark: bool,
}

/// A phone and a wide screen, each light and dark.
pub const SCREENS: [Screen; 4] = [
    Screen {
        name: "wide-light",
        width: 1280,
        height: 900,
        dark: false,
    },
    Screen {
        name: "wide-dark",
        width: 1280,
        height: 900,
        dark: true,
    },
    Screen {
        name: "phone-light",
        width: 390,
        height: 844,
        dark: false,
    },
    Screen {
        name: "phone-dark",
        width: 390,
        height: 844,
        dark: true,
    },
];

/// A browser of its own, closed when it is dropped.
pub struct Chromium {
    client: Client,
    session: String,
    /// The browser's own process, which outlives its driver.
    process: String,
    axe: String,
    shots: PathBuf,
    _driver: Server,
    _profile: tempfile::TempDir,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(&self.process).status();
    }
}

impl Chromium {
    /// A fresh one; none where Chromium or axe-core is not installed and need not be.
    pub async fn start(shots: &str) -> Option<Self> {
        if !require("chromium") {
            return None;
        }
        let port = free_port();
        let mut command = Command::new(program("chromedriver"));
        let mut driver = Server::start("chromedriver", command.arg(format!("--port={port}")));
        driver.wait_for_port(port);
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_mins(1))
            .build()
            .unwrap();
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--force-prefers-reduced-motion",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": program("chromium"), "args": arguments },
        } } });
        let base = format!("http://127.0.0.1:{port}/session");
        let answer = client.post(&base).json(&wanted).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let id = answer["value"]["sessionId"].as_str();
        let id = id.unwrap_or_else(|| panic!("chromedriver: {answer}"));
        let process = answer["value"]["capabilities"]["goog:processID"].to_string();
        assert!(
            process.bytes().all(|byte| byte.is_ascii_digit()),
            "{answer}"
        );
        let shots = in_checkout("target/screenshots").join(shots);
        fs::create_dir_all(&shots).unwrap();
        let axe = in_checkout("tests/peers/node/node_modules/axe-core/axe.min.js");
        Some(Self {
            session: format!("{base}/{id}"),
            process,
            client,
            axe: fs::read_to_string(axe).unwrap(),
            shots,
            _driver: driver,
            _profile: profile,
        })
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let value = self.try_call(method, path, body).await;
        assert!(value.get("error").is_none(), "{path}: {value}");
        value
    }

    async fn try_call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.session));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer["value"].take()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, Some(body)).await
    }

    /// A command of Chromium's own protocol.
    async fn cdp(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("/goog/cdp/execute", body).await;
    }

    /// Becomes such a screen.
    pub async fn become_screen(&self, screen: Screen) {
        let size = json!({
            "width": screen.width, "height": screen.height, "deviceScaleFactor": 1,
            "mobile": screen.width < 600,
        });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if screen.dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.cdp("Emulation.setEmulatedMedia", media).await;
    }

    /// Prefers this language.
    pub async fn speak(&self, language: &str) {
        let agent = self.say("return navigator.userAgent").await;
        let wanted = json!({ "userAgent": agent, "acceptLanguage": language });
        self.cdp("Emulation.setUserAgentOverride", wanted).await;
    }

    /// Runs script, or not.
    pub async fn run_script(&self, run: bool) {
        let off = json!({ "value": !run });
        self.cdp("Emulation.setScriptExecutionDisabled", off).await;
    }

    /// Goes to an address.
    pub async fn open(&self, url: &str) {
        self.post("/url", json!({ "url": url })).await;
    }

    /// Where it is.
    pub async fn url(&self) -> String {
        let url = self.call(Method::GET, "/url", None).await;
        url.as_str().unwrap().to_owned()
    }

    /// The page as it is now.
    pub async fn html(&self) -> String {
        let html = self.call(Method::GET, "/source", None).await;
        html.as_str().unwrap().to_owned()
    }

    async fn element(&self, css: &str) -> Option<String> {
        let wanted = json!({ "using": "css selector", "value": css });
        let found = self.post("/elements", wanted).await;
        Some(found.as_array()?.first()?[ELEMENT].as_str()?.to_owned())
    }

    async fn wait_for(&self, css: &str) -> String {
        let tries = PATIENCE.as_millis() / 50;
        for _ in 0..tries {
            if let Some(element) = self.element(css).await {
                return element;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no {css} at {}: {}", self.url().await, self.html().await)
    }

    /// What stands in the first element that fits, once it is there.
    pub async fn text(&self, css: &str) -> String {
        let mut told = Value::Null;
        for _ in 0..200 {
            let element = self.wait_for(css).await;
            let path = format!("/element/{element}/text");
            told = self.try_call(Method::GET, &path, None).await;
            if let Some(text) = told.as_str() {
                return text.to_owned();
            }
            // A page that looks again by itself has another element in its place, and the driver more
            // than one word for that.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{css} has no text: {told}")
    }

    /// Types into a field, instead of what is there.
    pub async fn type_into(&self, css: &str, text: &str) {
        let element = self.wait_for(css).await;
        self.post(&format!("/element/{element}/clear"), json!({}))
            .await;
        self.post(
            &format!("/element/{element}/value"),
            json!({ "text": text }),
        )
        .await;
    }

    /// Presses a button or a link, once it is there.
    pub async fn press(&self, css: &str) {
        let element = self.wait_for(css).await;
        self.post(&format!("/element/{element}/click"), json!({}))
            .await;
    }

    /// Presses keys, as `\u{E004}` for Tab, wherever the focus is.
    pub async fn keys(&self, keys: &str) {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                let key = key.to_string();
                [
                    json!({ "type": "keyDown", "value": key }),
                    json!({ "type": "keyUp", "value": key }),
                ]
            })
            .collect();
        let body = json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] });
        self.post("/actions", body).await;
    }

    /// What a script says.
    pub async fn say(&self, script: &str) -> Value {
        let body = json!({ "script": script, "args": [] });
        self.post("/execute/sync", body).await
    }

    /// Looks at the whole page: a PNG in `target/screenshots`.
    pub async fn shoot(&self, name: &str, screen: Screen) {
        let png = self.png(screen, 6_000).await;
        fs::write(self.shots.join(format!("{name}-{}.png", screen.name)), png).unwrap();
    }

    /// The page as a PNG, as long as it is, but no longer than `longest` pixels.
    pub async fn png(&self, screen: Screen, longest: u32) -> Vec<u8> {
        self.become_screen(screen).await;
        let height = self
            .say("return document.documentElement.scrollHeight")
            .await;
        let height = u32::try_from(height.as_u64().unwrap())
            .unwrap()
            .clamp(screen.height.min(longest), longest);
        self.become_screen(Screen { height, ..screen }).await;
        let png = self.call(Method::GET, "/screenshot", None).await;
        self.become_screen(screen).await;
        BASE64.decode(png.as_str().unwrap()).unwrap()
    }

    /// What axe-core finds wrong, one line each; nothing when the page is fine.
    pub async fn axe(&self) -> Vec<String> {
        let run = "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] })\
            .then(found => done(found.violations.map(one => one.id + ': ' + one.help + ' ' +\
            one.nodes.map(node => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')).join(' | '))))\
            .catch(error => done(['axe failed: ' + error]));";
        let script = format!("{};{run}", self.axe);
        let found = self
            .post("/execute/async", json!({ "script": script, "args": [] }))
            .await;
        serde_json::from_value(found).unwrap()
    }

    /// Whether the page is wider than the screen, so that a reader would have to scroll sideways.
    pub async fn overflows(&self) -> bool {
        let wide = self
            .say("return document.documentElement.scrollWidth > innerWidth + 1")
            .await;
        wide == true
    }
}
