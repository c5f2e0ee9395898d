//! What a login takes from HTTP and gives back to it. Plain data, no HTTP type.

use std::{fmt, net::IpAddr};

use url::Url;

use crate::identity::{EmailDomain, LoginReference, Refusal};

/// What the web knows of a request besides its message.
#[derive(Clone)]
pub struct RequestContext {
    /// The address the agent signs in from, as seen behind trusted proxies.
    pub address: IpAddr,
    /// The request's `Cookie` headers, joined by `; `, as they came.
    pub cookies: String,
}

impl fmt::Debug for RequestContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RequestContext(…)")
    }
}

/// A cookie to set, or with an empty value to remove. Always Secure, `HttpOnly`, SameSite=None, path `/`.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginCookie {
    /// The name, with its `__Host-` prefix where the public URL is https.
    pub name: String,
    /// The sealed value; empty removes the cookie.
    pub value: String,
    /// How long the browser keeps it, in seconds; 0 removes it.
    pub max_age: u64,
}

impl fmt::Debug for LoginCookie {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "LoginCookie({}=…, {} s)",
            self.name, self.max_age
        )
    }
}

/// What the browser does next. `Debug` says where, not with what.
#[derive(Clone, PartialEq, Eq)]
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
    /// Ask the agent for the company.
    Choose(ChoicePage),
    /// There is nothing more to do here: the agent begins again in Flex.
    StartFromFlex,
}

impl fmt::Debug for BrowserStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect(to) => {
                write!(formatter, "Redirect({})", to.origin().ascii_serialization())
            }
            Self::Post { action, .. } => {
                write!(formatter, "Post({})", action.origin().ascii_serialization())
            }
            Self::Choose(_) => formatter.write_str("Choose"),
            Self::StartFromFlex => formatter.write_str("StartFromFlex"),
        }
    }
}

/// The page that asks for the company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoicePage {
    /// The path its form is posted to.
    pub action: String,
    /// The form's hidden `login`: which choice this is.
    pub login: String,
    /// Whether an e-mail address (`email`) can tell.
    pub by_email: bool,
    /// What was wrong with the form that was sent, if one was.
    pub problem: Option<ChoiceProblem>,
    /// To choose from directly (`idp`): name, and what people call it.
    pub providers: Vec<(String, String)>,
}

/// Why what was typed leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceProblem {
    /// It is no e-mail address.
    NoAddress,
    /// Nobody here is of that domain.
    UnknownDomain(EmailDomain),
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
    /// The path to choose another company, where the account has several identity providers.
    pub choose: Option<String>,
}
