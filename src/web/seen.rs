//! What arrived of a request, for `doctor`; nothing is decided by it.

use std::net::SocketAddr;

use http::request::Parts;
use ipnet::IpNet;

use super::{admin::host, service::Seen};

/// The longest text of a header that is told, in bytes.
const LONGEST: usize = 255;

/// What arrived, from `peer`.
pub(super) fn seen(peer: SocketAddr, parts: &Parts, trusted: &[IpNet], tls: bool) -> Seen {
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
