//! The bridge as a SAML identity provider, towards Flex.
//!
//! `profile` is what Flex is as a service provider, `receive` reads its request,
//! `respond` answers with a signed response.
//!
//! Must never: answer anywhere but at the configured address, or sign what it
//! has not written itself.

mod asks;
mod profile;
mod receive;
mod respond;
mod status;
#[cfg(test)]
mod tests;

pub use profile::FlexSp;
pub use receive::{DownstreamRequest, receive};
pub use respond::{DownstreamResponse, ResponseFailed};
pub use status::NoPassiveResponse;
