//! Every integration test, in one binary: one module an area, and `support`
//! for what they share (real peers, a browser, certificates).

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "all of this is test code; clippy's own exception covers #[test] functions only"
)]

mod admin;
mod architecture;
mod attacks;
mod cli;
mod cli_init;
mod cli_shell;
mod config;
mod config_history;
mod demo;
mod demo_twilio;
mod dependencies_document;
mod doctor;
mod examples;
mod flood;
mod hardening;
mod keys_roll;
mod locations;
mod locations_manage;
mod login;
mod login_oidc;
mod mapping_docs;
mod operations;
mod peers;
mod pictures;
mod privacy;
mod reference;
mod refusals_document;
mod saml;
mod schemas;
mod security_document;
mod store_killed;
mod support;
mod taskrouter;
mod twilio;
mod web;
mod workers;
