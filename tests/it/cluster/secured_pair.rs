//! A server, its replica and a Sentinel that speak TLS alone, each asking for a user of its own: the bridge
//! comes in with few rights at both, follows a failover, and says why when a password or an authority is wrong.

use std::{fs, path::Path, process::Command, time::Duration};

use flexbridge::identity::RefusalCode;
use redis::{Client, TlsCertificates};
use tempfile::TempDir;

use super::{
    party::{Cluster, Done},
    secured::{Authority, RIGHTS},
};
use crate::support::{
    bridge::{Site, write_secret},
    chaos::Fault,
    child::{Server, free_port},
    peers,
    redis::answer_to,
    serve::Serve,
};

const SERVICE: &str = "flexbridge-test";
/// What `docs/configuration.md` says that the Sentinels' user needs; a test holds the two together.
const SENTINEL_RIGHTS: &str = "resetchannels -@all +@connection +role +sentinel|masters";
/// Every password there is; none may be in a log.
const PASSWORDS: [&str; 4] = ["hush-hush", "copy-copy", "watch-watch", "asks-asks"];

/// A process of Redis and where it lives.
struct One {
    port: u16,
    server: Server,
    folder: TempDir,
}

struct SecuredPair {
    authority: Authority,
    master: One,
    replica: One,
    sentinel: One,
}

fn run(what: &'static str, folder: &Path, port: u16, words: &[&str]) -> Server {
    let mut command = Command::new(peers::program("redis-server"));
    command.arg(folder.join("redis.conf")).args(words);
    let mut server = Server::start(what, &mut command);
    server.wait_for_port(port);
    server
}

impl SecuredPair {
    fn start() -> Self {
        let authority = Authority::new();
        let tls = |port: u16| {
            format!(
                "bind 127.0.0.1\nport 0\ntls-port {port}\ntls-replication yes\ntls-cert-file {}\ntls-key-file {}\ntls-ca-cert-file {}\n",
                authority.file("redis.pem"),
                authority.file("redis.key"),
                authority.file("ca.pem")
            )
        };
        let users = format!(
            "user default off\nuser bridge on >hush-hush {RIGHTS}\nuser copier on >copy-copy +psync +replconf +ping\nuser watcher on >watch-watch allchannels +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info +client|setname +client|kill +script|kill\nuser test on >only-of-the-test ~* &* +@all\nmasteruser copier\nmasterauth copy-copy\n"
        );
        let one = |what, more: &dyn Fn(u16) -> String, words: &[&str]| {
            let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
            let text = format!(
                "{}dir {}\n{}",
                tls(port),
                folder.path().display(),
                more(port)
            );
            fs::write(folder.path().join("redis.conf"), text).unwrap();
            let server = run(what, folder.path(), port, words);
            One {
                port,
                server,
                folder,
            }
        };
        let master = one(
            "redis-server",
            &|_| format!("{users}appendonly yes\nappendfsync always\nsave \"\"\n"),
            &[],
        );
        let replica = one(
            "redis-server",
            &|_| format!("{users}save \"\"\nreplicaof 127.0.0.1 {}\n", master.port),
            &[],
        );
        let sentinel = one(
            "redis-sentinel",
            &|_| {
                format!(
                    "user default off\nuser bridge on >asks-asks {SENTINEL_RIGHTS}\nuser test on >only-of-the-test ~* &* +@all\nsentinel monitor {SERVICE} 127.0.0.1 {} 1\nsentinel auth-user {SERVICE} watcher\nsentinel auth-pass {SERVICE} watch-watch\nsentinel down-after-milliseconds {SERVICE} 1000\nsentinel failover-timeout {SERVICE} 5000\n",
                    master.port
                )
            },
            &["--sentinel"],
        );
        let pair = Self {
            authority,
            master,
            replica,
            sentinel,
        };
        pair.until("INFO replication", &pair.replica, "master_link_status:up");
        let replicas = format!("SENTINEL REPLICAS {SERVICE}");
        pair.until(&replicas, &pair.sentinel, &pair.replica.port.to_string());
        pair
    }

    /// What one of them answers to the test's own user.
    fn try_ask(&self, one: &One, words: &str) -> redis::RedisResult<String> {
        let read = |name: &str| fs::read(self.authority.file(name)).unwrap();
        let tls = TlsCertificates {
            client_tls: Some(redis::ClientTlsConfig {
                client_cert: read("bridge.pem"),
                client_key: read("bridge.key"),
            }),
            root_cert: Some(read("ca.pem")),
        };
        let url = format!("rediss://test:only-of-the-test@127.0.0.1:{}", one.port);
        answer_to(&Client::build_with_tls(url, tls)?, words)
    }

    /// Waits until one of them answers with this in it.
    fn until(&self, asked: &str, one: &One, part: &str) {
        let mut told = Ok(String::new());
        for _ in 0..600 {
            told = self.try_ask(one, asked);
            if told.as_ref().is_ok_and(|told| told.contains(part)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{asked} never says {part}: {told:?}");
    }

    /// The first server dies, and the replica takes its place.
    fn fail_over(&self) {
        let killed = Command::new("kill")
            .args(["-KILL", &self.master.server.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
        self.until("ROLE", &self.replica, "master");
    }

    /// The first server comes back, and learns whom it follows now.
    fn come_back(&mut self) {
        let (folder, port) = (self.master.folder.path(), self.master.port);
        self.master.server = run("redis-server", folder, port, &[]);
    }

    /// The lines of `[store]`, with the words that are given for the passwords and the authority.
    fn store(&self, site: &Site, server: &str, sentinel: &str, ca: &str) -> String {
        let (url, password) = (site.file("redis.url"), site.file("sentinel.password"));
        write_secret(
            &url,
            &format!("rediss://bridge:{server}@asked-of-the-sentinels"),
        );
        write_secret(&password, sentinel);
        format!(
            "kind = \"redis\"\nurl = {{ file = \"{}\" }}\nauthorities = \"{ca}\"\nclient = {{ certificate = \"{}\", private_key = {{ file = \"{}\" }} }}\nsentinel = {{ service = \"{SERVICE}\", nodes = [\"127.0.0.1:{}\"], user = \"bridge\", password = {{ file = \"{}\" }} }}",
            url.display(),
            self.authority.file("bridge.pem"),
            self.authority.file("bridge.key"),
            self.sentinel.port,
            password.display(),
        )
    }
}

fn no_password(fault: &mut Fault, cluster: &Cluster) {
    let log: String = cluster.nodes.iter().map(Serve::log).collect();
    let told = PASSWORDS.iter().find(|password| log.contains(**password));
    fault.holds(
        "no password is in a log",
        told.is_none(),
        &format!("{told:?}"),
    );
}

async fn signs_in(fault: &mut Fault, cluster: &Cluster, case: &str) -> Done {
    let done = cluster.until_it_works().await;
    fault.case(case, done.as_ref().map(drop).map_err(Clone::clone));
    let why = || cluster.nodes.iter().map(Serve::log).collect::<String>();
    done.unwrap_or_else(|error| panic!("{case}: {error} {}", why()))
}

#[tokio::test(flavor = "multi_thread")]
async fn by_tls_with_a_user_at_the_server_and_one_at_the_sentinels() {
    if !peers::require("cluster") {
        return;
    }
    let mut pair = SecuredPair::start();
    let ca = pair.authority.file("ca.pem");
    let mut fault = Fault::new("Redis and Sentinel by TLS, with users of few rights", "");
    {
        let cluster = Cluster::start(|site| pair.store(site, "hush-hush", "asks-asks", &ca));
        fault.case("all nodes are ready", cluster.until_ready(true).await);
        let before = signs_in(&mut fault, &cluster, "people sign in").await;
        let used = &[RefusalCode::LoginReplayed, RefusalCode::StoreUnavailable];
        let again = cluster.refused_everywhere(&before, &used[..1]).await;
        fault.case("and that once", again);
        pair.fail_over();
        fault.case(
            "without a replica no node is ready",
            cluster.until_ready(false).await,
        );
        pair.come_back();
        fault.case(
            "with one again each is, by itself",
            cluster.until_ready(true).await,
        );
        let after = signs_in(&mut fault, &cluster, "people sign in at the new server").await;
        for done in [&before, &after] {
            let again = cluster.refused_everywhere(done, used).await;
            fault.case("what was used stays used", again);
        }
        no_password(&mut fault, &cluster);
    }
    let stranger = Authority::new();
    let strange = stranger.file("ca.pem");
    for (case, server, sentinel, ca, why) in [
        (
            "another password at the server",
            "guessed-1",
            "asks-asks",
            &ca,
            "Password authentication failed",
        ),
        (
            "another password at the Sentinels",
            "hush-hush",
            "guessed-2",
            &ca,
            "the Redis Sentinels name no server",
        ),
        (
            "another authority",
            "hush-hush",
            "asks-asks",
            &strange,
            "the Redis Sentinels name no server",
        ),
    ] {
        let cluster = Cluster::start(|site| pair.store(site, server, sentinel, ca));
        let (browser, form, _) = cluster.person().begin().await.unwrap();
        let page = browser.clone().submit_once(&form).await;
        let code = cluster.code_of(&page);
        let log: String = cluster.nodes.iter().map(Serve::log).collect();
        let right = code == "store.unavailable" && log.contains(why);
        fault.holds(case, right, &format!("{code} {log}"));
        fault.case("no node is ready", cluster.until_ready(false).await);
        let guessed = log.contains("guessed-");
        fault.holds("nor is the wrong one in a log", !guessed, &log);
        no_password(&mut fault, &cluster);
    }
    fault.finish();
}

#[test]
fn the_documents_say_which_rights_the_sentinels_user_needs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    assert!(fs::read_to_string(path).unwrap().contains(SENTINEL_RIGHTS));
}
