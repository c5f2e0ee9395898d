//! HTTP: routes, pages and the translation of refusals. axum only here.
//!
//! Must never: decide anything about a login.

mod settings;

pub use settings::*;
