//! Whole logins through real sockets: a browser, the bridge, a real identity
//! provider, and what real service providers say of the result.
//!
//! Must never: look inside the bridge.

mod explain;
mod locations;
mod mapping;
mod partners;
mod process;
mod refusals;
mod release;
mod requests;
mod rules;
mod service;
mod simplesaml;
mod upstream;
mod walk;
mod witness;
