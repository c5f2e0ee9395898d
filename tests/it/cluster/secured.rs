//! Redis by TLS with an authority of the company's own, with a certificate of the bridge's, and
//! with a user who may do no more than the bridge needs.

use std::{fs, path::Path};

use flexbridge::identity::RefusalCode;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use super::party::Cluster;
use crate::support::{
    bridge::{Site, write_secret},
    chaos::Fault,
    child::free_port,
    peers,
    redis::Redis,
    serve::Serve,
};

/// What `docs/configuration.md` says that the user needs; a test holds the two together.
pub const RIGHTS: &str =
    "~flexbridge:* resetchannels -@all +@connection +info +time +get +set +wait";

/// An authority with a certificate for the server and one for the bridge.
pub(super) struct Authority {
    folder: TempDir,
}

impl Authority {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Company");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        for name in ["redis", "bridge"] {
            let key = KeyPair::generate().unwrap();
            let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
            let params = CertificateParams::new(names).unwrap();
            let certificate = params.signed_by(&key, &authority).unwrap();
            fs::write(folder.path().join(format!("{name}.pem")), certificate.pem()).unwrap();
            write_secret(
                &folder.path().join(format!("{name}.key")),
                &key.serialize_pem(),
            );
        }
        Self { folder }
    }

    pub(super) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

/// A server that speaks TLS alone, and knows the user `bridge`.
fn secured(authority: &Authority, folder: &Path) -> Redis {
    let port = free_port();
    let acl = folder.join("users.acl");
    fs::write(
        &acl,
        format!("user default off\nuser bridge on >hush-hush {RIGHTS}\n"),
    )
    .unwrap();
    let words = [
        "--tls-port".to_owned(),
        port.to_string(),
        "--tls-cert-file".to_owned(),
        authority.file("redis.pem"),
        "--tls-key-file".to_owned(),
        authority.file("redis.key"),
        "--tls-ca-cert-file".to_owned(),
        authority.file("ca.pem"),
        "--aclfile".to_owned(),
        acl.display().to_string(),
        "--save".to_owned(),
        String::new(),
    ];
    Redis::start_tls(folder, port, &words)
}

fn store(site: &Site, url: &str, lines: &str) -> String {
    let path = site.file("redis.url");
    write_secret(&path, url);
    format!(
        "kind = \"redis\"\nurl = {{ file = \"{}\" }}\n{lines}",
        path.display()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn by_tls_with_its_own_authority_certificate_and_user() {
    if !peers::require("cluster") {
        return;
    }
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let redis = secured(&authority, folder.path());
    let url = format!("rediss://bridge:hush-hush@localhost:{}", redis.port);
    let ca = format!("authorities = \"{}\"", authority.file("ca.pem"));
    let client = format!(
        "client = {{ certificate = \"{}\", private_key = {{ file = \"{}\" }} }}",
        authority.file("bridge.pem"),
        authority.file("bridge.key")
    );
    let all = format!("{ca}\n{client}");
    let mut fault = Fault::new("Redis by TLS, with a user of few rights", "");
    {
        let cluster = Cluster::start(|site| store(site, &url, &all));
        fault.case("all nodes are ready", cluster.until_ready(true).await);
        let done = cluster.person().login().await;
        fault.case(
            "people sign in",
            done.as_ref().map(drop).map_err(Clone::clone),
        );
        let used = &[RefusalCode::LoginReplayed];
        let again = cluster.refused_everywhere(&done.unwrap(), used).await;
        fault.case("and that once", again);
        let logs: String = cluster.nodes.iter().map(Serve::log).collect();
        fault.holds(
            "the password is in no log",
            !logs.contains("hush-hush"),
            &"it is",
        );
    }
    let stranger = Authority::new();
    let strange = format!("authorities = \"{}\"\n{client}", stranger.file("ca.pem"));
    let wrong = url.replace("hush-hush", "guessed");
    let nobody = url.replace("bridge:hush-hush@", "");
    for (case, url, lines, why) in [
        (
            "an authority that nobody named",
            &url,
            client.as_str(),
            "certificate",
        ),
        ("another authority", &url, strange.as_str(), "certificate"),
        ("no certificate of the bridge's", &url, ca.as_str(), "Redis"),
        (
            "a wrong password",
            &wrong,
            all.as_str(),
            "Password authentication failed",
        ),
        ("no user", &nobody, all.as_str(), "NOAUTH"),
    ] {
        let cluster = Cluster::start(|site| store(site, url, lines));
        let refused = cluster.person().begin().await.unwrap();
        let page = refused.0.clone().submit_once(&refused.1).await;
        let code = cluster.code_of(&page);
        let log: String = cluster.nodes.iter().map(Serve::log).collect();
        let right = code == "store.unavailable" && log.contains(why);
        fault.holds(case, right, &format!("{code} {log}"));
        fault.holds("no password in the log", !log.contains("hush-hush"), &log);
        fault.case("no node is ready", cluster.until_ready(false).await);
    }
    fault.finish();
}

#[test]
fn the_documents_say_which_rights_are_needed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    assert!(fs::read_to_string(path).unwrap().contains(RIGHTS));
}
