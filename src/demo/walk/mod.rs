//! The agent who signs in without a person: from the demo Flex through every
//! redirect and form to the end, over HTTP like anybody else.
//!
//! Must never: call a part of the company or of the bridge other than by HTTP.

mod browser;
mod forms;
mod look;

use url::Url;

pub use browser::Hop;
use browser::{Browser, Standing};
pub use look::{Found, look};

/// How many pages with a form a login may take.
const MOST_PAGES: usize = 8;

/// The walk did not come to an end.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// Nobody answered, or not to the end.
    #[error("{}", with_causes(.0))]
    Http(#[from] reqwest::Error),
    /// An address can't be read.
    #[error("an address can't be read: {0}")]
    Url(#[from] url::ParseError),
    /// A redirect without an address.
    #[error("a redirect leads nowhere")]
    Nowhere,
    /// Redirects or pages without end.
    #[error("the login does not come to an end")]
    TooFar,
    /// A page is too large.
    #[error("the page at {0} is too large")]
    TooLarge(String),
    /// Twilio's API answers what can't be read.
    #[error("the demo Twilio API answers something else: {0}")]
    Twilio(String),
}

/// `reqwest` says only the outermost of what went wrong.
fn with_causes(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    words
}

/// Where a walk has ended.
#[derive(Debug, Clone)]
pub struct Walked {
    /// Each request on the way.
    pub hops: Vec<Hop>,
    /// The last page's address.
    pub url: Url,
    /// Its status.
    pub status: u16,
    /// Its heading.
    pub heading: String,
}

impl Walked {
    /// Whether the agent arrived at the demo Flex's own page for agents.
    #[must_use]
    pub fn arrived(&self, flex: &Url) -> bool {
        self.status == 200 && self.url.origin() == flex.origin() && self.url.path() == "/agent"
    }
}

/// Signs `person` in at the demo Flex: opens its login, chooses the person
/// where a page asks for one, and sends every form that needs nothing filled in.
///
/// # Errors
/// [`WalkError`] when it does not come to an end; a page that says no is an end.
pub async fn walk(flex: &Url, person: &str) -> Result<Walked, WalkError> {
    let mut browser = Browser::new()?;
    let mut here = browser.open(flex.join("/login")?).await?;
    for _ in 0..MOST_PAGES {
        let Some((form, button)) = next(&here, person) else {
            return Ok(Walked {
                hops: browser.history,
                url: here.url,
                status: here.status,
                heading: here.page.heading,
            });
        };
        here = browser.send(&here, &form, button).await?;
    }
    Err(WalkError::TooFar)
}

type Button = Option<(String, String)>;

/// What to do on a page: choose the person, or send its only form when it is one
/// that hands over. Nothing to do is the end.
fn next(here: &Standing, person: &str) -> Option<(forms::Form, Button)> {
    let forms = &here.page.forms;
    if let Some(form) = forms.iter().find(|form| form.has_button("person", person)) {
        return Some((form.clone(), Some(("person".to_owned(), person.to_owned()))));
    }
    match &forms[..] {
        [form] if form.post && !form.asks && !form.fields.is_empty() => {
            Some((form.clone(), form.buttons.first().cloned().flatten()))
        }
        _ => None,
    }
}
