//! Addresses: what browsers see, what is listened on, what is called.

use std::net::SocketAddr;

use ipnet::IpNet;
use url::Url;

use super::is_file;
use crate::{
    config::Parts,
    settings::{Problem, SecretSource, SettingPath, is_loopback},
    web,
};

pub(super) fn check(parts: &Parts, problems: &mut Vec<Problem>) {
    let root = SettingPath::root();
    if let Some(url) = &parts.public_url {
        public_url(url, &root.join("public_url"), problems);
    }
    if let Some(listen) = &parts.listen {
        let at = root.join("listen");
        check_listen(listen, &at, problems);
        problems.extend(nobody_ends_tls(parts.public_url.as_ref(), listen, &at));
    }
}

/// A URL that is called, or that browsers are sent to: https, or this machine itself.
pub(super) fn https(url: &Url, at: &SettingPath) -> Option<Problem> {
    let fine = url.scheme() == "https" || url.scheme() == "http" && is_loopback(url);
    (!fine).then(|| {
        Problem::error(
            at.clone(),
            format!("the URL begins with {}: and not with https:", url.scheme()),
            "Use https; http is for this machine itself only (localhost, 127.0.0.1, [::1]).",
        )
    })
}

fn public_url(url: &Url, at: &SettingPath, problems: &mut Vec<Problem>) {
    problems.extend(https(url, at));
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !bare {
        let origin = url.origin().ascii_serialization();
        problems.push(Problem::error(
            at.clone(),
            "the URL has more than scheme, host and port",
            format!("Write \"{origin}\"; the bridge needs a host name of its own."),
        ));
    }
}

fn check_listen(listen: &web::Settings, at: &SettingPath, problems: &mut Vec<Problem>) {
    if !listen.admin.ip().is_loopback() && listen.admin_token.is_none() {
        problems.push(Problem::error(
            at.join("admin"),
            "the administrator's address can be reached from other machines, and asks for no token",
            "Give `admin_token = { env = \"…\" }`, or use 127.0.0.1 or [::1] and come by an SSH tunnel.",
        ));
    }
    if same_socket(listen.public, listen.admin) {
        problems.push(Problem::error(
            at.join("admin"),
            "the administrator's address is the public one",
            "Give it another port: it must never be reachable by the public address.",
        ));
    }
    if let Some(tls) = &listen.tls {
        let at = at.join("tls");
        problems.extend(is_file(&tls.certificate, &at.join("certificate")));
        if let SecretSource::File(path) = &tls.private_key {
            problems.extend(is_file(path, &at.join("private_key").join("file")));
        }
    }
    let whole = listen.trusted_proxies.iter().enumerate();
    for (index, _) in whole.filter(|(_, network)| network.prefix_len() == 0) {
        problems.push(Problem::error(
            at.join("trusted_proxies").join(index),
            "the whole Internet is a trusted proxy",
            "Name the addresses of your proxies only: anyone else could then claim any address.",
        ));
    }
    problems.extend(wide_proxies(listen, &at.join("trusted_proxies")));
}

/// Networks that hold more than proxies, most likely: whoever sends from there is
/// believed about their address, and locations may depend on it.
fn wide_proxies(listen: &web::Settings, at: &SettingPath) -> Vec<Problem> {
    let wide = |network: &IpNet| match network {
        IpNet::V4(network) => (1..24).contains(&network.prefix_len()),
        IpNet::V6(network) => (1..64).contains(&network.prefix_len()),
    };
    let all = listen.trusted_proxies.iter().enumerate();
    let problem = |(index, network): (usize, &IpNet)| {
        Problem::warning(
            at.join(index),
            format!(
                "{network} is a large network to be a proxy: whoever sends from there chooses their address"
            ),
            "Name the proxies only, such as \"10.0.0.10/32\"; never a network with agents in it.",
        )
    };
    all.filter(|(_, network)| wide(network))
        .map(problem)
        .collect()
}

/// Port 0 is whatever is free, so two of them never meet.
fn same_socket(one: SocketAddr, other: SocketAddr) -> bool {
    let meet = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && meet
}

fn nobody_ends_tls(
    public_url: Option<&Url>,
    listen: &web::Settings,
    at: &SettingPath,
) -> Option<Problem> {
    let https = public_url.is_some_and(|url| url.scheme() == "https");
    let alone = listen.tls.is_none() && listen.trusted_proxies.is_empty();
    (https && alone).then(|| {
        Problem::warning(
            at.clone(),
            "`public_url` is https, but neither `tls` nor `trusted_proxies` is given",
            "Give `tls`, or name the proxy that ends TLS in `trusted_proxies`: without it all agents seem to come from the proxy's address.",
        )
    })
}
