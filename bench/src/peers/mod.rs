//! Other bridges, set up for the same work: SAML in, SAML out, one attribute mapped to
//! `flex_location` by a table, response and assertion signed where they can.
//!
//! Must never: touch a configuration of the machine, or leave a process or a file behind.

mod satosa;
mod simplesamlphp;

pub use satosa::satosa;
pub use simplesamlphp::simplesamlphp;

use std::{
    path::PathBuf,
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::login::Subject;

/// A running peer; dropping it ends it.
pub struct Peer {
    pub name: &'static str,
    pub subject: Subject,
    /// The certificate that its answers are signed with.
    pub certificate: PathBuf,
    /// Which elements of its answers are signed.
    pub signed: &'static [&'static str],
    children: Vec<Child>,
    _folder: TempDir,
}

impl Peer {
    /// The processes that are measured, with everything below them.
    pub fn processes(&self) -> Vec<u32> {
        self.children.iter().map(Child::id).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        for child in &mut self.children {
            // TERM, so that masters take their workers along.
            let _ = Command::new("kill").arg(child.id().to_string()).status();
        }
        for child in &mut self.children {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(5) && matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until something listens there.
fn wait_for_port(port: u16, child: &mut Child, what: &str) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        if let Some(status) = child.try_wait()? {
            bail!("{what} ended with {status}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("{what} does not listen after 30 seconds")
}

fn spawn(command: &mut Command, what: &str) -> Result<Child> {
    command
        .spawn()
        .with_context(|| format!("{what} can't be started; `make bench-peers` installs it"))
}
