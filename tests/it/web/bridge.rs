//! A running web in front of a small service that remembers what it was asked.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::body::Bytes;
use flexbridge::{
    admin::{Desk, Diagnosis, Finding, PastedRules, Trouble},
    clock::{SystemClock, SystemRandom, Timestamp},
    identity::{LoginReference, Refusal, RefusalCode},
    keys::{AssertionKeys, CookieKeys, SigningKey},
    login::{self, Answer, BrowserStep, LoginCookie, Logins, Refused, RequestContext},
    settings::Secret,
    store::{EmbeddedJournal, EmbeddedStore},
    telemetry::{KnownNames, Metrics},
    web::{
        AdminAccess, BoxFuture, Check, IncomingRequest, Language, PagesSettings, Place,
        PublicOptions, Readiness, Seen, Server, Service, Settings, Tls, TlsSettings, admin_router,
        public_router,
    },
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};
use zeroize::Zeroizing;

use crate::support::identity::SigningIdentity;

/// What the service was asked, in order.
pub(super) type Asked = Arc<Mutex<Vec<(String, RequestContext)>>>;

#[derive(Default)]
pub(super) struct Recorder {
    pub(super) asked: Asked,
}

impl Recorder {
    fn note(&self, what: String, context: &RequestContext) {
        self.asked.lock().unwrap().push((what, context.clone()));
    }
}

pub(super) fn refused(code: RefusalCode) -> Refused {
    Refused {
        reference: LoginReference::fresh(&SystemRandom).unwrap(),
        refusal: Refusal::new(code, "detail"),
        retry: Some("https://flex.example.com/".parse().unwrap()),
        choose: Some("/login/production?choose".to_owned()),
    }
}

fn post_to(action: &str) -> Answer {
    Answer {
        cookies: Vec::new(),
        step: BrowserStep::Post {
            action: action.parse().unwrap(),
            fields: vec![(
                "to",
                action
                    .replace("127.0.0.1", "localhost")
                    .replace("landed", "arrived"),
            )],
        },
    }
}

fn redirect_to(form_encoded: &str) -> Answer {
    let to = form_encoded.replace("%3A", ":").replace("%2F", "/");
    Answer {
        cookies: Vec::new(),
        step: BrowserStep::Redirect(to.parse().unwrap()),
    }
}

impl Service for Recorder {
    fn begin<'a>(
        &'a self,
        flex: &'a str,
        message: IncomingRequest,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        Box::pin(async move {
            let words = match message {
                IncomingRequest::Redirect { raw_query } => raw_query,
                IncomingRequest::Post { body } => String::from_utf8_lossy(&body).into_owned(),
            };
            self.note(format!("begin {flex} {words}"), &context);
            match flex {
                "panics" => panic!("on purpose"),
                "slow" => tokio::time::sleep(Duration::from_millis(700)).await,
                "long" => tokio::time::sleep(Duration::from_secs(18)).await,
                "unknown" => return Err(refused(RefusalCode::NotFound)),
                "posts" => return Ok(post_to(&words)),
                "landed" => {
                    let elsewhere = words.strip_prefix("to=").unwrap_or_default();
                    return Ok(redirect_to(elsewhere));
                }
                _ => {}
            }
            Ok(Answer {
                cookies: vec![LoginCookie {
                    name: "__Host-fb".to_owned(),
                    value: "sealed".to_owned(),
                    max_age: 600,
                }],
                step: BrowserStep::Redirect("https://idp.example.com/?a=b".parse().unwrap()),
            })
        })
    }

    fn finish<'a>(
        &'a self,
        idp: &'a str,
        form_body: Bytes,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        Box::pin(async move {
            self.note(format!("finish {idp} {}", form_body.len()), &context);
            Ok(Answer {
                cookies: Vec::new(),
                step: BrowserStep::Post {
                    action: "https://flex.example.com/acs".parse().unwrap(),
                    fields: vec![("SAMLResponse", "PHg+".to_owned())],
                },
            })
        })
    }

    fn redeem<'a>(
        &'a self,
        idp: &'a str,
        raw_query: String,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        Box::pin(async move {
            self.note(format!("redeem {idp} {raw_query}"), &context);
            Err(refused(RefusalCode::OidcCallback))
        })
    }

    fn initiate<'a>(
        &'a self,
        idp: &'a str,
        parameters: Bytes,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        Box::pin(async move {
            let words = String::from_utf8_lossy(&parameters).into_owned();
            self.note(format!("initiate {idp} {words}"), &context);
            Ok(redirect_to("https://idp.example.com/"))
        })
    }

    fn refuse(&self, place: Place<'_>, refusal: Refusal) -> Refused {
        let context = RequestContext {
            address: [0, 0, 0, 0].into(),
            cookies: String::new(),
        };
        self.note(format!("refuse {place:?} {}", refusal.code), &context);
        refused(refusal.code)
    }

    fn idp_metadata(&self, flex: &str) -> Option<String> {
        (flex == "production").then(|| "<idp/>".to_owned())
    }

    fn sp_metadata(&self, idp: &str) -> Option<String> {
        (idp == "hq").then(|| "<sp/>".to_owned())
    }

    fn choose<'a>(
        &'a self,
        flex: &'a str,
        form_body: Bytes,
        context: RequestContext,
    ) -> BoxFuture<'a, Result<Answer, Refused>> {
        Box::pin(async move {
            let words = String::from_utf8_lossy(&form_body).into_owned();
            self.note(format!("choose {flex} {words}"), &context);
            Ok(redirect_to("https://idp.example.com/"))
        })
    }

    fn login_link(&self, flex: &str, _query: &str) -> Option<Answer> {
        (flex == "production").then(|| redirect_to("https://flex.example.com/login"))
    }

    fn readiness(&self) -> BoxFuture<'_, Readiness> {
        Box::pin(async {
            Readiness {
                checks: vec![
                    Check {
                        name: "store".to_owned(),
                        ok: false,
                        detail: "the disk is full".to_owned(),
                    },
                    Check {
                        name: "idp.hq".to_owned(),
                        ok: true,
                        detail: "<img src=x onerror=alert(1)>".to_owned(),
                    },
                ],
            }
        })
    }

    fn witness<'a>(&'a self, question: &'a str, seen: Seen) -> BoxFuture<'a, Option<String>> {
        Box::pin(async move {
            let told = serde_json::to_string(&seen).unwrap();
            (question == "sealed").then_some(told)
        })
    }

    fn examine(&self) -> BoxFuture<'_, Result<Diagnosis, Trouble>> {
        Box::pin(async {
            let full = Finding::fails("store", "the disk is full", "Make room.");
            Ok(Diagnosis::new(Timestamp::UNIX_EPOCH, vec![full]))
        })
    }

    fn rules_of(&self, _: Vec<u8>) -> Result<PastedRules, Trouble> {
        Ok(PastedRules::default())
    }

    fn pages(&self) -> PagesSettings {
        PagesSettings {
            contact: Some("Service desk: +49 30 1234".to_owned()),
            language: Language::English,
        }
    }

    fn metrics(&self) -> String {
        "# EOF\n".to_owned()
    }
}

/// What operations need: the real parts, with nothing configured but keys.
fn desk(store: &Path) -> Arc<Desk> {
    let signing = SigningIdentity::generate("flexbridge test");
    let key = Secret::new(signing.private_key);
    let key = SigningKey::from_pem(signing.certificate.as_bytes(), &key).unwrap();
    let bridge = login::Bridge {
        keeping: login::Keeping::default(),
        https: true,
        idp: BTreeMap::new(),
        flex: BTreeMap::new(),
        cookie: Arc::new(CookieKeys::new([Zeroizing::new([7; 32])]).unwrap()),
        assertion: Arc::new(AssertionKeys::new(vec![key]).unwrap()),
    };
    let journal: Arc<EmbeddedJournal> = Arc::new(EmbeddedJournal::open(store).unwrap());
    let logins = Logins::new(
        bridge,
        Arc::new(EmbeddedStore::open(store).unwrap()),
        journal.clone(),
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
        Arc::new(Metrics::new(KnownNames::default())),
    );
    Arc::new(Desk::new(
        Arc::new(logins),
        journal,
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
        store.to_owned(),
    ))
}

/// A web that serves on ports of its own, until [`Bridge::stop`].
pub(super) struct Bridge {
    pub(super) public: SocketAddr,
    pub(super) admin: SocketAddr,
    pub(super) asked: Asked,
    _store: TempDir,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Bridge {
    pub(super) fn start() -> Self {
        Self::start_with(None, None)
    }

    pub(super) fn start_with(tls: Option<(TlsSettings, Tls)>, proxy: Option<&str>) -> Self {
        Self::start_for(AdminAccess::default(), tls, proxy)
    }

    pub(super) fn start_for(
        access: AdminAccess,
        tls: Option<(TlsSettings, Tls)>,
        proxy: Option<&str>,
    ) -> Self {
        let loopback: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let (tls_settings, tls) = tls.unzip();
        let trusted_proxies = proxy.into_iter().map(|net| net.parse().unwrap()).collect();
        let settings = Settings {
            public: loopback,
            admin: loopback,
            admin_token: None,
            tls: tls_settings,
            trusted_proxies,
        };
        let service = Arc::new(Recorder::default());
        let asked = Arc::clone(&service.asked);
        let options = PublicOptions {
            trusted_proxies: settings.trusted_proxies.clone(),
            https: true,
            tls: settings.tls.is_some(),
        };
        let server = Server::bind(&settings, tls).unwrap();
        let (public, admin) = (server.public_address(), server.admin_address());
        let (stop, stopped) = oneshot::channel::<()>();
        let store = tempfile::tempdir().unwrap();
        let desk = desk(store.path());
        let running = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            server
                .run(
                    public_router(service.clone(), options),
                    admin_router(service, desk, access),
                    shutdown,
                )
                .await
                .unwrap();
        });
        Self {
            public,
            admin,
            asked,
            _store: store,
            stop: Some(stop),
            running,
        }
    }

    /// Asks for the end and waits for it.
    pub(super) async fn stop(mut self) {
        self.ask_to_stop();
        tokio::time::timeout(Duration::from_secs(10), self.running)
            .await
            .expect("drains in time")
            .unwrap();
    }

    pub(super) fn ask_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    pub(super) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|(words, _)| words.clone()).collect()
    }

    pub(super) fn last_context(&self) -> RequestContext {
        self.asked.lock().unwrap().last().unwrap().1.clone()
    }

    /// Sends bytes as they are and gives back everything until the end.
    pub(super) async fn raw(&self, request: impl AsRef<[u8]>) -> String {
        exchange(self.public, request.as_ref()).await
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.public)
    }

    pub(super) fn admin_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.admin)
    }
}

pub(super) async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The other side may answer and close before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

pub(super) fn client() -> reqwest::Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}
