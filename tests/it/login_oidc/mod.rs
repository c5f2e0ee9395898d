//! Whole logins by OpenID Connect through real sockets: a browser, the bridge, a certified
//! provider, and what real service providers say of the result.
//!
//! Must never: look inside the bridge.

mod agents;
mod asked;
mod attacks;
mod commands;
pub mod company;
mod explained;
pub mod forged;
mod initiated;
mod rolling;
