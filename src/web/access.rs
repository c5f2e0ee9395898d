//! Who may use the administrator's address.
//!
//! Must never: say anything about the bridge's state to somebody who is not known.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, Uri, header};

use super::pages;
use crate::settings::Secret;

/// What the administrator's address asks of whoever comes.
#[derive(Debug, Clone, Default)]
pub struct AdminAccess {
    /// The token of `listen.admin_token`. Without one only this machine comes, and `Host` must say so.
    pub token: Option<Secret>,
}

/// Whether a request may see everything; what handlers ask for by `Extension`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known(pub(super) bool);

/// Lets in whoever is known. To probes it lets in everybody: they learn a word at most.
pub(super) async fn guard(
    State(access): State<AdminAccess>,
    mut request: Request,
    next: Next,
) -> Response {
    let known = match &access.token {
        Some(token) => bears(request.headers(), token),
        None => is_local(host(request.uri(), request.headers())),
    };
    let probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    if !known && !probe {
        return if access.token.is_some() {
            unknown()
        } else {
            elsewhere()
        };
    }
    request.extensions_mut().insert(Known(known));
    next.run(request).await
}

/// `Authorization: Bearer TOKEN` (RFC 6750 §2.1), once.
fn bears(headers: &HeaderMap, token: &Secret) -> bool {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return false;
    };
    let Some((scheme, credentials)) = only.to_str().ok().and_then(|text| text.split_once(' '))
    else {
        return false;
    };
    let told = credentials.trim().as_bytes();
    let equal =
        aws_lc_rs::constant_time::verify_slices_are_equal(told, token.expose().as_bytes()).is_ok();
    scheme.eq_ignore_ascii_case("bearer") && equal
}

/// The host that the client means: `:authority` of HTTP/2, or `Host`.
fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
    if let Some(host) = uri.host() {
        return Some(host);
    }
    let mut all = headers.get_all(header::HOST).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    let text = only.to_str().ok()?;
    // A port, if there is one, stands behind the last colon outside of brackets.
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => Some(host),
        _ => Some(text),
    }
}

/// Whether a host is this machine itself. A page from elsewhere can give its own name our
/// loopback address (DNS rebinding); its requests then come with that name.
fn is_local(host: Option<&str>) -> bool {
    let Some(host) = host else {
        return false;
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || bare
            .unwrap_or(host)
            .parse()
            .is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

fn unknown() -> Response {
    let page = pages::problem(
        StatusCode::UNAUTHORIZED,
        "For administrators",
        "Send the token of listen.admin_token as “Authorization: Bearer …”.",
    );
    ([(header::WWW_AUTHENTICATE, "Bearer")], page).into_response()
}

fn elsewhere() -> Response {
    pages::problem(
        StatusCode::MISDIRECTED_REQUEST,
        "Not by this name",
        "Without a token this address is for this machine only: ask for it as localhost, 127.0.0.1 or [::1], or set listen.admin_token.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for (written, local) in [
            ("localhost", true),
            ("LocalHost:9443", true),
            ("127.0.0.1:9443", true),
            ("127.8.8.8", true),
            ("[::1]:9443", true),
            ("[::1]", true),
            ("[::ffff:127.0.0.1]:9443", true),
            ("localhost.example.com", false),
            ("127.0.0.1.example.com", false),
            ("rebound.example.com:9443", false),
            ("10.0.0.1:9443", false),
            ("[2001:db8::1]:9443", false),
            ("", false),
            (":9443", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, written.parse().unwrap());
            let uri = Uri::from_static("/metrics");
            assert_eq!(is_local(host(&uri, &headers)), local, "{written}");
        }
        let absolute = Uri::from_static("http://rebound.example.com/");
        let mut headers = HeaderMap::new();
        assert!(!is_local(host(&Uri::from_static("/"), &headers)));
        headers.insert(header::HOST, "localhost".parse().unwrap());
        assert!(!is_local(host(&absolute, &headers)));
        headers.append(header::HOST, "localhost".parse().unwrap());
        assert!(!is_local(host(&Uri::from_static("/"), &headers)));
    }

    #[test]
    fn only_the_whole_token_counts_and_only_once() {
        let token = Secret::new("0123456789abcdef".to_owned());
        for (lines, known) in [
            (&["Bearer 0123456789abcdef"][..], true),
            (&["bearer  0123456789abcdef "], true),
            (&["Bearer 0123456789abcdeg"], false),
            (&["Bearer 0123456789abcde"], false),
            (&["Bearer "], false),
            (&["Basic 0123456789abcdef"], false),
            (&["0123456789abcdef"], false),
            (&[], false),
            (&["Bearer 0123456789abcdef", "Bearer x"], false),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::AUTHORIZATION, line.parse().unwrap());
            }
            assert_eq!(bears(&headers, &token), known, "{lines:?}");
        }
    }
}
