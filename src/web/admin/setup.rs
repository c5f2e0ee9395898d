//! What to enter in Twilio Console and at the identity provider, and what to download.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, Uri, header};

use super::{
    Shared,
    access::Caller,
    forms::Fields,
    frame::{self, Frame, Tab},
};
use crate::{
    admin::{Setup, Trouble},
    identity::{FlexName, IdpName},
};

#[derive(Template)]
#[template(path = "admin/setup.html")]
struct SetupPage {
    frame: Frame,
    setup: Setup,
    certificate_ends: String,
    saml: bool,
    pairs: Vec<Pair>,
}

/// An account and one of its identity providers.
pub(super) struct Pair {
    pub(super) flex: String,
    pub(super) idp: String,
    pub(super) here: bool,
}

/// `GET /setup`
pub(super) async fn show(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Response {
    let fields = Fields::of_query(uri.query());
    let wanted = || -> Result<Setup, Trouble> {
        let (flex, idp) = (
            fields.read::<FlexName>("flex")?,
            fields.read::<IdpName>("idp")?,
        );
        admin.desk.setup(flex.as_ref(), idp.as_ref())
    };
    let setup = match wanted() {
        Ok(setup) => setup,
        Err(trouble) => return frame::trouble(Tab::Setup, &caller, &trouble),
    };
    let bridge = admin.desk.bridge();
    let saml = bridge
        .idp
        .values()
        .any(|idp| idp.name.as_str() == setup.idp && idp.saml().is_some());
    let mut accounts = bridge.flex.values();
    let account = accounts.find(|account| account.name.as_str() == setup.flex);
    let keys = account.map_or(&*bridge.assertion, |account| &account.assertion);
    let ends = keys.signing().not_after();
    let template = SetupPage {
        frame: Frame::new(Tab::Setup, &caller),
        pairs: pairs(&bridge, &setup.flex, &setup.idp),
        certificate_ends: super::words::day(ends),
        setup,
        saml,
    };
    frame::page(StatusCode::OK, &template)
}

/// Every account with each of its identity providers.
pub(super) fn pairs(bridge: &crate::login::Bridge, flex: &str, idp: &str) -> Vec<Pair> {
    let all = bridge.flex.values().flat_map(|account| {
        account.idp.iter().map(|name| Pair {
            here: account.name.as_str() == flex && name.as_str() == idp,
            flex: account.name.to_string(),
            idp: name.to_string(),
        })
    });
    all.collect()
}

/// `GET /setup/certificate.pem`
pub(super) async fn certificate(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Response {
    let fields = Fields::of_query(uri.query());
    let wanted = fields.read::<FlexName>("flex");
    let setup = match wanted.and_then(|flex| admin.desk.setup(flex.as_ref(), None)) {
        Ok(setup) => setup,
        Err(trouble) => return frame::trouble(Tab::Setup, &caller, &trouble),
    };
    let field = setup
        .twilio_console
        .into_iter()
        .find(|field| field.value.starts_with("-----BEGIN"));
    let pem = field.map(|field| field.value + "\n");
    download(pem, "application/x-pem-file", "flexbridge.pem", &caller)
}

/// `GET /setup/flex/{flex}`: our metadata as its identity provider.
pub(super) async fn idp_metadata(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    Path(flex): Path<String>,
) -> Response {
    let metadata = admin.service.idp_metadata(&flex);
    download(
        metadata,
        "application/samlmetadata+xml",
        "flexbridge-for-flex.xml",
        &caller,
    )
}

/// `GET /setup/idp/{idp}`: our metadata as its service provider.
pub(super) async fn sp_metadata(
    State(admin): Shared,
    Extension(caller): Extension<Caller>,
    Path(idp): Path<String>,
) -> Response {
    let metadata = admin.service.sp_metadata(&idp);
    download(
        metadata,
        "application/samlmetadata+xml",
        "flexbridge-for-idp.xml",
        &caller,
    )
}

fn download(body: Option<String>, kind: &str, name: &str, caller: &Caller) -> Response {
    let Some(body) = body else {
        let trouble = Trouble::not_found("such file", "", "what the setup page links to");
        return frame::trouble(Tab::Setup, caller, &trouble);
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (StatusCode::OK, headers, body).into_response()
}
