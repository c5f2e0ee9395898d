//! How messages travel through the browser: HTTP-Redirect and HTTP-POST (Bindings §3.4, §3.5).
//!
//! Must never: decode without a bound, take the second of two equal parameters,
//! or change a byte of a RelayState.

mod parameters;
pub mod post;
pub mod redirect;

use url::Url;

pub use parameters::{Duplicate, Parameters};

/// The longest RelayState that is carried, in bytes. SAML's own limit is 80, Flex's are longer.
pub const LONGEST_RELAY_STATE: usize = 2_048;

/// A message on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// The browser goes there.
    Redirect(Url),
    /// The browser posts these fields there.
    Post {
        /// The form's target.
        action: Url,
        /// The hidden fields, in order.
        fields: Vec<(&'static str, String)>,
    },
}

/// A request as it came in, decoded and not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingRequest {
    /// The message.
    pub xml: String,
    /// To be echoed byte for byte.
    pub relay_state: Option<String>,
    /// The signature of the redirect binding, if there was one.
    pub query_signature: Option<QuerySignature>,
    /// Who is likely to sign in, as far as the address says; nothing rests on it.
    pub login_hint: Option<String>,
}

/// A signature over a query, as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuerySignature {
    /// The raw octets that were signed: `SAMLRequest=…[&RelayState=…]&SigAlg=…` as sent.
    pub signed: String,
    /// `SigAlg`.
    pub algorithm: String,
    /// The signature.
    pub value: Vec<u8>,
}

/// Whether a RelayState can be echoed exactly through an HTML form: browsers
/// rewrite line breaks there, and HTML can't carry control characters.
#[must_use]
pub fn can_be_echoed(relay_state: &str) -> bool {
    relay_state.len() <= LONGEST_RELAY_STATE
        && !relay_state
            .chars()
            .any(|character| character.is_control() && character != '\t')
}
