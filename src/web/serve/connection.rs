//! One connection: TLS, its requests, and its end.
//!
//! Must never: cut off a request that is being answered, or stay for as long as the other side likes.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
};
use http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::{
    HEAD_PATIENCE,
    places::{Place, UnderWay},
};
use crate::web::Tls;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a connection that gives way has for its farewell. Nothing was under way; in HTTP/2 the
/// other side may still have sent a request that crossed it.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long, when the listener stops, somebody who has just come has to be heard.
const FIRST_WORD: Duration = Duration::from_millis(500);

/// What all connections of a listener have in common.
pub(super) struct Common {
    pub(super) http: Builder<TokioExecutor>,
    pub(super) tls: Option<Tls>,
    pub(super) router: Router,
    /// How long a request may be under way without anything beginning or ending.
    pub(super) stalled: Duration,
}

/// Serves one connection until its end. When `stop` becomes true it ends with what is under way.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    mut place: Place,
    common: Arc<Common>,
    stop: watch::Receiver<bool>,
) {
    place.vacated().await;
    let Some(tls) = &common.tls else {
        return speak(stream, peer, &place, &common, stop).await;
    };
    let hands = TlsAcceptor::from(tls.config()).accept(stream);
    let mut stopped = stop.clone();
    let shaken = tokio::select! {
        biased;
        () = async {
            stops(&mut stopped).await;
            tokio::time::sleep(FIRST_WORD).await;
        } => return,
        () = place.asked_to_leave() => return,
        shaken = tokio::time::timeout(HANDSHAKE, hands) => shaken,
    };
    match shaken {
        Ok(Ok(stream)) => speak(stream, peer, &place, &common, stop).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS"),
        Err(_) => tracing::debug!(%peer, "TLS took too long"),
    }
}

async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    peer: SocketAddr,
    place: &Place,
    common: &Common,
    mut stop: watch::Receiver<bool>,
) {
    let router = common.router.clone();
    let places = place.requests();
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        let under_way = places.begin();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request);
        async move {
            let answer: Response<Body> = answer.await?;
            Ok::<_, Infallible>(answer.map(|body| Held {
                body,
                _under_way: under_way,
            }))
        }
    });
    let stream = TokioIo::new(stream);
    let mut connection = pin!(common.http.serve_connection(stream, service));
    let rest = tokio::select! {
        biased;
        () = stops(&mut stop) => {
            tokio::select! {
                biased;
                _ = connection.as_mut() => return,
                // Who has just come may have asked already, which is not read yet.
                () = place.has_asked() => {}
                () = tokio::time::sleep(FIRST_WORD) => {}
            }
            common.stalled
        }
        () = place.asked_to_leave() => FAREWELL,
        stalled = place.quiet(HEAD_PATIENCE, common.stalled) => {
            // A request that crosses the farewell of an idle connection has its time.
            if stalled { FAREWELL } else { common.stalled }
        }
        _ = connection.as_mut() => return,
    };
    // HTTP/2 is told where the end is; HTTP/1 closes after what it is answering.
    connection.as_mut().graceful_shutdown();
    let farewell = async {
        place.asked_to_leave().await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        _ = connection => {}
        () = tokio::time::sleep(rest) => {}
        () = farewell => {}
    }
}

/// Ends when the listener shall stop, or is gone.
pub(super) async fn stops(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// An answer's body. Until it is written, its request is under way.
struct Held {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
