//! What arrived of a request, for `doctor`; nothing is decided by it.

use std::net::SocketAddr;

use axum::extract::Request;
use http::{HeaderName, HeaderValue, request::Parts};
use ipnet::IpNet;

use super::{
    admin::host,
    service::{DOCTOR_HEADER, Seen, Service},
};

/// The longest text of a header that is told, in bytes.
const LONGEST: usize = 255;

/// What arrived, from `peer`.
fn seen(peer: SocketAddr, parts: &Parts, trusted: &[IpNet], tls: bool) -> Seen {
    let headers = &parts.headers;
    let address = peer.ip().to_canonical();
    let text = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?.trim();
        (value.len() <= LONGEST).then(|| value.to_owned())
    };
    let host = host(&parts.uri, headers).filter(|host| host.len() <= LONGEST);
    Seen {
        tls,
        host: host.map(str::to_owned),
        peer: address.to_string(),
        from_proxy: trusted.iter().any(|network| network.contains(&address)),
        forwarded_for: headers.contains_key("x-forwarded-for"),
        forwarded_proto: text("x-forwarded-proto"),
    }
}

/// The header that answers `doctor`'s question, if the request asks one that we can open.
pub(super) async fn testify(
    service: &dyn Service,
    peer: SocketAddr,
    request: Request,
    trusted: &[IpNet],
    tls: bool,
) -> Option<[(HeaderName, HeaderValue); 1]> {
    let (parts, _) = request.into_parts();
    let question = parts.headers.get(DOCTOR_HEADER)?.to_str().ok()?;
    let seen = seen(peer, &parts, trusted, tls);
    let answer = service.witness(question, seen).await?;
    let value = HeaderValue::from_str(&answer).ok()?;
    Some([(HeaderName::from_static(DOCTOR_HEADER), value)])
}
