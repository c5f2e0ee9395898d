//! Whether the process that serves a configuration is alive, or ready: asked by another process
//! on the same machine, as a container's health check is.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    path::Path,
    time::Duration,
};

use crate::config::{self, Report};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Of an answer, so much is read.
const LONGEST: u64 = 1024;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Whether it answers at all.
    Alive,
    /// Whether it can serve logins.
    Ready,
}

/// Why the answer is no.
#[derive(Debug, thiserror::Error)]
pub enum Unwell {
    /// The configuration does not say where it listens.
    #[error("the configuration can't be used")]
    Configuration(Report),
    /// Nobody answers.
    #[error("{0} does not answer: {1}")]
    Silent(SocketAddr, io::Error),
    /// It says no.
    #[error("{0} answers: {1}")]
    No(SocketAddr, String),
}

/// Asks the administrator's address of the configuration at `path`.
///
/// # Errors
/// [`Unwell`].
pub fn probe(path: &Path, probe: Probe) -> Result<(), Unwell> {
    let checked = config::load(path).map_err(Unwell::Configuration)?;
    let address = own(checked.config.listen.admin);
    let status = ask(address, probe).map_err(|error| Unwell::Silent(address, error))?;
    // RFC 9112 §4: the version, a space, the three digits.
    if status.split(' ').nth(1) == Some("200") {
        Ok(())
    } else {
        Err(Unwell::No(address, status))
    }
}

/// From this machine, "any address" is reached by loopback.
fn own(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The first line of the answer.
fn ask(address: SocketAddr, probe: Probe) -> io::Result<String> {
    let path = match probe {
        Probe::Alive => "/healthz",
        Probe::Ready => "/readyz",
    };
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let line = answer.lines().next().unwrap_or_default();
    Ok(line.chars().filter(|c| !c.is_control()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_address_is_reached_by_loopback() {
        for (listen, reached) in [
            ("0.0.0.0:9443", "127.0.0.1:9443"),
            ("[::]:1", "[::1]:1"),
            ("10.1.2.3:9443", "10.1.2.3:9443"),
        ] {
            assert_eq!(own(listen.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
