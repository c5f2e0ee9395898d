//! Redis servers and Sentinels of the test's own.

use std::{fs, path::Path, process::Command, time::Duration};

use tempfile::TempDir;

use super::{
    child::{Server, free_port},
    peers,
};

/// A running server; dropping it ends it.
pub struct Redis {
    /// Its port on loopback.
    pub port: u16,
    server: Server,
    _folder: Option<TempDir>,
}

impl Redis {
    /// Starts one that keeps nothing on disk. Call [`super::peers::require`] with `redis` first.
    pub fn start() -> Self {
        Self::start_at(free_port())
    }

    /// Starts one on this port.
    pub fn start_at(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let words = ["--save", "", "--appendonly", "no"].map(str::to_owned);
        let started = Self::start_in(folder.path(), port, &words);
        Self {
            _folder: Some(folder),
            ..started
        }
    }

    /// Starts one that keeps everything in this folder, each write before it is acknowledged.
    pub fn start_kept(folder: &Path, port: u16) -> Self {
        let words = [
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
        ];
        Self::start_in(folder, port, &words.map(str::to_owned))
    }

    /// Starts one with further words on its command line.
    pub fn start_in(folder: &Path, port: u16, words: &[String]) -> Self {
        let mut command = Command::new(peers::program("redis-server"));
        command
            .args(["--bind", "127.0.0.1"])
            .arg("--port")
            .arg(port.to_string())
            .arg("--dir")
            .arg(folder)
            .args(words);
        let mut server = Server::start("redis-server", &mut command);
        server.wait_for_port(port);
        Self {
            port,
            server,
            _folder: None,
        }
    }

    /// Starts one that speaks TLS alone, on this port.
    pub fn start_tls(folder: &Path, port: u16, words: &[String]) -> Self {
        let mut command = Command::new(peers::program("redis-server"));
        command
            .args(["--bind", "127.0.0.1", "--port", "0", "--dir"])
            .arg(folder)
            .args(words);
        let mut server = Server::start("redis-server", &mut command);
        server.wait_for_port(port);
        Self {
            port,
            server,
            _folder: None,
        }
    }

    /// Starts a Sentinel that watches `service` at `master`; one is enough to decide.
    pub fn sentinel(folder: &Path, service: &str, master: u16) -> Self {
        let port = free_port();
        let path = folder.join("sentinel.conf");
        fs::write(
            &path,
            format!(
                "bind 127.0.0.1\nport {port}\ndir {}\nsentinel monitor {service} 127.0.0.1 {master} 1\nsentinel down-after-milliseconds {service} 1000\nsentinel failover-timeout {service} 5000\n",
                folder.display()
            ),
        )
        .unwrap();
        let mut command = Command::new(peers::program("redis-server"));
        command.arg(&path).arg("--sentinel");
        let mut server = Server::start("redis-sentinel", &mut command);
        server.wait_for_port(port);
        Self {
            port,
            server,
            _folder: None,
        }
    }

    /// The lines of `[store]` for it; the URL goes into a file at `path`.
    pub fn store(&self, path: &Path) -> String {
        super::bridge::write_secret(path, &format!("redis://127.0.0.1:{}", self.port));
        format!(
            "kind = \"redis\"\nurl = {{ file = \"{}\" }}",
            path.display()
        )
    }

    /// Sends a signal: `STOP`, `CONT`, `KILL`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.server.id().to_string())
            .status();
        assert!(status.unwrap().success());
    }

    /// What it answers to a command.
    pub fn ask(&self, words: &str) -> String {
        self.try_ask(words).unwrap()
    }

    /// The same of a server that may be about to take another's place, and so break off.
    pub fn try_ask(&self, words: &str) -> redis::RedisResult<String> {
        answer_to(&redis::Client::open(("127.0.0.1", self.port))?, words)
    }
}

/// What a server answers to a command, as the library writes it.
pub fn answer_to(client: &redis::Client, words: &str) -> redis::RedisResult<String> {
    let mut connection = client.get_connection_with_timeout(Duration::from_secs(5))?;
    let mut words = words.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    command.arg(words.collect::<Vec<_>>());
    let answer: redis::Value = command.query(&mut connection)?;
    Ok(format!("{answer:?}"))
}

/// Where a pair of a server and its replica live; they outlast their processes.
pub struct Pair {
    /// The folders of the two, and of the Sentinel.
    folders: [TempDir; 3],
    /// The one that is written to at first.
    pub master: Redis,
    /// The one that follows at first.
    pub replica: Redis,
    /// Who decides which of them it is.
    pub sentinel: Redis,
}

/// What the Sentinel calls the pair.
pub const SERVICE: &str = "flexbridge-test";

impl Pair {
    /// Starts all three, and waits until they know each other.
    pub fn start() -> Self {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let master = Redis::start_kept(folders[0].path(), free_port());
        let follow = format!("127.0.0.1 {}", master.port);
        let words = ["--appendonly", "no", "--save", "", "--replicaof", &follow];
        let replica = Redis::start_in(folders[1].path(), free_port(), &words.map(str::to_owned));
        let sentinel = Redis::sentinel(folders[2].path(), SERVICE, master.port);
        let pair = Self {
            folders,
            master,
            replica,
            sentinel,
        };
        pair.until(|pair| {
            pair.replica
                .ask("INFO replication")
                .contains("master_link_status:up")
        });
        pair.until(|pair| {
            let told = pair.sentinel.ask(&format!("SENTINEL REPLICAS {SERVICE}"));
            told.contains(&pair.replica.port.to_string())
        });
        pair
    }

    /// Starts the first one again where it was.
    pub fn restart_master(&mut self) {
        let port = self.master.port;
        self.master = Redis::start_kept(self.folders[0].path(), port);
    }

    /// Waits until this holds.
    pub fn until(&self, holds: impl Fn(&Self) -> bool) {
        for _ in 0..600 {
            if holds(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the Redis servers never come to an agreement");
    }

    /// The lines of `[store]` for the pair; the URL goes into a file at `path`.
    pub fn store(&self, path: &Path) -> String {
        super::bridge::write_secret(path, "redis://asked-of-the-sentinels");
        format!(
            "kind = \"redis\"\nurl = {{ file = \"{}\" }}\nsentinel = {{ service = \"{SERVICE}\", nodes = [\"127.0.0.1:{}\"] }}",
            path.display(),
            self.sentinel.port
        )
    }
}
