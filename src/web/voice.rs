//! How one agent is spoken to: in which language, and with whose contact line.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::{HeaderMap, request::Parts};

use super::{
    Contact, Language, PagesSettings,
    words::{self, Words},
};

/// The language and the contact line of one answer.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    language: Language,
    contact: Option<Contact>,
}

impl Voice {
    /// As the browser asks and the administrator configured.
    pub(super) fn new(headers: &HeaderMap, settings: &PagesSettings) -> Self {
        let contact = settings.contact.as_deref();
        Self {
            language: words::choose(headers, settings.language),
            // The configuration was checked; what is wrong is never half shown.
            contact: contact.and_then(|line| Contact::parse(line).ok()),
        }
    }

    /// For administrators.
    pub(super) const fn english() -> Self {
        Self {
            language: Language::English,
            contact: None,
        }
    }

    /// As in `lang`.
    pub(super) const fn tag(&self) -> &'static str {
        self.language.tag()
    }

    pub(super) const fn words(&self) -> &'static Words {
        Words::of(self.language)
    }

    pub(super) const fn contact(&self) -> Option<&Contact> {
        self.contact.as_ref()
    }
}

/// What knows the administrator's `[pages]`.
pub(super) trait Speaks {
    /// `[pages]`, as it is now.
    fn pages(&self) -> PagesSettings;
}

impl<S: Speaks + Send + Sync> FromRequestParts<S> for Voice {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::new(&parts.headers, &state.pages()))
    }
}
