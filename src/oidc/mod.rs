//! OpenID Connect upstream: the bridge is the relying party of a company's provider.
//!
//! `provider` knows the company's provider (discovery, keys), `rp` asks and redeems,
//! `id_token` proves, `claims` turns what was proven into an [`crate::identity::Identity`].
//!
//! Must never: take a key, an algorithm or an address from a token; follow a redirect;
//! show or log a token, a code or a secret.

mod callback;
mod claims;
mod client_auth;
mod error;
mod http;
mod id_token;
mod initiation;
mod json;
mod keys;
mod parameters;
mod provider;
mod rp;
mod settings;
#[cfg(test)]
mod testing;
#[cfg(all(fuzzing, not(test)))]
pub mod testing;
#[cfg(test)]
mod tests;
mod userinfo;

pub use callback::{Callback, Outcome};
pub use claims::NameIdRule;
pub use client_auth::ClientAuth;
pub use error::{ErrorCode, ProviderError};
pub use id_token::{Check, Expected, VerifiedIdToken, issued_at, looks_like_token, verify};
pub use initiation::Initiation;
pub use keys::KeySet;
pub use provider::{Discovery, Provider, Refreshing, Registry, Snapshot, Status};
pub use rp::{Asking, RelyingParty, Tokens};
pub use settings::*;
