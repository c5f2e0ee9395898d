//! Flexbridge: an SSO identity bridge for Twilio Flex.
//!
//! A map of the crate, from what everything rests on to what runs:

pub mod clock;
pub mod settings;

pub mod outbound;

pub mod identity;
pub mod telemetry;

pub mod keys;
pub mod store;

pub mod mapping;
pub mod oidc;
pub mod saml;
pub mod twilio;

pub mod locations;
pub mod upstream;

pub mod login;

pub mod config;
pub mod web;

pub mod admin;

pub mod app;

pub mod demo;

pub mod cli;
