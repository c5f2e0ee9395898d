//! XML signatures: where they may stand, what they may say, whether they hold,
//! and our own. And the signature of the redirect binding, which is no XML.
//!
//! Must never: believe a key that came with the message, or let an algorithm be
//! chosen by who sent it.

mod algorithm;
mod opinion;
mod query;
mod shape;
mod sign;
mod trust;

pub use algorithm::{Digest, SignatureMethod};
pub use query::{sign_query, verify_query};
pub use shape::{SignatureProblem, SignatureShape, check_shape};
pub use sign::{SignFailed, sign_enveloped};
pub use trust::{
    TrustError, TrustedCertificate, TrustedCertificates, UnusableCertificate, VerifyError,
};
