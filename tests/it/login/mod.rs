//! Whole logins through real sockets: a browser, the bridge, a real identity
//! provider, and what real service providers say of the result.
//!
//! Must never: look inside the bridge.

mod accounts;
mod asked;
mod companies;
mod encrypted;
mod explain;
mod journal;
mod locations;
mod mapping;
mod partners;
pub mod process;
mod refusals;
mod release;
mod requests;
mod rolling;
mod rules;
mod service;
mod several;
mod simplesaml;
mod taken_away;
pub mod unasked;
mod upkeep;
mod upstream;
pub mod walk;
mod whose;
pub mod witness;
