//! OpenID Connect: a provider that says what each case wants to hear, before a
//! running bridge and a browser.
//!
//! Must never: stand in for a provider in tests of what works; `login_oidc` has a real one.

mod callback;
mod documents;
pub mod provider;
mod tokens;
