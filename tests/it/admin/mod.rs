//! The administrator's page and API, at a bridge that runs with everything it has.
//!
//! Must never: look inside the bridge.

mod api;
pub mod desk;
mod locations;
mod looking;
pub mod pages;
mod schemathesis;
mod session;
mod workers;
mod workers_page;
