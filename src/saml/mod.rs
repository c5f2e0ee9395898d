//! SAML 2.0, as service provider towards the company's identity provider and as
//! identity provider towards Flex. Synchronous; the time comes in as a parameter.
//!
//! `xml`, `signature` and `encryption` are what both sides stand on, `binding` is how messages
//! travel, `metadata` is how partners describe themselves, `sp` and `idp` are
//! our two roles.
//!
//! Must never: read from anything but verified bytes, do I/O, or ask for the time.

pub mod binding;
pub mod encryption;
pub mod idp;
pub mod metadata;
pub mod names;
mod passing;
mod settings;
pub mod signature;
pub mod sp;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(all(fuzzing, not(test)))]
pub mod testing;
mod written_url;
pub mod xml;

pub use passing::*;
pub use settings::*;
pub use written_url::WrittenUrl;

use crate::clock::{Random, RandomUnavailable, Timestamp, random_bytes};

/// A time as SAML writes it: UTC, with `Z` (Core §1.3.3).
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// A fresh identifier of 128 random bits, usable as `xs:ID` (Core §1.3.4).
///
/// # Errors
/// [`RandomUnavailable`].
pub fn fresh_id(random: &dyn Random) -> Result<String, RandomUnavailable> {
    Ok(format!("_{}", hex::encode(random_bytes::<16>(random)?)))
}

/// A value as seen, for the administrator: bounded, without what could upset a log.
pub(in crate::saml) fn seen(value: Option<&str>) -> String {
    value.map_or_else(
        || "nothing".to_owned(),
        |value| {
            format!(
                "`{}`",
                value.chars().take(200).collect::<String>().escape_debug()
            )
        },
    )
}
