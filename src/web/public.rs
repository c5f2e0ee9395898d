//! The addresses that browsers and Flex reach.

use std::{future::ready, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Path, RawQuery, State, rejection::PathRejection},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use ipnet::IpNet;
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    address::client_address,
    form::{self, BadForm, Form, LARGEST_FORM},
    limits::{Turn, Work},
    pages,
    room::Rooms,
    service::{IncomingRequest, Place, Service},
};
use crate::{
    identity::{Refusal, RefusalCode},
    login::{Answer, Refused, RequestContext},
};

/// How long a login may be worked on; its parts have shorter limits of their own.
const WORK_PATIENCE: Duration = Duration::from_secs(20);

/// What the public routes need to know besides the service.
#[derive(Debug, Clone, Default)]
pub struct PublicOptions {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the public URL is https, and browsers shall stay with it.
    pub https: bool,
}

struct Public {
    service: Arc<dyn Service>,
    options: PublicOptions,
    work: Work,
    rooms: Arc<Rooms>,
}

type Shared = State<Arc<Public>>;
/// A name in the path; what can't be decoded is no page of ours.
type Name = Result<Path<String>, PathRejection>;

/// The public routes.
pub fn public_router(service: Arc<dyn Service>, options: PublicOptions) -> Router {
    let https = options.https;
    let state = Arc::new(Public {
        service,
        options,
        work: Work::new(),
        rooms: Arc::new(Rooms::new()),
    });
    Router::new()
        .route("/saml/idp/{flex}/sso", get(sso_redirect).post(sso_post))
        .route("/saml/idp/{flex}/choose", post(choose))
        .route("/saml/idp/{flex}/metadata", get(idp_metadata))
        .route("/saml/sp/{idp}/acs", post(acs))
        .route("/saml/sp/{idp}/metadata", get(sp_metadata))
        .route("/oidc/rp/{idp}/callback", get(callback))
        .route("/oidc/rp/{idp}/login", get(portal_link).post(portal_form))
        .route("/login/{flex}", get(login_link))
        .route("/healthz", get(healthz))
        .fallback(async || pages::not_found())
        .method_not_allowed_fallback(async || pages::wrong_method())
        .with_state(state)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::map_response(move |response: Response| {
            ready(pages::harmless(response, https))
        }))
}

/// A fault of ours in one request ends that request only.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub(super) fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let words = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied());
    tracing::error!(cause = words, "a request ended in a panic");
    pages::failed()
}

/// Flex begins a login, by HTTP-Redirect.
async fn sso_redirect(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    flex: Name,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(flex)) = flex else {
        return pages::not_found();
    };
    let context = public.context(peer, &headers);
    let raw_query = query.unwrap_or_default();
    public
        .begin(&flex, IncomingRequest::Redirect { raw_query }, context)
        .await
}

/// Flex begins a login, by HTTP-POST.
async fn sso_post(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    flex: Name,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(flex)) = flex else {
        return pages::not_found();
    };
    let context = public.context(peer, &headers);
    match form::read(&public.rooms, context.address, &headers, body).await {
        Ok(Form { body, room: _room }) => {
            public
                .begin(&flex, IncomingRequest::Post { body }, context)
                .await
        }
        Err(bad) => public.refuse_form(Place::Flex(&flex), bad),
    }
}

/// The agent says which company.
async fn choose(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    flex: Name,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(flex)) = flex else {
        return pages::not_found();
    };
    let context = public.context(peer, &headers);
    match form::read(&public.rooms, context.address, &headers, body).await {
        Ok(Form { body, room: _room }) => public.choose(&flex, body, context).await,
        Err(bad) => public.refuse_form(Place::Flex(&flex), bad),
    }
}

/// The identity provider's answer arrives.
async fn acs(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    idp: Name,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(idp)) = idp else {
        return pages::not_found();
    };
    let context = public.context(peer, &headers);
    match form::read(&public.rooms, context.address, &headers, body).await {
        Ok(Form { body, room: _room }) => public.finish(&idp, body, context).await,
        Err(bad) => public.refuse_form(Place::Idp(&idp), bad),
    }
}

/// The browser is back from an OpenID Connect provider.
async fn callback(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    idp: Name,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(idp)) = idp else {
        return pages::not_found();
    };
    let context = public.context(peer, &headers);
    let Some(turn) = public.work.turn(context.address).await else {
        return public.overloaded(Place::Idp(&idp));
    };
    let query = query.unwrap_or_default();
    within_patience(turn, public.service.redeem(&idp, query, context)).await
}

/// A provider's portal begins a login, by a link.
async fn portal_link(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    idp: Name,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(idp)) = idp else {
        return pages::not_found();
    };
    let context = public.context(peer, &headers);
    let query = query.unwrap_or_default();
    public.initiate(&idp, query.into(), context).await
}

/// A provider's portal begins a login, by a form.
async fn portal_form(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    idp: Name,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(idp)) = idp else {
        return pages::not_found();
    };
    let context = public.context(peer, &headers);
    match form::read(&public.rooms, context.address, &headers, body).await {
        Ok(Form { body, room: _room }) => public.initiate(&idp, body, context).await,
        Err(bad) => public.refuse_form(Place::Idp(&idp), bad),
    }
}

async fn idp_metadata(State(public): Shared, flex: Name) -> Response {
    metadata(
        flex.ok()
            .and_then(|Path(flex)| public.service.idp_metadata(&flex)),
    )
}

async fn sp_metadata(State(public): Shared, idp: Name) -> Response {
    metadata(
        idp.ok()
            .and_then(|Path(idp)| public.service.sp_metadata(&idp)),
    )
}

fn metadata(xml: Option<String>) -> Response {
    const XML: [(header::HeaderName, &str); 1] =
        [(header::CONTENT_TYPE, "application/samlmetadata+xml")];
    match xml {
        Some(xml) => (XML, xml).into_response(),
        None => pages::not_found(),
    }
}

/// A bookmark's way to the account's Flex login.
async fn login_link(State(public): Shared, flex: Name, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    flex.ok()
        .and_then(|Path(flex)| public.service.login_link(&flex, &query))
        .map_or_else(pages::not_found, |answer| pages::answer(&answer))
}

/// The process answers; whether logins work is told by the administrator's `/readyz`.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

impl Public {
    async fn begin(
        &self,
        flex: &str,
        message: IncomingRequest,
        context: RequestContext,
    ) -> Response {
        let Some(turn) = self.work.turn(context.address).await else {
            return self.overloaded(Place::Flex(flex));
        };
        within_patience(turn, self.service.begin(flex, message, context)).await
    }

    async fn choose(&self, flex: &str, form: Bytes, context: RequestContext) -> Response {
        let Some(turn) = self.work.turn(context.address).await else {
            return self.overloaded(Place::Flex(flex));
        };
        within_patience(turn, self.service.choose(flex, form, context)).await
    }

    async fn finish(&self, idp: &str, form: Bytes, context: RequestContext) -> Response {
        let Some(turn) = self.work.turn(context.address).await else {
            return self.overloaded(Place::Idp(idp));
        };
        within_patience(turn, self.service.finish(idp, form, context)).await
    }

    async fn initiate(&self, idp: &str, parameters: Bytes, context: RequestContext) -> Response {
        let Some(turn) = self.work.turn(context.address).await else {
            return self.overloaded(Place::Idp(idp));
        };
        within_patience(turn, self.service.initiate(idp, parameters, context)).await
    }

    fn context(&self, peer: SocketAddr, headers: &HeaderMap) -> RequestContext {
        RequestContext {
            address: client_address(peer, headers, &self.options.trusted_proxies),
            cookies: joined_cookies(headers),
        }
    }

    fn refuse_form(&self, place: Place<'_>, bad: BadForm) -> Response {
        match bad {
            BadForm::TooLarge => self.too_large(place),
            BadForm::NoRoom => self.overloaded(place),
            BadForm::CutOff => StatusCode::BAD_REQUEST.into_response(),
            BadForm::NotOne => pages::problem(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Not like this",
                "This address only takes what a sign-in form sends. Please start from Flex.",
            ),
            BadForm::TooSlow => pages::problem(
                StatusCode::REQUEST_TIMEOUT,
                "That took too long",
                "Your browser’s message did not arrive in time. Please start again from Flex.",
            ),
        }
    }

    fn too_large(&self, place: Place<'_>) -> Response {
        let code = match place {
            Place::Flex(_) => RefusalCode::RequestTooLarge,
            Place::Idp(_) => RefusalCode::ResponseTooLarge,
        };
        let detail = format!("the form is larger than {LARGEST_FORM} bytes");
        let refused = self.service.refuse(place, Refusal::new(code, detail));
        pages::refused_as(StatusCode::PAYLOAD_TOO_LARGE, &refused)
    }

    fn overloaded(&self, place: Place<'_>) -> Response {
        pages::refused(&self.service.refuse(place, RefusalCode::Overloaded.into()))
    }
}

/// The answer, or the refusal, or an apology when it takes far too long.
async fn within_patience(
    turn: Turn,
    login: impl Future<Output = Result<Answer, Refused>>,
) -> Response {
    let result = tokio::time::timeout(WORK_PATIENCE, login).await;
    drop(turn);
    match result {
        Ok(Ok(answer)) => pages::answer(&answer),
        Ok(Err(refused)) => pages::refused(&refused),
        Err(_) => {
            tracing::error!("a login was worked on for too long and given up");
            pages::problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "One moment, please",
                "Signing in takes too long just now. Please try again in a minute.",
            )
        }
    }
}

/// All `Cookie` headers as one. HTTP/2 may send each cookie on its own (RFC 9113 §8.2.3).
fn joined_cookies(headers: &HeaderMap) -> String {
    let lines: Vec<_> = headers
        .get_all(header::COOKIE)
        .iter()
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    lines.join("; ")
}
