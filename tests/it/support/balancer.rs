//! nginx in front of several nodes: each request goes to the next one, whoever sends it.
//!
//! Must never: keep a browser with its node.

use std::{
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    thread::sleep,
    time::Duration,
};

use flexbridge::clock::Stopwatch;
use tempfile::TempDir;

use super::{
    browser::Page,
    child::{Server, free_port},
    peers,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// A running balancer; dropping it ends it.
pub struct Balancer {
    /// Where browsers reach it.
    pub port: u16,
    turn: AtomicU64,
    _server: Server,
    folder: TempDir,
}

impl Balancer {
    /// Starts one before these ports. Call [`peers::require`] with `cluster` first.
    pub fn start(nodes: &[u16]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        write(&folder, port, nodes, 0);
        let mut command = Command::new(peers::program("nginx"));
        command
            .arg("-e")
            .arg(folder.path().join("error.log"))
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(folder.path().join("nginx.conf"));
        let mut server = Server::start("nginx", &mut command);
        server.wait_for_port(port);
        Self {
            port,
            turn: AtomicU64::new(0),
            _server: server,
            folder,
        }
    }

    /// From now on requests go to these ports.
    pub fn send_to(&self, nodes: &[u16]) {
        let turn = self.turn.fetch_add(1, Ordering::SeqCst) + 1;
        write(&self.folder, self.port, nodes, turn);
        let id = fs::read_to_string(self.folder.path().join("nginx.pid")).unwrap();
        let told = Command::new("kill").arg("-HUP").arg(id.trim()).status();
        assert!(told.unwrap().success());
        let since = Stopwatch::start();
        while !self.answers_of(turn) {
            assert!(since.elapsed() < PATIENCE, "nginx does not read it again");
            sleep(Duration::from_millis(20));
        }
    }

    /// Whether new connections are met by the configuration of this turn.
    fn answers_of(&self, turn: u64) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return false;
        };
        let mut answer = String::new();
        let asked = stream.write_all(
            b"GET /turn-of-the-balancer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        );
        asked.is_ok()
            && stream.read_to_string(&mut answer).is_ok()
            && answer.contains(&format!("X-Turn: {turn}\r\n"))
    }
}

/// The port of the node that answered.
pub fn node_of(page: &Page) -> u16 {
    let node = page.headers.get("x-node");
    let node = node.unwrap_or_else(|| panic!("nobody says who answered: {page:?}"));
    let node = node.to_str().unwrap().rsplit(':').next().unwrap();
    node.parse().unwrap()
}

fn write(folder: &TempDir, port: u16, nodes: &[u16], turn: u64) {
    let mut servers = String::new();
    for node in nodes {
        let _ = writeln!(
            servers,
            "server 127.0.0.1:{node} max_fails=1 fail_timeout=1s;"
        );
    }
    let path = folder.path().display();
    let user = if is_root() { "user root;" } else { "" };
    // A request goes to another node only where it was never sent to the first: nginx's own rule
    // for POST, without `non_idempotent`.
    let text = format!(
        r"{user} daemon off; worker_processes 1; pid {path}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {path}/tmp/body; fastcgi_temp_path {path}/tmp/fastcgi;
    proxy_temp_path {path}/tmp/proxy; scgi_temp_path {path}/tmp/scgi; uwsgi_temp_path {path}/tmp/uwsgi;
    upstream nodes {{
{servers}    }}
    server {{
        listen 127.0.0.1:{port};
        add_header X-Node $upstream_addr always;
        add_header X-Turn {turn} always;
        location = /turn-of-the-balancer {{ return 204; }}
        location / {{
            proxy_pass http://nodes;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto http;
            proxy_connect_timeout 2s;
            proxy_next_upstream error timeout;
        }}
    }}
}}
"
    );
    fs::write(folder.path().join("nginx.conf"), text).unwrap();
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}
