//! A bridge that runs: bound, serving, reloaded, drained.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{
    clock::{Clock, Random},
    config::{Config, Report},
    keys::Keys,
    locations,
    login::{Bridge, Logins},
    oidc,
    settings::{Problem, SettingPath},
    store::{self, Journal, Store},
    telemetry::{KnownNames, Metrics, SpanExport},
    upstream,
    web::{self, PublicOptions, ServeError, Server, Tls, admin_router, public_router},
};

use super::{
    bound::{admin_access, export_spans, open_stores},
    compose::{Parts, Purpose, Seams},
    housekeeping,
    load::{Loaded, load},
    service::{desk, service},
};

/// How long a start or reload waits for lists and metadata that were never obtained before.
const FIRST_FETCH: Duration = Duration::from_secs(10);

/// Why the bridge did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration can't be used.
    #[error("the configuration has errors; `flexbridge config check` shows them")]
    Configuration(Report),
    /// A part of it could not be made.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Parts(Vec<Problem>),
    /// The store can't be opened.
    #[error(transparent)]
    Store(store::StoreUnavailable),
    /// The TLS certificate or key can't be used.
    #[error(transparent)]
    Tls(web::TlsError),
    /// An address can't be bound.
    #[error(transparent)]
    Serve(ServeError),
    /// The operating system gave no threads to run on.
    #[error("the runtime can't be started: {0}")]
    Runtime(std::io::Error),
}

/// What is refreshed in the background, for one configuration.
pub(super) struct Watches {
    pub locations: locations::Registry,
    pub upstream: upstream::Registry,
    pub oidc: oidc::Registry,
    _refreshing: (
        locations::Refreshing,
        upstream::Refreshing,
        oidc::Refreshing,
    ),
}

/// What all of a running bridge shares.
pub(super) struct Shared {
    pub logins: Arc<Logins>,
    pub store: Arc<dyn Store>,
    pub journal: Arc<dyn Journal>,
    pub metrics: Arc<Metrics>,
    pub seams: Seams,
    /// The configuration file.
    pub path: PathBuf,
    /// Held by whoever looks at everything, as `doctor` does.
    pub examining: tokio::sync::Mutex<()>,
    watches: RwLock<Arc<Watches>>,
    config: Mutex<Config>,
    tls: Option<Tls>,
}

impl Shared {
    pub(super) fn watches(&self) -> Arc<Watches> {
        self.watches
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How agents are spoken to.
    pub(super) fn agents_pages(&self) -> web::PagesSettings {
        let config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        config.pages.clone()
    }

    /// How long records of logins are kept.
    pub(super) fn keep(&self) -> Duration {
        self.config
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .journal
            .keep
            .get()
    }
}

/// A bridge that serves.
pub struct Running {
    /// The address that browsers reach, with its real port.
    pub public: SocketAddr,
    /// The administrator's address, with its real port.
    pub admin: SocketAddr,
    /// What the administrator should know of the configuration.
    pub report: Report,
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), ServeError>>,
    spans: Option<SpanExport>,
    _housekeeping: housekeeping::Housekeeping,
}

/// Reads the configuration, binds, and serves in the background. To be called
/// within a Tokio runtime.
///
/// # Errors
/// [`StartError`].
pub async fn start(
    path: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<Running, StartError> {
    let seams = Seams { clock, random };
    // Whoever opens TLS in this process (Redis, Twilio, metadata) uses one provider;
    // where the process has chosen one before, that one stays.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let Loaded {
        config,
        keys,
        report,
    } = load(path, seams.clock.now()).map_err(StartError::Configuration)?;
    let tls = config
        .listen
        .tls
        .as_ref()
        .map(Tls::load)
        .transpose()
        .map_err(StartError::Tls)?;
    let access = admin_access(&config)?;
    let store = config.store.path().to_owned();
    let spans = export_spans(&config)?;
    let server = Server::bind(&config.listen, tls.clone()).map_err(StartError::Serve)?;
    let shared = share(config, &keys, seams, tls, path).await?;
    let (public, admin) = (server.public_address(), server.admin_address());
    let (stop, stopped) = oneshot::channel();
    let options = public_options(&shared);
    let routers = (
        public_router(service(&shared), options),
        admin_router(service(&shared), desk(&shared, store), access),
    );
    let serving = tokio::spawn(server.run(routers.0, routers.1, async {
        // A sender that is dropped stops the bridge as one that is used.
        let _ = stopped.await;
    }));
    Ok(Running {
        public,
        admin,
        report,
        stop,
        serving,
        spans,
        _housekeeping: housekeeping::start(&shared),
        shared,
    })
}

async fn share(
    config: Config,
    keys: &Keys,
    seams: Seams,
    tls: Option<Tls>,
    path: &Path,
) -> Result<Arc<Shared>, StartError> {
    let (store, journal) = open_stores(&config.store).map_err(StartError::Store)?;
    journal.keep_at_most(config.journal.max_rows);
    if let Some(concern) = store.concern().await {
        return Err(StartError::Store(store::StoreUnavailable::new(concern)));
    }
    let metrics = Arc::new(Metrics::new(known_names(&config)));
    let parts =
        Parts::compose(&config, keys, &seams, Purpose::Serve(None)).map_err(StartError::Parts)?;
    let (bridge, watches) = begin_refreshing(parts).await;
    let logins = Logins::new(
        bridge,
        store.clone(),
        journal.clone(),
        seams.clock.clone(),
        seams.random.clone(),
        metrics.clone(),
    );
    Ok(Arc::new(Shared {
        logins: Arc::new(logins),
        store,
        journal,
        metrics,
        seams,
        path: path.to_owned(),
        examining: tokio::sync::Mutex::default(),
        watches: RwLock::new(Arc::new(watches)),
        config: Mutex::new(config),
        tls,
    }))
}

fn known_names(config: &Config) -> KnownNames {
    KnownNames {
        flex: config.flex.keys().cloned().collect(),
        idp: config.idp.keys().cloned().collect(),
    }
}

fn public_options(shared: &Shared) -> PublicOptions {
    let config = shared.config.lock().unwrap_or_else(PoisonError::into_inner);
    PublicOptions {
        trusted_proxies: config.listen.trusted_proxies.clone(),
        https: config.public_url.is_https(),
        tls: config.listen.tls.is_some(),
    }
}

/// What was never obtained before is waited for, a little.
pub(super) async fn obtain_missing(parts: &Parts) {
    let Parts {
        locations,
        upstream,
        oidc,
        ..
    } = parts;
    let lists = locations
        .iter()
        .filter(|watch| watch.snapshot().is_none())
        .map(|watch| async { watch.refresh_now().await.is_ok() });
    let metadata = upstream
        .iter()
        .filter(|watch| watch.state().snapshot.is_none())
        .map(|watch| async { watch.refresh_now().await.is_ok() });
    // What fails is in each watch's own state and log; the refresh goes on behind.
    let providers = oidc
        .iter()
        .filter(|provider| provider.current().is_none())
        .map(|provider| async { provider.refresh_now().await.is_ok() });
    let all = async { tokio::join!(join_all(lists), join_all(metadata), join_all(providers)) };
    let _ = tokio::time::timeout(FIRST_FETCH, all).await;
}

/// What is known from the disk is used at once and refreshed behind.
async fn begin_refreshing(parts: Parts) -> (Bridge, Watches) {
    obtain_missing(&parts).await;
    let Parts {
        bridge,
        locations,
        upstream,
        oidc,
    } = parts;
    let refreshing = (locations.start(), upstream.start(), oidc.start());
    (
        bridge,
        Watches {
            locations,
            upstream,
            oidc,
            _refreshing: refreshing,
        },
    )
}

impl Running {
    /// A way to look at the running configuration, as logins see it, as long as it runs.
    pub fn looking(&self) -> impl Fn() -> Option<Arc<Bridge>> + Send + Sync + 'static {
        let shared = Arc::downgrade(&self.shared);
        move || Some(shared.upgrade()?.logins.bridge())
    }

    /// Reads the configuration again. What is wrong leaves everything as it was.
    ///
    /// # Errors
    /// [`StartError`], as at a start.
    pub async fn reload(&self) -> Result<Report, StartError> {
        let seams = &self.shared.seams;
        let Loaded {
            config,
            keys,
            report,
        } = load(&self.shared.path, seams.clock.now()).map_err(StartError::Configuration)?;
        self.check_unchangeable(&config)?;
        let earlier = self.shared.watches();
        let parts = Parts::compose(&config, &keys, seams, Purpose::Serve(Some(&earlier)))
            .map_err(StartError::Parts)?;
        if let (Some(tls), Some(settings)) = (&self.shared.tls, &config.listen.tls) {
            tls.reload(settings).map_err(StartError::Tls)?;
        }
        let (bridge, watches) = begin_refreshing(parts).await;
        self.shared.metrics.set_known(known_names(&config));
        self.shared.logins.replace(bridge);
        self.shared.journal.keep_at_most(config.journal.max_rows);
        *self
            .shared
            .watches
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(watches);
        *self
            .shared
            .config
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = config;
        Ok(report)
    }

    /// Addresses and the store are bound to the process; changing them takes a restart.
    fn check_unchangeable(&self, new: &Config) -> Result<(), StartError> {
        let old = self
            .shared
            .config
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let fixed = [
            ("listen", old.listen != new.listen),
            ("store", old.store != new.store),
            ("public_url", old.public_url != new.public_url),
            ("telemetry", old.telemetry != new.telemetry),
        ];
        let problems: Vec<Problem> = fixed
            .into_iter()
            .filter(|(_, changed)| *changed)
            .map(|(name, _)| {
                let at = SettingPath::root().join(name);
                Problem::error(
                    at,
                    "this can't change while the bridge runs",
                    "Restart the bridge.",
                )
            })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(StartError::Parts(problems))
        }
    }

    /// Comes back when it has stopped serving by itself, which it never should.
    pub async fn ended(&self) {
        while !self.serving.is_finished() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Stops taking requests, lets those under way end, and writes down what is owed.
    ///
    /// # Errors
    /// [`ServeError`] when serving had failed.
    pub async fn stop(self) -> Result<(), ServeError> {
        let _ = self.stop.send(());
        let ended = self.serving.await;
        if let Err(error) = self.shared.journal.flush().await {
            tracing::error!(detail = %error, "the last logins could not be written to the journal");
        }
        if let Some(spans) = self.spans {
            spans.stop().await;
        }
        ended.unwrap_or_else(|error| Err(ServeError::Ended(std::io::Error::other(error))))
    }
}
