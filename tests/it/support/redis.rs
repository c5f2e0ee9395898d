//! A Redis server of the test's own.

use std::process::Command;

use tempfile::TempDir;

use super::{
    child::{Server, free_port},
    peers,
};

/// A running server that keeps nothing on disk; dropping it ends it.
pub struct Redis {
    /// Its port on loopback.
    pub port: u16,
    _server: Server,
    _folder: TempDir,
}

impl Redis {
    /// Starts one. Call [`super::peers::require`] with `redis` first.
    pub fn start() -> Self {
        Self::start_at(free_port())
    }

    /// Starts one on this port.
    pub fn start_at(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(peers::program("redis-server"));
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--port")
            .arg(port.to_string())
            .arg("--dir")
            .arg(folder.path());
        let mut server = Server::start("redis-server", &mut command);
        server.wait_for_port(port);
        Self {
            port,
            _server: server,
            _folder: folder,
        }
    }

    /// The lines of `[store]` for it; the URL goes into a file at `path`.
    pub fn store(&self, path: &std::path::Path) -> String {
        super::bridge::write_secret(path, &format!("redis://127.0.0.1:{}", self.port));
        format!(
            "kind = \"redis\"\nurl = {{ file = \"{}\" }}",
            path.display()
        )
    }
}
