//! How many connections are held at once, in all and from one address.

use std::{
    future::{Ready, ready},
    io,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use axum_server::accept::Accept;
use ipnet::IpNet;
use tokio::{
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::Service;

use super::limits::{PerAddress, Share};

/// All connections; with the buffer of each this bounds the memory that slow strangers can hold.
const CONNECTIONS: usize = 4_096;
const CONNECTIONS_PER_ADDRESS: usize = 256;

/// Lets connections in up to a limit; what is beyond it is closed at once.
#[derive(Debug, Clone)]
pub(super) struct LimitConnections {
    all: Arc<Semaphore>,
    each: Arc<PerAddress>,
}

impl LimitConnections {
    pub(super) fn new(trusted_proxies: &[IpNet]) -> Self {
        Self {
            all: Arc::new(Semaphore::new(CONNECTIONS)),
            each: PerAddress::new(CONNECTIONS_PER_ADDRESS, trusted_proxies),
        }
    }

    fn admit(&self, peer: SocketAddr) -> Option<Admission> {
        let permit = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let share = self.each.enter(peer.ip())?;
        Some(Admission {
            _permit: permit,
            _share: share,
        })
    }
}

#[derive(Debug)]
struct Admission {
    _permit: OwnedSemaphorePermit,
    _share: Share,
}

impl<S> Accept<TcpStream, S> for LimitConnections {
    type Stream = TcpStream;
    type Service = Admitted<S>;
    type Future = Ready<io::Result<(TcpStream, Admitted<S>)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let admitted = || {
            stream.set_nodelay(true)?;
            self.admit(stream.peer_addr()?)
                .ok_or_else(|| io::Error::other("more connections than are let in"))
        };
        ready(admitted().map(|admission| {
            let service = Admitted {
                inner: service,
                _admission: Arc::new(admission),
            };
            (stream, service)
        }))
    }
}

/// A connection's service, which holds the connection's place while it lives.
#[derive(Debug, Clone)]
pub(super) struct Admitted<S> {
    inner: S,
    _admission: Arc<Admission>,
}

impl<R, S: Service<R>> Service<R> for Admitted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_can_not_take_every_place() {
        let limit = LimitConnections::new(&["10.0.0.0/8".parse().unwrap()]);
        let from = |peer: &str| limit.admit(SocketAddr::new(peer.parse().unwrap(), 1));
        let held: Vec<_> = std::iter::from_fn(|| from("203.0.113.9")).collect();
        assert_eq!(held.len(), CONNECTIONS_PER_ADDRESS);
        let behind_proxy: Vec<_> = std::iter::from_fn(|| from("10.0.0.1")).collect();
        assert_eq!(behind_proxy.len(), CONNECTIONS - CONNECTIONS_PER_ADDRESS);
        drop(held);
        assert!(from("198.51.100.1").is_some());
    }
}
