//! Where the demo company listens: on loopback, on ports that people can
//! remember, or on free ones where those are taken.

use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};

use tokio::net::TcpListener;

/// The first of the five ports, unless told otherwise.
const USUAL: u16 = 7780;

/// A port can't be had.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// It is taken, or may not be used.
    #[error("port {0} can't be used: {1}")]
    Taken(u16, std::io::Error),
    /// The five ports don't fit below 65,536.
    #[error("there are no five ports from {0} on")]
    TooHigh(u16),
}

/// The places of the company. The bridge opens its own by its configuration.
pub(super) struct Places {
    pub(super) flex: TcpListener,
    pub(super) idp: TcpListener,
    pub(super) twilio: TcpListener,
    /// Held until the bridge opens it itself, so that nobody else takes it meanwhile.
    pub(super) bridge: StdListener,
    /// Likewise.
    pub(super) admin: StdListener,
}

impl Places {
    /// Takes five ports in a row from `base`, or any free ones if that is 0;
    /// without it the usual ones, or free ones in their stead. To be called
    /// within a Tokio runtime.
    pub(super) fn take(base: Option<u16>) -> Result<Self, PortError> {
        let first = base.unwrap_or(USUAL);
        if first.checked_add(4).is_none() {
            return Err(PortError::TooHigh(first));
        }
        let take = |offset: u16| {
            let port = if first == 0 { 0 } else { first + offset };
            match bind(port) {
                Err(_) if base.is_none() => bind(0).map_err(|error| PortError::Taken(0, error)),
                taken => taken.map_err(|error| PortError::Taken(port, error)),
            }
        };
        // All at once, so that none is given out twice.
        let (flex, bridge, admin, idp, twilio) = (take(0)?, take(1)?, take(2)?, take(3)?, take(4)?);
        Ok(Self {
            flex: listener(flex)?,
            idp: listener(idp)?,
            twilio: listener(twilio)?,
            bridge,
            admin,
        })
    }
}

fn bind(port: u16) -> std::io::Result<StdListener> {
    StdListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}

fn listener(bound: StdListener) -> Result<TcpListener, PortError> {
    bound
        .set_nonblocking(true)
        .and_then(|()| TcpListener::from_std(bound))
        .map_err(|error| PortError::Taken(0, error))
}

/// The port that was bound.
pub(super) fn port_of(bound: &StdListener) -> Result<u16, PortError> {
    let address = bound.local_addr();
    address
        .map(|address| address.port())
        .map_err(|error| PortError::Taken(0, error))
}

/// The URL of what listens there, as browsers see it.
pub(super) fn url_of(listener: &TcpListener) -> Result<String, PortError> {
    let address = listener
        .local_addr()
        .map_err(|error| PortError::Taken(0, error))?;
    Ok(url(address.port()))
}

/// The URL of a port of this machine.
pub(super) fn url(port: u16) -> String {
    format!("http://localhost:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn taken_ports_are_replaced_unless_they_were_asked_for() {
        let taken = bind(0).unwrap();
        let base = port_of(&taken).unwrap();
        assert!(matches!(Places::take(Some(base)), Err(PortError::Taken(port, _)) if port == base));
        let one = Places::take(None).unwrap();
        let other = Places::take(None).unwrap();
        assert_ne!(url_of(&one.flex).unwrap(), url_of(&other.flex).unwrap());
        assert!(matches!(
            Places::take(Some(65_533)),
            Err(PortError::TooHigh(_))
        ));
    }
}
