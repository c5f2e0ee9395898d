//! The administrator's page and API, at a bridge that runs with everything it has.
//!
//! Must never: look inside the bridge.

mod api;
mod desk;
mod locations;
mod pages;
mod schemathesis;
mod session;
