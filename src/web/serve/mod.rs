//! The two listeners: bound first, then served until told to stop.
//!
//! Must never: know what is asked; that is the routers' business. Here are connections, their bounds and their end.

mod connection;
mod listener;
mod places;

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use axum::Router;
use ipnet::IpNet;
use tokio::sync::watch;

use self::{listener::Listener, places::Places};
use super::{Settings, tls::Tls};

/// How long a request's head may take to arrive; also how long an idle connection is kept.
const HEAD_PATIENCE: Duration = Duration::from_secs(15);
/// The largest head of a request; an AuthnRequest by redirect travels in it.
const LARGEST_HEAD: u32 = 64 * 1024;
const MOST_HEADERS: usize = 100;
/// How many requests one HTTP/2 connection carries at once.
const STREAMS: u32 = 64;
/// How many bytes are taken ahead of being read: by one request, by all of a connection.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// How long a request may be under way without any of its connection's beginning or ending: whoever does not
/// take its answer is let go. More than a login may take; on the administrator's side a report of thousands of workers.
const STALLED: Duration = Duration::from_mins(1);
const ADMIN_STALLED: Duration = Duration::from_mins(15);
/// How long requests under way may take to end.
const DRAIN: Duration = Duration::from_secs(25);
const ADMIN_DRAIN: Duration = Duration::from_secs(1);

/// Why the bridge can't listen or stopped listening.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address can't be listened at.
    #[error(
        "{address} (listen.{which}) can't be listened at: {cause}; is another process there already, or may this one not?"
    )]
    Bind {
        /// `public` or `admin`.
        which: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A listener ended by itself.
    #[error("listening ended: {0}")]
    Ended(#[from] std::io::Error),
}

/// Both addresses bound, so that a caller knows the real ports before anything is served.
#[derive(Debug)]
pub struct Server {
    public: TcpListener,
    admin: TcpListener,
    public_address: SocketAddr,
    admin_address: SocketAddr,
    tls: Option<Tls>,
    trusted_proxies: Vec<IpNet>,
}

impl Server {
    /// Binds both addresses; port 0 takes a free one. `tls` is loaded by the
    /// caller, who also keeps it to load it again.
    ///
    /// # Errors
    /// [`ServeError::Bind`] when an address can't be had.
    pub fn bind(settings: &Settings, tls: Option<Tls>) -> Result<Self, ServeError> {
        let public = bind("public", settings.public)?;
        let admin = bind("admin", settings.admin)?;
        Ok(Self {
            public_address: public.local_addr()?,
            admin_address: admin.local_addr()?,
            public,
            admin,
            tls,
            trusted_proxies: settings.trusted_proxies.clone(),
        })
    }

    /// The address that browsers reach, with its real port.
    #[must_use]
    pub const fn public_address(&self) -> SocketAddr {
        self.public_address
    }

    /// The administrator's address, with its real port.
    #[must_use]
    pub const fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Serves until `shutdown` is there, then lets the requests under way end,
    /// for 25 seconds at most. To be called within a tokio runtime.
    ///
    /// # Errors
    /// [`ServeError::Ended`] when a listener fails by itself.
    pub async fn run(
        self,
        public_router: Router,
        admin_router: Router,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let (stop_public, public_stops) = watch::channel(false);
        let (stop_admin, admin_stops) = watch::channel(false);
        let public = Listener {
            at: self.public,
            router: public_router,
            tls: self.tls,
            places: Places::new(&self.trusted_proxies),
            stalled: STALLED,
            drain: DRAIN,
        };
        let admin = Listener {
            at: self.admin,
            router: admin_router,
            tls: None,
            places: Places::new(&[]),
            stalled: ADMIN_STALLED,
            drain: ADMIN_DRAIN,
        };
        // The administrator's address answers until the last login has ended.
        let public_then_admin = async {
            let result = public.serve(public_stops).await;
            stop_admin.send_replace(true);
            result
        };
        let stop = async {
            shutdown.await;
            stop_public.send_replace(true);
            std::future::pending::<()>().await;
        };
        let both = async { tokio::try_join!(public_then_admin, admin.serve(admin_stops)) };
        tokio::select! {
            ended = both => ended?,
            () = stop => ((), ()),
        };
        Ok(())
    }
}

fn bind(which: &'static str, address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).map_err(|cause| ServeError::Bind {
        which,
        address,
        cause,
    })
}
