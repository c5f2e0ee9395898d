//! The addresses that browsers and Flex reach.

use std::{future::ready, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{ConnectInfo, Path, RawQuery, Request, State, rejection::PathRejection},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, header};
use ipnet::IpNet;
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    PagesSettings,
    address::client_address,
    agent_pages as pages,
    form::{self, BadForm, Form, LARGEST_FORM},
    limits::Work,
    mishap::{apologise, panicked, within_patience},
    pages::harmless,
    room::Rooms,
    seen::testify,
    service::{IncomingRequest, Place, Service},
    voice::{Speaks, Voice},
    words::Trouble,
};
use crate::{
    identity::{Refusal, RefusalCode},
    login::RequestContext,
};

/// What the public routes need to know besides the service.
#[derive(Debug, Clone, Default)]
pub struct PublicOptions {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the public URL is https, and browsers shall stay with it.
    pub https: bool,
    /// Whether the bridge itself ends TLS at its public address.
    pub tls: bool,
}

struct Public {
    service: Arc<dyn Service>,
    options: PublicOptions,
    work: Work,
    rooms: Arc<Rooms>,
}

impl Speaks for Arc<Public> {
    fn pages(&self) -> PagesSettings {
        self.service.pages()
    }
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
        .route("/healthz", get(public_healthz))
        .fallback(async |voice: Voice| pages::not_found(&voice))
        .method_not_allowed_fallback(async |voice: Voice| pages::wrong_method(&voice))
        .with_state(state.clone())
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(state, apologise))
        .layer(middleware::map_response(move |response: Response| {
            ready(harmless(response, https))
        }))
}

/// Flex begins a login, by HTTP-Redirect.
async fn sso_redirect(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    voice: Voice,
    flex: Name,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(flex)) = flex else {
        return pages::not_found(&voice);
    };
    let context = public.context(peer, &headers);
    let raw_query = query.unwrap_or_default();
    public
        .begin(
            &voice,
            &flex,
            IncomingRequest::Redirect { raw_query },
            context,
        )
        .await
}

/// Flex begins a login, by HTTP-POST.
async fn sso_post(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    voice: Voice,
    flex: Name,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(flex)) = flex else {
        return pages::not_found(&voice);
    };
    let context = public.context(peer, &headers);
    match form::read(&public.rooms, context.address, &headers, body).await {
        Ok(Form { body, room: _room }) => {
            public
                .begin(&voice, &flex, IncomingRequest::Post { body }, context)
                .await
        }
        Err(bad) => public.refuse_form(&voice, Place::Flex(&flex), bad),
    }
}

/// The agent says which company.
async fn choose(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    voice: Voice,
    flex: Name,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(flex)) = flex else {
        return pages::not_found(&voice);
    };
    let context = public.context(peer, &headers);
    match form::read(&public.rooms, context.address, &headers, body).await {
        Ok(Form { body, room: _room }) => public.choose(&voice, &flex, body, context).await,
        Err(bad) => public.refuse_form(&voice, Place::Flex(&flex), bad),
    }
}

/// The identity provider's answer arrives.
async fn acs(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    voice: Voice,
    idp: Name,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(idp)) = idp else {
        return pages::not_found(&voice);
    };
    let context = public.context(peer, &headers);
    match form::read(&public.rooms, context.address, &headers, body).await {
        Ok(Form { body, room: _room }) => public.finish(&voice, &idp, body, context).await,
        Err(bad) => public.refuse_form(&voice, Place::Idp(&idp), bad),
    }
}

/// The browser is back from an OpenID Connect provider.
async fn callback(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    voice: Voice,
    idp: Name,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(idp)) = idp else {
        return pages::not_found(&voice);
    };
    let context = public.context(peer, &headers);
    let Some(turn) = public.work.turn(context.address).await else {
        return public.overloaded(&voice, Place::Idp(&idp));
    };
    let query = query.unwrap_or_default();
    within_patience(&voice, turn, public.service.redeem(&idp, query, context)).await
}

/// A provider's portal begins a login, by a link.
async fn portal_link(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    voice: Voice,
    idp: Name,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(idp)) = idp else {
        return pages::not_found(&voice);
    };
    let context = public.context(peer, &headers);
    let query = query.unwrap_or_default();
    public.initiate(&voice, &idp, query.into(), context).await
}

/// A provider's portal begins a login, by a form.
async fn portal_form(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    voice: Voice,
    idp: Name,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(idp)) = idp else {
        return pages::not_found(&voice);
    };
    let context = public.context(peer, &headers);
    match form::read(&public.rooms, context.address, &headers, body).await {
        Ok(Form { body, room: _room }) => public.initiate(&voice, &idp, body, context).await,
        Err(bad) => public.refuse_form(&voice, Place::Idp(&idp), bad),
    }
}

async fn idp_metadata(State(public): Shared, voice: Voice, flex: Name) -> Response {
    metadata(
        &voice,
        flex.ok()
            .and_then(|Path(flex)| public.service.idp_metadata(&flex)),
    )
}

async fn sp_metadata(State(public): Shared, voice: Voice, idp: Name) -> Response {
    metadata(
        &voice,
        idp.ok()
            .and_then(|Path(idp)| public.service.sp_metadata(&idp)),
    )
}

fn metadata(voice: &Voice, xml: Option<String>) -> Response {
    const XML: [(header::HeaderName, &str); 1] =
        [(header::CONTENT_TYPE, "application/samlmetadata+xml")];
    match xml {
        Some(xml) => (XML, xml).into_response(),
        None => pages::not_found(voice),
    }
}

/// A bookmark's way to the account's Flex login.
async fn login_link(
    State(public): Shared,
    voice: Voice,
    flex: Name,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    flex.ok()
        .and_then(|Path(flex)| public.service.login_link(&flex, &query))
        .map_or_else(
            || pages::not_found(&voice),
            |answer| pages::answer(&voice, &answer),
        )
}

/// The process answers; whether logins work is told by the administrator's `/readyz`.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The same, and for `doctor` what arrived.
async fn public_healthz(
    State(public): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let options = &public.options;
    let (proxies, tls) = (&options.trusted_proxies, options.tls);
    let told = testify(&*public.service, peer, request, proxies, tls).await;
    (told, healthz().await).into_response()
}

impl Public {
    async fn begin(
        &self,
        voice: &Voice,
        flex: &str,
        message: IncomingRequest,
        context: RequestContext,
    ) -> Response {
        let Some(turn) = self.work.turn(context.address).await else {
            return self.overloaded(voice, Place::Flex(flex));
        };
        within_patience(voice, turn, self.service.begin(flex, message, context)).await
    }

    async fn choose(
        &self,
        voice: &Voice,
        flex: &str,
        form: Bytes,
        context: RequestContext,
    ) -> Response {
        let Some(turn) = self.work.turn(context.address).await else {
            return self.overloaded(voice, Place::Flex(flex));
        };
        within_patience(voice, turn, self.service.choose(flex, form, context)).await
    }

    async fn finish(
        &self,
        voice: &Voice,
        idp: &str,
        form: Bytes,
        context: RequestContext,
    ) -> Response {
        let Some(turn) = self.work.turn(context.address).await else {
            return self.overloaded(voice, Place::Idp(idp));
        };
        within_patience(voice, turn, self.service.finish(idp, form, context)).await
    }

    async fn initiate(
        &self,
        voice: &Voice,
        idp: &str,
        parameters: Bytes,
        context: RequestContext,
    ) -> Response {
        let Some(turn) = self.work.turn(context.address).await else {
            return self.overloaded(voice, Place::Idp(idp));
        };
        within_patience(voice, turn, self.service.initiate(idp, parameters, context)).await
    }

    fn context(&self, peer: SocketAddr, headers: &HeaderMap) -> RequestContext {
        RequestContext {
            address: client_address(peer, headers, &self.options.trusted_proxies),
            cookies: joined_cookies(headers),
        }
    }

    fn refuse_form(&self, voice: &Voice, place: Place<'_>, bad: BadForm) -> Response {
        match bad {
            BadForm::TooLarge => self.too_large(voice, place),
            BadForm::NoRoom => self.overloaded(voice, place),
            BadForm::CutOff => StatusCode::BAD_REQUEST.into_response(),
            BadForm::NotOne => {
                pages::trouble(voice, StatusCode::UNSUPPORTED_MEDIA_TYPE, Trouble::NotAForm)
            }
            BadForm::TooSlow => {
                pages::trouble(voice, StatusCode::REQUEST_TIMEOUT, Trouble::TooSlow)
            }
        }
    }

    fn too_large(&self, voice: &Voice, place: Place<'_>) -> Response {
        let code = match place {
            Place::Flex(_) => RefusalCode::RequestTooLarge,
            Place::Idp(_) => RefusalCode::ResponseTooLarge,
        };
        let detail = format!("the form is larger than {LARGEST_FORM} bytes");
        let refused = self.service.refuse(place, Refusal::new(code, detail));
        pages::refused_as(voice, StatusCode::PAYLOAD_TOO_LARGE, &refused)
    }

    fn overloaded(&self, voice: &Voice, place: Place<'_>) -> Response {
        let refused = self.service.refuse(place, RefusalCode::Overloaded.into());
        pages::refused(voice, &refused)
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
