//! What every page of the administrator's has around it: style, navigation, policy.

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};

use super::{super::pages::hash, Admin, access::Caller, words};
use crate::admin::{Session, Trouble, TroubleKind};

/// The style of every page here: the public pages' and what is more.
const STYLE: &str = concat!(
    include_str!("../../../templates/page.css"),
    include_str!("../../../templates/admin/admin.css")
);
/// Copy buttons, and looking again how far a job is. Everything works without.
const SCRIPT: &str = include_str!("../../../templates/admin/admin.js");

static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {}; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
});

/// A page of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Logins,
    Try,
    Coverage,
    Compare,
    Locations,
    Workers,
    Doctor,
    Setup,
    /// None of them.
    None,
}

impl Tab {
    /// The one that an address belongs to.
    pub(super) fn of(path: &str) -> Self {
        let under = |href: &str| {
            let rest = path.strip_prefix(href);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found = LINKS.iter().find(|(_, href, _)| under(href));
        found.map_or(Self::None, |(tab, _, _)| *tab)
    }
}

/// A link of the navigation.
pub(super) struct Link {
    pub(super) href: &'static str,
    pub(super) text: &'static str,
    pub(super) here: bool,
}

const LINKS: [(Tab, &str, &str); 9] = [
    (Tab::Overview, "/", "Overview"),
    (Tab::Logins, "/logins", "Logins"),
    (Tab::Try, "/try", "Try it"),
    (Tab::Coverage, "/coverage", "Coverage"),
    (Tab::Compare, "/compare", "Before a change"),
    (Tab::Locations, "/locations", "Locations"),
    (Tab::Workers, "/workers", "Workers"),
    (Tab::Setup, "/setup", "Setup"),
    (Tab::Doctor, "/doctor", "Doctor"),
];

/// What stands around a page.
pub(super) struct Frame {
    pub(super) style: &'static str,
    pub(super) script: &'static str,
    pub(super) version: &'static str,
    pub(super) links: Vec<Link>,
    /// The form token of whoever is signed in.
    pub(super) form_token: Option<String>,
    /// Whether there is no token, so that nothing can be changed.
    pub(super) read_only: bool,
}

impl Frame {
    pub(super) fn new(tab: Tab, caller: &Caller) -> Self {
        let link = |(of, href, text): (Tab, _, _)| Link {
            href,
            text,
            here: of == tab,
        };
        let links = match caller {
            Caller::Nobody => Vec::new(),
            _ => LINKS.into_iter().map(link).collect(),
        };
        let form_token = match caller {
            Caller::Session(session) => Some(Session::form_token(session)),
            _ => None,
        };
        Self {
            style: STYLE,
            script: SCRIPT,
            version: env!("CARGO_PKG_VERSION"),
            links,
            form_token,
            read_only: matches!(caller, Caller::Local),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/trouble.html")]
struct TroublePage<'a> {
    frame: Frame,
    title: &'a str,
    detail: &'a str,
    mend: &'a str,
    code: &'a str,
}

/// A page.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let policy = (header::CONTENT_SECURITY_POLICY, POLICY.clone());
            (status, [policy], Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The status of some trouble.
pub(super) const fn status(kind: TroubleKind) -> StatusCode {
    match kind {
        TroubleKind::NotFound => StatusCode::NOT_FOUND,
        TroubleKind::Invalid => StatusCode::BAD_REQUEST,
        TroubleKind::Forbidden => StatusCode::FORBIDDEN,
        TroubleKind::Conflict => StatusCode::CONFLICT,
        TroubleKind::Busy => StatusCode::TOO_MANY_REQUESTS,
        TroubleKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

const fn title(kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::NotFound => "Nothing here",
        TroubleKind::Invalid => "Not like this",
        TroubleKind::Forbidden => "Not allowed",
        TroubleKind::Conflict => "Something changed meanwhile",
        TroubleKind::Busy => "One moment, please",
        TroubleKind::Unavailable => "Not available now",
    }
}

/// Trouble, on a page with its navigation.
pub(super) fn trouble(tab: Tab, caller: &Caller, trouble: &Trouble) -> Response {
    let template = TroublePage {
        frame: Frame::new(tab, caller),
        title: title(trouble.kind),
        detail: &trouble.detail,
        mend: &trouble.mend,
        code: trouble.code,
    };
    page(status(trouble.kind), &template)
}

/// Trouble of somebody who is not known.
pub(super) fn bare_trouble(told: &Trouble) -> Response {
    trouble(Tab::None, &Caller::Nobody, told)
}

/// There is no such page.
pub(super) async fn not_found(Extension(caller): Extension<Caller>) -> Response {
    let told = Trouble::new(
        TroubleKind::NotFound,
        "admin.not_found",
        "there is no page at this address",
        "Choose one from the navigation.",
    );
    trouble(Tab::None, &caller, &told)
}

/// The address is right, the method is not.
pub(super) async fn wrong_method(
    State(_): State<Arc<Admin>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let told = Trouble::invalid(
        "this address can't be asked like this",
        "Choose a page from the navigation.",
    );
    let mut response = trouble(Tab::None, &caller, &told);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
