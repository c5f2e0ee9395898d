//! Reading an answer's body, counted while it arrives.

use super::error::{Error, ErrorCode};
use crate::outbound::{self, Cause, Failure};

/// The body of `response`, of at most `most` bytes.
///
/// # Errors
/// `twilio.too_large` as soon as it is known, `twilio.timeout` and
/// `twilio.unreachable` when it does not arrive whole.
pub(super) async fn read(response: reqwest::Response, most: usize) -> Result<Vec<u8>, Error> {
    outbound::body(response, most).await.map_err(Error::from)
}

/// What a failed transport means. The text names hosts, never credentials:
/// these travel in a header, and a URL with a user name is refused at the start.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let code = match failure.cause {
            Cause::Timeout => ErrorCode::Timeout,
            // Twilio's hosts are the administrator's own words, private ones too.
            Cause::Private | Cause::Unreachable => ErrorCode::Unreachable,
            Cause::TooLarge => ErrorCode::TooLarge,
        };
        Self::new(code, super::error::plain(&failure.detail, 500))
    }
}
