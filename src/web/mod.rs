//! HTTP: routes, pages and the translation of refusals. axum only here.
//!
//! Must never: decide anything about a login.

mod address;
mod admin;
mod agent_pages;
mod form;
mod limits;
mod mishap;
mod pages;
mod public;
mod room;
mod seen;
mod serve;
mod service;
mod settings;
mod tls;
mod voice;
mod words;

pub use admin::{AdminAccess, admin_router};
pub use public::{PublicOptions, public_router};
pub use serve::{ServeError, Server};
pub use service::{
    BoxFuture, Check, DOCTOR_HEADER, IncomingRequest, Place, Readiness, Seen, Service,
};
pub use settings::*;
pub use tls::{Tls, TlsError};
