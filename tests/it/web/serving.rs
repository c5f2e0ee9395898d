//! Binding, TLS, its renewal, and the end.

use std::{
    io::{Read as _, Write as _},
    path::Path,
    sync::Arc,
    time::Duration,
};

use flexbridge::{
    settings::SecretSource,
    web::{Server, Settings, Tls, TlsSettings},
};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};

use super::bridge::{Bridge, client};

pub(super) fn write_certificate(directory: &Path) -> (TlsSettings, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let settings = TlsSettings {
        certificate: directory.join("tls.pem"),
        private_key: SecretSource::File(directory.join("tls.key")),
    };
    std::fs::write(&settings.certificate, made.cert.pem()).unwrap();
    std::fs::write(directory.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    (settings, made.cert.pem())
}

fn client_that_trusts(pem: &str) -> reqwest::Client {
    let _ = client();
    reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(pem.as_bytes()).unwrap()])
        .pool_max_idle_per_host(0)
        .no_proxy()
        .build()
        .unwrap()
}

#[tokio::test]
async fn tls_is_renewed_without_a_restart_and_a_bad_file_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (settings, first) = write_certificate(directory.path());
    let tls = Tls::load(&settings).unwrap();
    let bridge = Bridge::start_with(Some((settings.clone(), tls.clone())), None);
    let url = format!("https://localhost:{}/healthz", bridge.public.port());
    let asks = async |pem: &str| {
        let answer = client_that_trusts(pem).get(&url).send().await;
        answer
            .ok()
            .map(|response| (response.status().as_u16(), response.version()))
    };
    assert_eq!(asks(&first).await, Some((200, reqwest::Version::HTTP_2)));

    let (_, second) = write_certificate(directory.path());
    assert_eq!(asks(&second).await, None);
    tls.reload(&settings).unwrap();
    assert!(asks(&second).await.is_some());
    assert!(asks(&first).await.is_none());

    std::fs::write(directory.path().join("tls.key"), "no key").unwrap();
    let refused = tls.reload(&settings).unwrap_err().to_string();
    assert!(
        refused.contains("tls.key") && !refused.contains("no key"),
        "{refused}"
    );
    assert!(asks(&second).await.is_some());
    bridge.stop().await;
}

/// What a browser remembers that trusts this certificate.
pub(super) fn browser(pem: &str) -> Arc<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    roots.add(certificate).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// One handshake with what `config` remembers; the answer is read, since tickets come with it.
fn shake_hands(port: u16, config: &Arc<rustls::ClientConfig>) -> rustls::HandshakeKind {
    let name = "localhost".try_into().unwrap();
    let mut tls = rustls::ClientConnection::new(config.clone(), name).unwrap();
    let mut socket = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut stream = rustls::Stream::new(&mut tls, &mut socket);
    let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    tls.handshake_kind().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_comes_back_resumes_its_session_however_many_came_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let (settings, pem) = write_certificate(directory.path());
    let tls = Tls::load(&settings).unwrap();
    let bridge = Bridge::start_with(Some((settings, tls)), None);
    let port = bridge.public.port();
    let kinds = tokio::task::spawn_blocking(move || {
        let ours = browser(&pem);
        let first = shake_hands(port, &ours);
        // More than rustls would remember by itself.
        for _ in 0..140 {
            shake_hands(port, &browser(&pem));
        }
        [first, shake_hands(port, &ours)]
    });
    let kinds = kinds.await.unwrap();
    assert_eq!(
        kinds,
        [rustls::HandshakeKind::Full, rustls::HandshakeKind::Resumed]
    );
    bridge.stop().await;
}

#[tokio::test]
async fn a_key_of_another_certificate_is_refused() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut settings, _) = write_certificate(one.path());
    let (elsewhere, _) = write_certificate(other.path());
    settings.private_key = elsewhere.private_key;
    let refused = Tls::load(&settings).unwrap_err();
    assert!(refused.to_string().contains("together"), "{refused}");
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = Settings {
        public: "127.0.0.1:0".parse().unwrap(),
        admin: taken.local_addr().unwrap(),
        admin_token: None,
        tls: None,
        trusted_proxies: vec![],
    };
    let refused = Server::bind(&settings, None).unwrap_err().to_string();
    assert!(refused.contains("listen.admin"), "{refused}");
}

#[tokio::test]
async fn a_request_under_way_ends_before_the_process_does() {
    let mut bridge = Bridge::start();
    let url = bridge.url("/saml/idp/slow/sso");
    let under_way = tokio::spawn(async move { client().get(url).send().await });
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(bridge.asked(), ["begin slow "]);
    let public = bridge.public;
    bridge.ask_to_stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(tokio::net::TcpStream::connect(public).await.is_err());
    assert_eq!(under_way.await.unwrap().unwrap().status(), 303);
}
