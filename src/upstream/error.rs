//! Why an identity provider's metadata could not be had, in stable codes.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{saml::metadata::MetadataError, telemetry::escaped};

macro_rules! codes {
    ($($variant:ident = $code:literal, $cause:literal, $mend:literal;)*) => {
        /// Why metadata could not be had.
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

            /// The cause, in one sentence.
            #[must_use]
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)* }
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
    Unreachable = "metadata.unreachable",
        "No connection to the server of the metadata could be made, or it broke.",
        "Check the URL, DNS, the firewall and the proxy of this machine, and that its certificate authorities know the server's certificate.";
    Timeout = "metadata.timeout",
        "The metadata did not arrive in time.",
        "Check the network of this machine and the server of the metadata; or save the metadata and name the file: `metadata = { file = \"…\" }`.";
    Status = "metadata.status",
        "The server of the metadata answered with something else than the metadata.",
        "Open the URL without signing in: it must give the metadata itself, with status 200. Redirects are never followed; write the address that they lead to.";
    TooLarge = "metadata.too_large",
        "The metadata is larger than 4 MiB.",
        "Give the metadata of the one identity provider, not that of a whole federation.";
    Invalid = "metadata.invalid",
        "What was read is not the usable metadata of one SAML 2.0 identity provider.",
        "Compare the URL or the file with what the identity provider's documentation calls its SAML metadata, and mend what the detail names there.";
    Expired = "metadata.expired",
        "The metadata says itself that it is no longer valid.",
        "Have the identity provider publish fresh metadata, or get the file anew; check this machine's clock too.";
    Signature = "metadata.signature",
        "The metadata is not signed by the certificate that `signed_by` names.",
        "Compare `signed_by` with the certificate that the publisher of the metadata announces; if it is new, put the new one beside the old one in that file.";
    Private = "metadata.private_address",
        "The server of the metadata has an address that only this network reaches.",
        "If that is meant, say `allow_private = true` beside the URL; if not, look who answers for that name in DNS.";
    File = "metadata.file",
        "The file of the metadata can't be read.",
        "Check that the file of `metadata` is there and that the bridge may read it.";
    OtherEntity = "metadata.other_entity",
        "The metadata now describes another identity provider than before; the earlier one stays in use.",
        "Check the URL or the file. If the identity provider's entity ID really is new, remove its copy from `metadata` in the store's directory and restart.";
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

/// Why metadata could not be had, this time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct SourceError {
    /// The stable code.
    pub code: ErrorCode,
    /// What exactly was seen; control characters are escaped.
    pub detail: String,
}

impl SourceError {
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

impl From<MetadataError> for SourceError {
    fn from(error: MetadataError) -> Self {
        let code = match error {
            MetadataError::Expired(_) => ErrorCode::Expired,
            MetadataError::Signature(_) => ErrorCode::Signature,
            MetadataError::Xml(_)
            | MetadataError::Entity(_)
            | MetadataError::Certificates(_)
            | MetadataError::Endpoint(_) => ErrorCode::Invalid,
        };
        Self::new(code, error.to_string())
    }
}
