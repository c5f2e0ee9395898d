//! What a page is asked by its address, and what a form of ours sends to it.
//!
//! Must never: hand fields to a page before it is known that they come from a form of ours, of this very session.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Extension, RequestPartsExt as _,
    extract::{ConnectInfo, FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use super::{
    Admin,
    access::Caller,
    forms::{self, Fields},
    frame::{self, Tab},
};
use crate::admin::Trouble;

/// A page is asked for: by whom, and with what in its query.
pub(super) struct Asked {
    pub(super) caller: Caller,
    pub(super) fields: Fields,
}

impl FromRequestParts<Arc<Admin>> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Admin>) -> Result<Self, Response> {
        Ok(Self {
            caller: caller(parts).await?,
            fields: Fields::of_query(parts.uri.query()),
        })
    }
}

/// A form was sent: by whom, from where, and what is in it. What is none of ours is told on the page that it was for.
pub(super) struct Sent {
    pub(super) caller: Caller,
    pub(super) address: IpAddr,
    pub(super) fields: Fields,
}

impl FromRequest<Arc<Admin>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, admin: &Arc<Admin>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let caller = caller(&mut parts).await?;
        let peer = parts.extract::<ConnectInfo<SocketAddr>>().await;
        let ConnectInfo(peer) = peer.map_err(IntoResponse::into_response)?;
        let fields = forms::form(&caller, &parts.uri, &parts.headers, body).await;
        let tab = Tab::of(parts.uri.path());
        Ok(Self {
            fields: fields.map_err(|trouble| frame::trouble(tab, &caller, &trouble))?,
            address: admin.address(peer, &parts.headers),
            caller,
        })
    }
}

/// Who it is, as the guard has found. Without its word nobody is let through.
async fn caller(parts: &mut Parts) -> Result<Caller, Response> {
    let found = parts.extract::<Extension<Caller>>().await;
    let Extension(caller) = found.map_err(IntoResponse::into_response)?;
    Ok(caller)
}

/// What a page was asked for, if it was: what to show of it, what went wrong, and the page's status.
pub(super) fn came_of<T>(
    told: Option<Result<T, Trouble>>,
) -> (Option<T>, Option<Trouble>, StatusCode) {
    match told {
        None => (None, None, StatusCode::OK),
        Some(Ok(told)) => (Some(told), None, StatusCode::OK),
        Some(Err(trouble)) => {
            let status = frame::status(trouble.kind);
            (None, Some(trouble), status)
        }
    }
}
