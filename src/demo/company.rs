//! The whole company on loopback: Twilio's API, the identity provider, Flex,
//! and the bridge between them, started the way an administrator starts it.

use std::{path::Path, path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use url::Url;

use crate::{
    app,
    clock::{Clock, Random, RandomUnavailable},
    settings::Secret,
};

use super::{
    flex::{Connection, DemoFlex, Voice},
    idp::{DemoIdp, Expected, Person},
    ports::{Places, PortError, port_of, url, url_of},
    state::{ACCOUNT_SID, API_KEY, Addresses, StateDir, StateError},
    twilio::DemoTwilio,
    walk::{Found, WalkError, Walked, look, walk},
};

/// How long servers may take to end.
const GRACE: Duration = Duration::from_secs(3);

/// What a person may choose about the demo.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The first of five ports in a row, 0 for any free ones; without it the usual or free ones.
    pub port_base: Option<u16>,
    /// A directory that stays; without it a temporary one.
    pub state: Option<PathBuf>,
}

/// The demo could not be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Ports.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Files and keys.
    #[error(transparent)]
    State(#[from] StateError),
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomUnavailable),
    /// No HTTP client could be made.
    #[error("no HTTP client can be made: {0}")]
    Http(#[from] reqwest::Error),
    /// An address can't be read.
    #[error("an address can't be read: {0}")]
    Url(#[from] url::ParseError),
    /// The bridge did not start or end well.
    #[error("the bridge: {0}")]
    Bridge(String),
    /// The agent did not come to an end.
    #[error("the agent did not get through: {0}")]
    Walk(#[from] WalkError),
}

/// The running company.
pub struct Company {
    /// The demo Flex's start page: the one URL to open.
    pub flex_url: Url,
    /// The bridge's page for administrators.
    pub admin_url: String,
    /// The configuration that the bridge was started with.
    pub configuration: PathBuf,
    addresses: Addresses,
    secret: Secret,
    bridge: app::Running,
    servers: Vec<JoinHandle<()>>,
    stop: watch::Sender<()>,
    _state: StateDir,
}

/// How the login of a person ended.
#[derive(Debug)]
pub struct Arrival {
    /// Who it was.
    pub person: Person,
    /// The way there.
    pub walked: Walked,
    /// Who is met on the way: URL and name.
    pub met: [(String, &'static str); 3],
    /// Whether the agent is in Flex.
    pub arrived: bool,
    /// What Twilio's API says of the agent.
    pub found: Found,
    /// What Flex's voice client makes of it.
    pub voice: Voice,
}

impl Arrival {
    /// Whether the login ended as it must.
    #[must_use]
    pub fn holds(&self) -> bool {
        let of_worker = |name: &str| self.found.attributes.as_ref()?.get(name)?.as_str();
        match self.person.expected {
            Expected::Location(name) => {
                let chosen =
                    matches!(&self.voice, Voice::Edges { location, .. } if location == name);
                self.arrived && chosen && of_worker("flex_location") == Some(name)
            }
            Expected::Cleared => {
                let empty = matches!(of_worker("flex_location"), None | Some(""));
                self.arrived && self.voice == Voice::Default && empty
            }
            Expected::Refused => !self.arrived && self.found.attributes.is_none(),
        }
    }
}

/// Starts the bridge as `flexbridge serve` does: by its configuration file.
async fn start_bridge(
    configuration: &Path,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
) -> Result<app::Running, DemoError> {
    app::start(configuration, clock, random)
        .await
        .map_err(|error| match error {
            app::StartError::Configuration(report) => DemoError::Bridge(report.render(false)),
            other => DemoError::Bridge(other.to_string()),
        })
}

impl Company {
    /// Starts everything. To be called within a Tokio runtime.
    ///
    /// # Errors
    /// [`DemoError`].
    pub async fn start(
        options: Options,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, DemoError> {
        let places = Places::take(options.port_base)?;
        let state = StateDir::open(options.state)?;
        let addresses = addresses(&places)?;
        let now = clock.now();
        let secret = state.secret("twilio.secret", &*random)?;
        state.secret("cookie.key", &*random)?;
        let assertion = state.pair("assertion", "Flexbridge demo", now)?;
        let idp_key = state.pair("idp", "Demo identity provider", now)?;
        let configuration = state.write_configuration(&addresses)?;
        let admin_url = url(addresses.admin_port);

        let twilio = twilio(&secret, &clock, &random)?;
        let partner = format!("{}/saml/sp/company/metadata", addresses.bridge);
        let (clock_too, random_too) = (clock.clone(), random.clone());
        let idp = DemoIdp::new(
            &addresses.idp,
            partner.parse()?,
            idp_key,
            clock_too,
            random_too,
        )?;
        let connection = Connection {
            entity_id: Addresses::flex_entity_id(),
            acs_url: addresses.flex_acs_url(),
            issuer: format!("{}/saml/idp/demo", addresses.bridge),
            sso_url: format!("{}/saml/idp/demo/sso", addresses.bridge),
            certificate: assertion.certificate_der().to_vec(),
        };
        let (clock_too, random_too) = (clock.clone(), random.clone());
        let flex = DemoFlex::new(
            connection,
            twilio.clone(),
            admin_url.clone(),
            clock_too,
            random_too,
        );

        let (stop, stopped) = watch::channel(());
        let servers = vec![
            serve(places.twilio, twilio.router(), stopped.clone()),
            serve(places.idp, idp.router(), stopped.clone()),
            serve(places.flex, flex.router(), stopped),
        ];
        drop((places.bridge, places.admin));
        let bridge = start_bridge(&configuration, clock, random).await?;
        Ok(Self {
            flex_url: addresses.flex.parse()?,
            admin_url,
            configuration,
            addresses,
            secret,
            bridge,
            servers,
            stop,
            _state: state,
        })
    }

    /// Signs a person in over HTTP, and looks what came of it.
    ///
    /// # Errors
    /// [`DemoError::Walk`] when nothing answers; being refused is an answer.
    pub async fn sign_in(&self, person: Person) -> Result<Arrival, DemoError> {
        let walked = walk(&self.flex_url, person.id).await?;
        let found = look(
            &self.addresses.twilio,
            API_KEY,
            &self.secret,
            &person.email(),
        )
        .await?;
        let worker = found.attributes.as_ref();
        let flex_location = worker.and_then(|attributes| attributes.get("flex_location"));
        Ok(Arrival {
            person,
            arrived: walked.arrived(&self.flex_url),
            voice: Voice::of(&found.locations, flex_location),
            met: self.addresses.names(),
            walked,
            found,
        })
    }

    /// Comes back when the bridge has stopped by itself, which it never should.
    pub async fn ended(&self) {
        self.bridge.ended().await;
    }

    /// Ends everything in good order.
    ///
    /// # Errors
    /// [`DemoError::Bridge`] when the bridge had failed.
    pub async fn stop(self) -> Result<(), DemoError> {
        let ended = self.bridge.stop().await;
        drop(self.stop);
        for server in self.servers {
            // A browser that holds its connection open is not waited for.
            let _ = tokio::time::timeout(GRACE, server).await;
        }
        ended.map_err(|error| DemoError::Bridge(error.to_string()))
    }
}

fn addresses(places: &Places) -> Result<Addresses, PortError> {
    let bridge_port = port_of(&places.bridge)?;
    Ok(Addresses {
        bridge: url(bridge_port),
        bridge_port,
        admin_port: port_of(&places.admin)?,
        idp: url_of(&places.idp)?,
        flex: url_of(&places.flex)?,
        twilio: url_of(&places.twilio)?,
    })
}

/// The account with the two locations of Twilio's article, and one more.
fn twilio(
    secret: &Secret,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<DemoTwilio, RandomUnavailable> {
    let credentials = vec![(API_KEY.to_owned(), secret.clone())];
    let twilio = DemoTwilio::new(ACCOUNT_SID, credentials, clock.clone(), random.clone())?;
    let mut locations = twilio.locations();
    if let Some(list) = locations.as_array_mut() {
        list.push(serde_json::json!({ "name": "São Paulo", "edge": ["sao-paulo", "roaming"] }));
    }
    twilio.set_locations(locations);
    Ok(twilio)
}

fn serve(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<()>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let stop = async move {
            // The sender says nothing; it goes.
            while stopped.changed().await.is_ok() {}
        };
        if let Err(error) = axum::serve(listener, router)
            .with_graceful_shutdown(stop)
            .await
        {
            tracing::error!(%error, "a server of the demo has ended");
        }
    })
}
