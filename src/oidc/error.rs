//! Why a provider can't be known, in stable codes.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::telemetry::escaped;

macro_rules! codes {
    ($($variant:ident = $code:literal, $cause:literal, $mend:literal;)*) => {
        /// Why discovery document or keys could not be had.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $code, "`: ", $cause)] $variant,)*
        }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What the administrator can do.
            #[must_use]
            pub const fn mend(self) -> &'static str {
                match self { $(Self::$variant => $mend,)* }
            }
        }
    };
}

codes! {
    Unreachable = "provider.unreachable",
        "No connection to the provider could be made, or it broke.",
        "Check `issuer`, DNS, the firewall and the proxy of this machine, and that its certificate authorities know the provider's certificate.";
    Timeout = "provider.timeout",
        "The provider did not answer in time.",
        "Check the network between this machine and the provider.";
    Status = "provider.status",
        "The provider answered with something else than its document.",
        "Open `{issuer}/.well-known/openid-configuration` in a browser: it must give the document itself with status 200. Redirects are never followed.";
    TooLarge = "provider.too_large",
        "The provider's document is larger than 256 KiB.",
        "Check `issuer`: no provider's document is that large.";
    Private = "provider.private_address",
        "A server of the provider has an address that only this network reaches.",
        "If that is meant, say `allow_private = true` for this identity provider; if not, look who answers for that name in DNS.";
    Invalid = "provider.invalid",
        "The discovery document is not usable.",
        "Check `issuer`, and mend at the provider what the detail names.";
    Issuer = "provider.issuer",
        "The discovery document is of another issuer.",
        "Copy `issuer` from the provider's discovery document byte for byte, a slash at the end included. For Microsoft Entra ID name the tenant, not `common`.";
    Keys = "provider.keys",
        "The provider's key set holds no usable signing key.",
        "Let the provider sign ID tokens with RS256, PS256 or ES256; RSA keys have at least 2,048 bits.";
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Why the provider can't be known, this time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct ProviderError {
    /// The stable code.
    pub code: ErrorCode,
    /// What exactly was seen; control characters are escaped.
    pub detail: String,
}

impl ProviderError {
    /// `detail` may hold what a stranger sent.
    pub(super) fn new(code: ErrorCode, detail: impl AsRef<str>) -> Self {
        Self {
            code,
            detail: escaped(detail.as_ref()),
        }
    }

    /// What the administrator can do.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        self.code.mend()
    }
}
