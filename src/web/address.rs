//! The address that somebody signs in from.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// How many hops are looked at.
const MOST_HOPS: usize = 32;

/// The address of the browser: the peer's, or behind trusted proxies the last
/// address of `X-Forwarded-For` that is not one of theirs.
///
/// Each proxy appends the address it was called from, so the list is read from
/// its end and only as far as trusted proxies wrote it: what the browser itself
/// put there is never reached. A hop that can't be read ends the search at the
/// proxy that reported it.
pub(super) fn client_address(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut client = peer.ip().to_canonical();
    for hop in hops_from_the_end(headers).take(MOST_HOPS) {
        if !is_trusted(client) {
            break;
        }
        let Some(before) = hop.and_then(parse_hop) else {
            break;
        };
        client = before;
    }
    client
}

/// The hops of all `X-Forwarded-For` lines, the last first; `None` for one that is not text.
fn hops_from_the_end(headers: &HeaderMap) -> impl Iterator<Item = Option<&str>> {
    headers
        .get_all(FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|line| match line.to_str() {
            Ok(text) => text.rsplit(',').map(Some).collect(),
            Err(_) => vec![None],
        })
}

/// An address, also with a port and IPv6 in brackets, as some proxies write it.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(hop)
        .parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in forwarded {
            let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append(FORWARDED_FOR, value);
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        for (peer, forwarded, expected) in [
            // Nobody in between.
            ("203.0.113.9:5", &[][..], "203.0.113.9"),
            // A stranger who claims an office address.
            ("203.0.113.9:5", &["10.1.1.1"], "203.0.113.9"),
            // One proxy; what the browser sent itself stands further left.
            ("10.0.0.1:5", &["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1:5", &["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1:5", &["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
            // Two proxies, in one line or two.
            (
                "10.0.0.1:5",
                &["1.1.1.1, 203.0.113.9, 10.0.0.2"],
                "203.0.113.9",
            ),
            (
                "10.0.0.1:5",
                &["1.1.1.1", "203.0.113.9, 10.0.0.2"],
                "203.0.113.9",
            ),
            // Proxies only.
            ("10.0.0.1:5", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1:5", &[], "10.0.0.1"),
            // IPv4 in IPv6's clothes, IPv6, ports.
            (
                "[::ffff:10.0.0.1]:5",
                &["::ffff:203.0.113.9"],
                "203.0.113.9",
            ),
            ("[::ffff:203.0.113.9]:5", &["10.1.1.1"], "203.0.113.9"),
            ("[fd00::1]:5", &["2001:db8::7"], "2001:db8::7"),
            ("[fd00::1]:5", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("10.0.0.1:5", &["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1:5", &["[2001:db8::7]"], "2001:db8::7"),
            // What can't be read is not skipped to reach what the browser wrote.
            ("10.0.0.1:5", &["203.0.113.9, unknown"], "10.0.0.1"),
            ("10.0.0.1:5", &["203.0.113.9,"], "10.0.0.1"),
            ("10.0.0.1:5", &["203.0.113.9", "é"], "10.0.0.1"),
            (
                "10.0.0.1:5",
                &["203.0.113.9, _hidden, 10.0.0.2"],
                "10.0.0.2",
            ),
        ] {
            assert_eq!(client(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_sent_a_stranger_stays_who_they_are(
            lines in proptest::collection::vec("[ -~]{0,60}|[0-9a-f.:,\\[\\] ]{0,60}", 0..5),
        ) {
            let lines: Vec<_> = lines.iter().map(String::as_str).collect();
            assert_eq!(client("203.0.113.9:5", &lines), "203.0.113.9");
            // Behind a proxy: some address, and never a fault.
            client("10.0.0.1:5", &lines);
        }
    }

    #[test]
    fn a_long_list_costs_little() {
        let list = vec!["10.0.0.7"; 5_000].join(",");
        assert_eq!(client("10.0.0.1:5", &[&list]), "10.0.0.7");
    }
}
