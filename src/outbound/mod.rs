//! How the bridge asks others over HTTP: what every client of ours has in common.
//!
//! Must never: follow a redirect, read without bounds, or connect into a private network for a
//! client that is to stay outside.

mod public_only;

pub use public_only::{PublicOnly, TooManyHosts};

use public_only::PrivateAddress;

/// A client as each of ours begins: it says who we are, follows no redirect and sends no referer.
pub fn client() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("flexbridge/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
}

/// In which way an answer could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The name leads into a private network.
    Private,
    /// Nobody answered in time.
    Timeout,
    /// No connection could be made, or it broke.
    Unreachable,
    /// There is more of it than is read.
    TooLarge,
}

/// Why an answer could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In which way.
    pub cause: Cause,
    /// The library's own words and their causes.
    pub detail: String,
}

/// What a failed transport means. The URL stays out of the text, as its query may hold a token.
impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let first: &(dyn std::error::Error + 'static) = &error;
        let causes = std::iter::successors(Some(first), |one| one.source());
        let words: Vec<String> = causes.clone().map(ToString::to_string).collect();
        let private = causes
            .into_iter()
            .any(<dyn std::error::Error>::is::<PrivateAddress>);
        let cause = if private {
            Cause::Private
        } else if error.is_timeout() {
            Cause::Timeout
        } else {
            Cause::Unreachable
        };
        Self {
            cause,
            detail: words.join(": "),
        }
    }
}

/// The body of an answer, counted while it arrives.
///
/// # Errors
/// [`Cause::TooLarge`] as soon as there are more than `most` bytes, or as of the transport.
pub async fn body(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure {
        cause: Cause::TooLarge,
        detail: format!("it is larger than {most} bytes"),
    };
    if response.content_length().unwrap_or(0) > most as u64 {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > most - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
