//! How partners describe themselves: reading the identity provider's metadata,
//! writing ours (SAML Metadata 2.0).
//!
//! Must never: yield an identity provider without a usable certificate.

mod lasting;
mod read;
#[cfg(test)]
mod tests;
mod wanted;
mod write;

pub use read::{IdpMetadata, MetadataError, SsoEndpoint};
pub use wanted::Wanted;
pub use write::{idp_metadata, sp_metadata};
