//! The two listeners: bound first, then served until told to stop.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use axum::Router;
use axum_server::{Handle, Server as HttpServer, tls_rustls::RustlsAcceptor};
use ipnet::IpNet;

use super::{Settings, connections::LimitConnections, tls::Tls};

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
/// How long requests under way may take to end.
const DRAIN: Duration = Duration::from_secs(25);

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
        let (public_handle, admin_handle) = (Handle::new(), Handle::new());
        let limit = LimitConnections::new(&self.trusted_proxies);
        let listener = prepared(axum_server::from_tcp(self.public)?, &public_handle);
        let service = public_router.into_make_service_with_connect_info::<SocketAddr>();
        let public = async {
            match self.tls {
                Some(tls) => {
                    let acceptor = RustlsAcceptor::new(tls.config()).acceptor(limit);
                    listener.acceptor(acceptor).serve(service).await
                }
                None => listener.acceptor(limit).serve(service).await,
            }
        };
        let admin = prepared(axum_server::from_tcp(self.admin)?, &admin_handle)
            .acceptor(LimitConnections::new(&[]))
            .serve(admin_router.into_make_service_with_connect_info::<SocketAddr>());
        // The administrator's address answers until the last login has ended.
        let public_then_admin = async {
            let result = public.await;
            admin_handle.graceful_shutdown(Some(Duration::from_secs(1)));
            result
        };
        let stop = async {
            shutdown.await;
            public_handle.graceful_shutdown(Some(DRAIN));
            std::future::pending::<()>().await;
        };
        let both = async { tokio::try_join!(public_then_admin, admin) };
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

/// A listener with its bounds.
fn prepared(
    mut listener: HttpServer<SocketAddr>,
    handle: &Handle<SocketAddr>,
) -> HttpServer<SocketAddr> {
    let builder = listener.http_builder();
    builder
        .http1()
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(LARGEST_HEAD as usize)
        .max_headers(MOST_HEADERS);
    builder
        .http2()
        .max_header_list_size(LARGEST_HEAD)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(HEAD_PATIENCE)
        .keep_alive_timeout(HEAD_PATIENCE);
    listener
        .first_request_timeout(HEAD_PATIENCE)
        .accept_error_handler(|peer, error| {
            tracing::debug!(?peer, %error, "a connection was not accepted");
        })
        .handle(handle.clone())
}
