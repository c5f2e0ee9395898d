//! SAML 2.0, as service provider towards the company's identity provider and as
//! identity provider towards Flex. Synchronous; the time comes in as a parameter.
//!
//! Must never: read from anything but verified bytes, do I/O, or ask for the time.

mod settings;

pub use settings::*;
