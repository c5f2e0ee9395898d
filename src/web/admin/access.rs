//! Who comes to the administrator's address.
//!
//! Must never: say anything about the bridge's state to somebody who is not known.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use ipnet::IpNet;

use super::{super::address::client_address, Admin, api, frame, sign_in};
use crate::{
    admin::{Session, Trouble, TroubleKind},
    settings::Secret,
};

/// What the administrator's address asks of whoever comes.
#[derive(Debug, Clone, Default)]
pub struct AdminAccess {
    /// The token of `listen.admin_token`. Without one only this machine comes, and `Host` must say so.
    pub token: Option<Secret>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// Who a request comes from; what handlers ask for by `Extension`.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// Nobody we know; may probe and sign in.
    Nobody,
    /// Somebody on this machine, where no token is configured. May read.
    Local,
    /// A browser that was signed in by the token. May read, and change where it says the token again.
    Session(Session),
    /// A program that bears the token. May do everything.
    Bearer,
}

impl Caller {
    /// Whether the request may see everything.
    pub(super) const fn is_known(&self) -> bool {
        !matches!(self, Self::Nobody)
    }
}

/// Lets in whoever is known. To probes and the sign-in page it lets in everybody.
pub(super) async fn guard(
    State(admin): State<Arc<Admin>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let api = path.starts_with("/api/");
    let open = matches!(path, "/healthz" | "/readyz" | "/sign-in");
    let (caller, renewed) = match who(&admin, peer, &request) {
        Ok(known) => known,
        Err(trouble) => return refused(&trouble, api),
    };
    if !caller.is_known() && !open {
        return match (&admin.access.token, api) {
            (None, _) => refused(&elsewhere(), api),
            (Some(_), true) => refused(&unknown(), api),
            (Some(_), false) => sign_in::wanted(request.uri()),
        };
    }
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    let cookie = renewed.as_deref().map(sign_in::cookie);
    if let Some(cookie) = cookie.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        // Signing in or out says something newer.
        let headers = response.headers_mut();
        headers.entry(header::SET_COOKIE).or_insert(cookie);
    }
    response
}

/// Who it is, and the cookie that replaces the session's.
fn who(
    admin: &Admin,
    peer: SocketAddr,
    request: &Request,
) -> Result<(Caller, Option<String>), Trouble> {
    let headers = request.headers();
    let Some(token) = &admin.access.token else {
        let local = is_local(host(request.uri(), headers));
        let caller = if local { Caller::Local } else { Caller::Nobody };
        return Ok((caller, None));
    };
    if headers.contains_key(header::AUTHORIZATION) {
        let address = admin.address(peer, headers);
        admin.may_try(address)?;
        if bears(headers, token) {
            return Ok((Caller::Bearer, None));
        }
        admin.attempts.failed(address, admin.desk.now());
        return Ok((Caller::Nobody, None));
    }
    let session = sign_in::cookie_of(headers).and_then(|value| admin.desk.session(value, token));
    Ok(match session {
        Some((session, renewed)) => (Caller::Session(session), renewed),
        None => (Caller::Nobody, None),
    })
}

impl Admin {
    /// The address that somebody comes from.
    pub(super) fn address(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        client_address(peer, headers, &self.access.trusted_proxies)
    }

    /// Whether an address may say a token now.
    pub(super) fn may_try(&self, address: IpAddr) -> Result<(), Trouble> {
        let Some(seconds) = self.attempts.wait(address, self.desk.now()) else {
            return Ok(());
        };
        Err(Trouble::new(
            TroubleKind::Busy,
            "admin.too_many_attempts",
            "ten wrong tokens came from this address",
            format!("Try again in {seconds} seconds, with the token of listen.admin_token."),
        ))
    }

    /// Whether this is the token; counted if it is not.
    pub(super) fn is_token(&self, told: &str, address: IpAddr) -> Result<bool, Trouble> {
        let Some(token) = &self.access.token else {
            return Err(no_token());
        };
        self.may_try(address)?;
        let right = equal(told.trim(), token);
        if !right {
            self.attempts.failed(address, self.desk.now());
        }
        Ok(right)
    }
}

/// Changes need a token, and none is configured.
pub(super) fn no_token() -> Trouble {
    Trouble::new(
        TroubleKind::Forbidden,
        "admin.token_required",
        "nothing can be changed here, because no token is configured",
        "Set listen.admin_token, restart, and sign in; or use the command line.",
    )
}

/// Whether a form comes from a page of ours: browsers say so themselves.
pub(super) fn same_origin(headers: &HeaderMap, uri: &Uri) -> Result<(), Trouble> {
    let one = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let same = match (one("sec-fetch-site"), one("origin")) {
        (Some(site), _) => site == "same-origin",
        // Without TLS and away from this machine browsers say no more than this.
        (None, Some(origin)) => {
            let authority = origin.split_once("://").map(|(_, authority)| authority);
            let asked = uri.authority().map(http::uri::Authority::as_str);
            let asked = asked.or_else(|| one("host"));
            authority.is_some() && authority == asked
        }
        (None, None) => false,
    };
    same.then_some(()).ok_or_else(|| {
        Trouble::new(
            TroubleKind::Forbidden,
            "admin.other_origin",
            "the form does not say that it comes from this page",
            "Open the page anew and send the form from there. A proxy in front must pass Host on.",
        )
    })
}

fn refused(trouble: &Trouble, api: bool) -> Response {
    let mut response = if api {
        api::problem(trouble)
    } else {
        frame::bare_trouble(trouble)
    };
    if trouble.code == UNKNOWN {
        let bearer = HeaderValue::from_static("Bearer");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, bearer);
        *response.status_mut() = StatusCode::UNAUTHORIZED;
    }
    if trouble.code == ELSEWHERE {
        *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    }
    response.into_response()
}

const UNKNOWN: &str = "admin.unknown";
const ELSEWHERE: &str = "admin.elsewhere";

fn unknown() -> Trouble {
    Trouble::new(
        TroubleKind::Forbidden,
        UNKNOWN,
        "this is for administrators",
        "Send the token of listen.admin_token as “Authorization: Bearer …”.",
    )
}

fn elsewhere() -> Trouble {
    Trouble::new(
        TroubleKind::Forbidden,
        ELSEWHERE,
        "without a token this address is for this machine only",
        "Ask for it as localhost, 127.0.0.1 or [::1], or set listen.admin_token.",
    )
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
    scheme.eq_ignore_ascii_case("bearer") && equal(credentials.trim(), token)
}

fn equal(told: &str, token: &Secret) -> bool {
    let (told, token) = (told.as_bytes(), token.expose().as_bytes());
    aws_lc_rs::constant_time::verify_slices_are_equal(told, token).is_ok()
}

/// The host that the client means: `:authority` of HTTP/2, or `Host`.
pub(in crate::web) fn host<'r>(uri: &'r Uri, headers: &'r HeaderMap) -> Option<&'r str> {
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

    #[test]
    fn only_what_says_so_comes_from_our_page() {
        for (lines, same) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://a:1"),
                    ("host", "a:1"),
                ],
                false,
            ),
            (&[("origin", "http://a:1"), ("host", "a:1")], true),
            (&[("origin", "https://a"), ("host", "a")], true),
            (&[("origin", "http://a:2"), ("host", "a:1")], false),
            (&[("origin", "null"), ("host", "null")], false),
            (&[("host", "a:1")], false),
            (&[], false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.insert(*name, value.parse().unwrap());
            }
            let uri = Uri::from_static("/sign-in");
            assert_eq!(same_origin(&headers, &uri).is_ok(), same, "{lines:?}");
        }
    }
}
