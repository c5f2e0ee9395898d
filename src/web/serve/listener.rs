//! One address that is listened at, with its bounds.
//!
//! Must never: end because of one connection, or leave one behind when it ends.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{net::TcpStream, sync::watch, task::JoinSet};

use super::{
    CONNECTION_WINDOW, HEAD_PATIENCE, LARGEST_HEAD, MOST_HEADERS, STREAM_WINDOW, STREAMS,
    connection::{self, Common, stops},
    places::Places,
};
use crate::web::Tls;

/// A little rest when a connection can't be taken, for want of file descriptors for example.
const REST: Duration = Duration::from_millis(50);
/// How many connections may stand in the system's queue, at least as many as it lets in.
const LONGEST_QUEUE: usize = 4_096;

/// An address that is listened at, and what is served there.
pub(super) struct Listener {
    pub(super) at: TcpListener,
    pub(super) router: Router,
    pub(super) tls: Option<Tls>,
    pub(super) places: Arc<Places>,
    /// How long a request may be under way without anything beginning or ending.
    pub(super) stalled: Duration,
    /// How long requests under way may take to end.
    pub(super) drain: Duration,
}

impl Listener {
    /// Serves until `stop` becomes true and what was under way then has ended.
    pub(super) async fn serve(self, mut stop: watch::Receiver<bool>) -> std::io::Result<()> {
        self.at.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(self.at)?;
        let mut door = Door {
            common: Arc::new(Common {
                http: bounded(),
                tls: self.tls,
                router: self.router,
                stalled: self.stalled,
            }),
            places: self.places,
            stop: stop.clone(),
            connections: JoinSet::new(),
        };
        loop {
            let accepted = tokio::select! {
                biased;
                () = stops(&mut stop) => break,
                _ = door.connections.join_next(), if !door.connections.is_empty() => continue,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => door.welcome(stream, peer),
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(REST).await;
                }
            }
        }
        // Whoever stands in the system's queue by now believes to be connected, and may have asked:
        // they are served. From then on connections are refused, not left to wait.
        let queue = listener.into_std()?;
        for _ in 0..LONGEST_QUEUE {
            let (stream, peer) = match queue.accept() {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                // One that was given up meanwhile says nothing of those behind it.
                Err(_) => continue,
            };
            if stream.set_nonblocking(true).is_ok()
                && let Ok(stream) = TcpStream::from_std(stream)
            {
                door.welcome(stream, peer);
            }
        }
        drop(queue);
        let ended = async { while door.connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(self.drain, ended).await;
        Ok(())
    }
}

/// Where connections come in, and how they end.
struct Door {
    common: Arc<Common>,
    places: Arc<Places>,
    stop: watch::Receiver<bool>,
    /// With this set whatever is left of the connections ends.
    connections: JoinSet<()>,
}

impl Door {
    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr) {
        let Some(place) = self.places.enter(peer.ip()) else {
            tracing::debug!(%peer, "more connections than are let in, and all of them busy");
            return;
        };
        // Without it an answer's last bytes would wait for the other side's acknowledgement.
        let _ = stream.set_nodelay(true);
        let (common, stop) = (Arc::clone(&self.common), self.stop.clone());
        let served = connection::serve(stream, peer, place, common, stop);
        self.connections.spawn(served);
    }
}

/// HTTP/1 and HTTP/2 with their bounds.
fn bounded() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(LARGEST_HEAD as usize)
        .max_headers(MOST_HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(LARGEST_HEAD)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(HEAD_PATIENCE)
        .keep_alive_timeout(HEAD_PATIENCE);
    builder
}
