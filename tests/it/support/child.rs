//! A real server as a child process: started on a free port, awaited, ended
//! when dropped.
//!
//! Must never: end a process that it did not start.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use flexbridge::clock::Stopwatch;

/// How long a server may take to listen, on a busy machine too.
const START: Duration = Duration::from_secs(30);
/// How long a server may take to end before it is made to.
const END: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);

/// A port on loopback that was free just now.
///
/// Somebody else may take it before the caller does; with ports handed out by
/// the system that is rare enough for tests.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A running server; dropping it ends it, its own children included.
pub struct Server {
    name: String,
    child: Child,
}

impl Server {
    /// Starts `command`, quietly.
    pub fn start(name: &str, command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} could not be started: {error}"));
        Self {
            name: name.to_owned(),
            child,
        }
    }

    /// Its process ID.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `ready` holds; panics with what the server said when it ends first.
    pub fn wait_until(&mut self, ready: impl Fn() -> bool) {
        let started = Stopwatch::start();
        while !ready() {
            if let Some(status) = self.child.try_wait().unwrap() {
                let last_words = self.last_words();
                panic!("{} ended with {status}: {last_words}", self.name);
            }
            assert!(
                started.elapsed() < START,
                "{} did not start within {START:?}",
                self.name
            );
            sleep(POLL);
        }
    }

    /// Waits until the server accepts connections on this port of loopback.
    pub fn wait_for_port(&mut self, port: u16) {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        self.wait_until(|| TcpStream::connect_timeout(&address, POLL).is_ok());
    }

    fn last_words(&mut self) -> String {
        let mut words = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            let _ = stderr.read_to_string(&mut words);
        }
        words
    }

    /// Asks the process to end: a manager then ends its workers too, which a
    /// kill would leave behind.
    fn ask_to_end(&self) {
        let _ = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -TERM {}", self.child.id()))
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        self.ask_to_end();
        let asked = Stopwatch::start();
        while asked.elapsed() < END {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

mod tests {
    use super::*;

    #[test]
    fn a_dropped_server_is_gone() {
        let server = Server::start("sleep", Command::new("sleep").arg("600"));
        let id = server.child.id();
        assert!(std::path::Path::new(&format!("/proc/{id}")).exists());
        drop(server);
        assert!(!std::path::Path::new(&format!("/proc/{id}")).exists());
    }

    #[test]
    #[should_panic(expected = "ended with exit status: 3: no such luck")]
    fn a_server_that_ends_early_is_quoted() {
        let mut server = Server::start(
            "sh",
            Command::new("sh")
                .arg("-c")
                .arg("echo no such luck >&2; exit 3"),
        );
        server.wait_until(|| false);
    }
}
