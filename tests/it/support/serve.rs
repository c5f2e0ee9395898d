//! The built binary at work: `flexbridge serve` as a child process.

use std::{
    fs::{self, File},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::Duration,
};

use flexbridge::clock::Stopwatch;
use serde_json::Value;
use url::Url;

use super::bridge::{Plan, Site};

const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

/// A process that serves; killed when dropped.
pub struct Serve {
    /// Where it lives.
    pub site: Site,
    /// Its administrator's address.
    pub admin: SocketAddr,
    child: Child,
}

impl std::ops::Deref for Serve {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Serve {
    /// Starts one and waits until it serves.
    pub fn start(site: Site, plan: &Plan) -> Self {
        Self::start_logging(site, plan, "info")
    }

    /// Its process ID.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts one that logs this much.
    pub fn start_logging(site: Site, plan: &Plan, log_filter: &str) -> Self {
        Self::start_all(site, plan, log_filter, &[])
    }

    /// Starts one in this environment.
    pub fn start_in(site: Site, plan: &Plan, environment: &[(String, String)]) -> Self {
        Self::start_all(site, plan, "info", environment)
    }

    fn start_all(
        site: Site,
        plan: &Plan,
        log_filter: &str,
        environment: &[(String, String)],
    ) -> Self {
        site.write(plan);
        let mut log = File::options();
        let log = log
            .create(true)
            .append(true)
            .open(site.file("log"))
            .unwrap();
        let before = fs::read_to_string(site.file("log")).unwrap().len();
        let child = Command::new(env!("CARGO_BIN_EXE_flexbridge"))
            .arg("--config")
            .arg(site.config())
            .args(["serve", "--log-format", "json", "--log", log_filter])
            .env_clear()
            .envs(environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut serve = Self {
            site,
            admin: ([127, 0, 0, 1], 0).into(),
            child,
        };
        let line = serve.wait_for_line_after(before, "\"message\":\"serving\"");
        let line: Value = serde_json::from_str(&line).unwrap();
        serve.admin = line["admin"].as_str().unwrap().parse().unwrap();
        serve
    }

    /// Everything it wrote to standard error, with what earlier ones at this place wrote.
    pub fn log(&self) -> String {
        fs::read_to_string(self.site.file("log")).unwrap()
    }

    /// Waits for a log line with this in it.
    pub fn wait_for_line(&mut self, part: &str) -> String {
        self.wait_for_line_after(0, part)
    }

    fn wait_for_line_after(&mut self, before: usize, part: &str) -> String {
        let started = Stopwatch::start();
        loop {
            let log = self.log();
            if let Some(line) = log[before..].lines().find(|line| line.contains(part)) {
                return line.to_owned();
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && started.elapsed() < PATIENCE,
                "no {part} from flexbridge ({ended:?}): {log}"
            );
            sleep(POLL);
        }
    }

    /// Sends a signal and waits until it has said this once more.
    pub fn signal_and_wait(&mut self, name: &str, part: &str) -> String {
        let before = self.log().len();
        self.signal(name);
        self.wait_for_line_after(before, part)
    }

    /// Sends a signal: `HUP`, `TERM`, `KILL`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Waits for its end.
    pub fn wait(mut self) -> (ExitStatus, Site) {
        let started = Stopwatch::start();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                let site = std::mem::replace(&mut self.site, Site::new());
                return (status, site);
            }
            assert!(started.elapsed() < PATIENCE, "it goes on: {}", self.log());
            sleep(POLL);
        }
    }

    /// An address of the administrator.
    pub fn admin_at(&self, path: &str) -> Url {
        format!("http://{}{path}", self.admin).parse().unwrap()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
