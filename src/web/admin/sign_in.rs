//! Signing in by the token, and out again.
//!
//! Must never: lead anywhere but to a page of ours.

use std::{net::SocketAddr, sync::Arc};

use askama::Template;
use axum::{
    Extension,
    extract::{ConnectInfo, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::{
    Admin, Shared,
    access::{Caller, no_token},
    forms::{self, Fields},
    frame::{self, Frame, Tab},
};
use crate::admin::{Trouble, TroubleKind};

/// The session's cookie. Its prefix keeps other hosts and plain HTTP away from it (RFC 6265bis §4.1.3).
const COOKIE: &str = "__Host-flexbridge-admin";
/// The longest address that signing in leads back to.
const LONGEST_TO: usize = 1_024;

/// What sets the session's cookie. It ends with the browser; sooner by what is sealed in it.
pub(super) fn cookie(value: &str) -> String {
    format!("{COOKIE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict")
}

/// The session's cookie, if there is exactly one.
pub(super) fn cookie_of(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut found = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value);
    match (found.next(), found.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "admin/sign_in.html")]
struct SignIn {
    frame: Frame,
    to: String,
    problem: Option<String>,
}

fn sign_in(status: StatusCode, to: &str, problem: Option<String>) -> Response {
    let template = SignIn {
        frame: Frame::new(Tab::None, &Caller::Nobody),
        to: page_of_ours(to).to_owned(),
        problem,
    };
    frame::page(status, &template)
}

/// What somebody who is not known sees instead of a page.
pub(super) fn wanted(uri: &Uri) -> Response {
    let to = uri.path_and_query().map_or("/", |to| to.as_str());
    let mut response = sign_in(StatusCode::UNAUTHORIZED, to, None);
    let bearer = HeaderValue::from_static("Bearer");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, bearer);
    response
}

/// `GET /sign-in`
pub(super) async fn ask(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Response {
    let fields = Fields::of_query(uri.query());
    let to = fields.get("to").unwrap_or("/");
    if caller.is_known() {
        return see_other(page_of_ours(to));
    }
    if admin.access.token.is_none() {
        return frame::bare_trouble(&no_token());
    }
    let lost = fields.get("kept").map(|_| {
        "Your browser did not keep the session. It keeps it over https, or at localhost only."
            .to_owned()
    });
    sign_in(StatusCode::OK, to, lost)
}

/// `POST /sign-in`
pub(super) async fn begin(
    State(admin): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // Whoever signs in again may have a session already; its form token is not asked for.
    let fields = match forms::form(&Caller::Nobody, &parts.uri, &parts.headers, body).await {
        Ok(fields) => fields,
        Err(trouble) => return frame::bare_trouble(&trouble),
    };
    let to = fields.get("to").unwrap_or("/");
    let address = admin.address(peer, &parts.headers);
    match admin.is_token(fields.exact("token"), address) {
        Ok(true) => begun(&admin, to),
        Ok(false) => {
            tracing::warn!(%address, "somebody signed in to the administrator's page with a wrong token");
            let problem = "That is not the token. It is the one that listen.admin_token names.";
            sign_in(StatusCode::UNAUTHORIZED, to, Some(problem.to_owned()))
        }
        Err(trouble) if trouble.kind == TroubleKind::Busy => {
            let problem = format!("Too many wrong tokens. {}", trouble.mend);
            sign_in(StatusCode::TOO_MANY_REQUESTS, to, Some(problem))
        }
        Err(trouble) => frame::bare_trouble(&trouble),
    }
}

fn begun(admin: &Arc<Admin>, to: &str) -> Response {
    let token = admin.access.token.as_ref();
    let sealed = token.map(|token| admin.desk.begin_session(token));
    let Some(Ok(value)) = sealed else {
        return frame::bare_trouble(&Trouble::new(
            TroubleKind::Unavailable,
            "random.unavailable",
            "the random source of the operating system failed",
            "Look at the machine; logins fail as well.",
        ));
    };
    tracing::info!("an administrator signed in to the page");
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("to", page_of_ours(to))
        .append_pair("kept", "1")
        .finish();
    let mut response = see_other(&format!("/sign-in?{query}"));
    if let Ok(cookie) = HeaderValue::from_str(&cookie(&value)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// `POST /sign-out`
pub(super) async fn end(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(trouble) = forms::form(&caller, &parts.uri, &parts.headers, body).await {
        return frame::trouble(Tab::None, &caller, &trouble);
    }
    if let Caller::Session(session) = &caller {
        admin.desk.end_session(session);
    }
    let mut response = see_other("/sign-in");
    let gone = format!("{}; Max-Age=0", cookie(""));
    if let Ok(gone) = HeaderValue::from_str(&gone) {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    response
}

/// Go there, with GET.
pub(super) fn see_other(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// An address of ours, or the first page: never another site's.
fn page_of_ours(to: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let ours = to.starts_with('/')
        && !to.starts_with("//")
        && !to.starts_with("/sign-")
        && to.len() <= LONGEST_TO
        && to.bytes().all(plain);
    if ours { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_pages_of_ours_only() {
        for (to, page) in [
            ("/logins?code=a", "/logins?code=a"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\r\nSet-Cookie: a=b", "/"),
            ("/sign-in?to=/sign-in", "/"),
            ("", "/"),
        ] {
            assert_eq!(page_of_ours(to), page, "{to}");
        }
    }

    #[test]
    fn one_cookie_is_a_session_two_are_none() {
        let of = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(header::COOKIE, line.parse().unwrap());
            }
            cookie_of(&headers).map(str::to_owned)
        };
        assert_eq!(
            of(&["a=b; __Host-flexbridge-admin=v; c=d"]).as_deref(),
            Some("v")
        );
        assert_eq!(
            of(&["a=b", "__Host-flexbridge-admin=v"]).as_deref(),
            Some("v")
        );
        assert_eq!(
            of(&["__Host-flexbridge-admin=v; __Host-flexbridge-admin=w"]),
            None
        );
        assert_eq!(of(&["flexbridge-admin=v"]), None);
    }
}
