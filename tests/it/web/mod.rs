//! The web over real sockets: bounds, headers, addresses, pages.
//!
//! Must never: need a login; the service behind the routes is a small one of the test's own.

mod admin;
mod agents;
mod answers;
mod bounds;
mod bridge;
mod browser;
mod connections;
mod languages;
mod serving;
mod witness;
