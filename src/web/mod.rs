//! HTTP: routes, pages and the translation of refusals. axum only here.
//!
//! Must never: decide anything about a login.

mod access;
mod address;
mod admin;
mod connections;
mod form;
mod limits;
mod pages;
mod public;
mod room;
mod serve;
mod service;
mod settings;
mod tls;

pub use access::AdminAccess;
pub use admin::admin_router;
pub use public::{PublicOptions, public_router};
pub use serve::{ServeError, Server};
pub use service::{
    Account, BoxFuture, Check, IncomingRequest, Overview, Place, Provider, Readiness, Service,
};
pub use settings::*;
pub use tls::{Tls, TlsError};
