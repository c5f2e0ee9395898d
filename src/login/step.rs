//! What a login takes from HTTP and gives back to it. Plain data, no HTTP type.

use std::net::IpAddr;

use url::Url;

use crate::identity::{LoginReference, Refusal};

/// What the web knows of a request besides its message.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The address the agent signs in from, as seen behind trusted proxies.
    pub address: IpAddr,
    /// The request's `Cookie` headers, joined by `; `, as they came.
    pub cookies: String,
}

/// A cookie to set, or with an empty value to remove. Always Secure, `HttpOnly`, SameSite=None, path `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginCookie {
    /// The name, with its `__Host-` prefix where the public URL is https.
    pub name: String,
    /// The sealed value; empty removes the cookie.
    pub value: String,
    /// How long the browser keeps it, in seconds; 0 removes it.
    pub max_age: u64,
}

/// What the browser does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrowserStep {
    /// Go there.
    Redirect(Url),
    /// Post these fields there, by a form that submits itself and works without script too.
    Post {
        /// The form's target.
        action: Url,
        /// The hidden fields, in order.
        fields: Vec<(&'static str, String)>,
    },
}

/// An answer for the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The cookies to set or remove.
    pub cookies: Vec<LoginCookie>,
    /// What the browser does next.
    pub step: BrowserStep,
}

/// A login that was refused; what the page needs.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The reference that page, log and journal share.
    pub reference: LoginReference,
    /// The refusal; only its public part may reach the page.
    pub refusal: Refusal,
    /// The account's Flex login link, to try again.
    pub retry: Option<Url>,
}
