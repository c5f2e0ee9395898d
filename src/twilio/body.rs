//! Reading an answer's body, counted while it arrives.

use super::error::{Error, ErrorCode};

/// The body of `response`, of at most `most` bytes.
///
/// # Errors
/// `twilio.too_large` as soon as it is known, `twilio.timeout` and
/// `twilio.unreachable` when it does not arrive whole.
pub(super) async fn read(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, Error> {
    let too_large = || {
        Error::new(
            ErrorCode::TooLarge,
            format!("the answer is larger than {most} bytes"),
        )
    };
    let announced = response.content_length().unwrap_or(0);
    if announced > most as u64 {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        if chunk.len() > most - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What a failed transport means. The text names hosts, never credentials:
/// these travel in a header, and a URL with a user name is refused at the start.
pub(super) fn failed(error: &reqwest::Error) -> Error {
    let code = if error.is_timeout() {
        ErrorCode::Timeout
    } else {
        ErrorCode::Unreachable
    };
    let mut detail = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        detail.push_str(": ");
        detail.push_str(&inner.to_string());
        cause = inner.source();
    }
    Error::new(code, super::error::plain(&detail, 500))
}
