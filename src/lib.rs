//! Flexbridge: an SSO identity bridge for Twilio Flex.
//!
//! One login goes down this list of places: Flex asks (`web::public`), its request is read
//! ([`saml`], the `idp` side) and sealed into a cookie ([`login`]); the company answers ([`saml`],
//! the `sp` side, or [`oidc`]); the answer is proven, used once ([`store`]) and becomes an
//! [`identity`]; [`mapping`] decides the location among the [`locations`] that Flex defines; what is
//! listed is released, signed with our [`keys`], and goes back to Flex. [`login`] tells this story
//! and is where to begin reading; the other modules are its words.
//!
//! A module uses only what stands above it; `tests/it/architecture/rules.rs` is that law. URL, folder,
//! section of the configuration and span share their words: `/saml/sp/…` is `saml::sp`. Why things are as
//! they are is in `docs/decisions/`; how to change them, in `CONTRIBUTING.md`.
//!
//! The map, from what everything rests on to what runs:

// Time and randomness, as parameters of everything that asks for them.
pub mod clock;

// The words every part's settings share: problems with a mend, durations, secrets by reference.
pub mod settings;

// How others are asked over HTTP: bounded, without redirects, public addresses only.
pub mod outbound;

// The nouns of a login, without any verb; from here SAML and OpenID Connect look the same.
pub mod identity;

// Log lines, metrics and spans: every name of them.
pub mod telemetry;

// The bridge's own keys: loaded once, checked, made, rolled.
pub mod keys;

// Used identifiers and the journal: SQLite, or Redis.
pub mod store;

// From attributes to a location, explained. Pure; where rules are decided.
pub mod mapping;

// SAML both ways: the gate, two verifiers, our policy, our writer. Where trust is decided.
pub mod saml;

// OpenID Connect upstream: the provider, the code, the proof of an ID token.
pub mod oidc;

// Twilio's REST API, as far as it is needed.
pub mod twilio;

// What is known of identity providers: their metadata's snapshot and refresh.
pub mod upstream;

// The defined locations: their snapshot, refresh, lint and change.
pub mod locations;

// One login, top to bottom. Begin to read here.
pub mod login;

// What an administrator can do, once each, for command line, page and API.
pub mod admin;

// HTTP: routes, pages, bounds. Both listeners.
pub mod web;

// The file, checked against its own schema, everything wrong at once.
pub mod config;

// The composition root: a configuration becomes a running bridge. Also `doctor`.
pub mod app;

// A company around the bridge, on loopback. Nothing else uses it.
pub mod demo;

// The command line: one file a command.
pub mod cli;
