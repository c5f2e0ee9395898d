//! The bridge as a SAML service provider, towards the company's identity provider.
//!
//! `request` asks, `gate` looks at what comes back before any cryptography,
//! `response` verifies it, `encrypted` opens it first where it must, `assertion` reads the verified bytes, `conditions`
//! is our policy about what they say.
//!
//! Must never: read anything that no trusted signature covers, except to refuse.

mod assertion;
mod conditions;
mod encrypted;
mod gate;
mod request;
mod response;
mod status;
#[cfg(test)]
mod tests;

pub use assertion::{ReadAssertion, ReadSubjectConfirmation};
pub use conditions::Expected;
pub use request::{AuthnRequest, Endpoints};
pub use response::{Check, Trust, VerifiedAssertion, in_response_to_of, issue_instant_of, verify};
