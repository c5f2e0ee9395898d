//! What agents read, in each language: one [`Words`] a language, in a file of its own.
//!
//! A sentence that a language lacks does not compile: [`Words`] has no default,
//! and reasons and troubles are matched without a remainder.
//!
//! Must never: hold what administrators, logs or programs read, which is English; or let a
//! refusal's code show through.

mod accept;
mod de;
mod en;
mod es;
mod fr;
mod ja;
mod pt;

pub(super) use accept::choose;

use super::Language;
use crate::identity::PublicReason;

/// Trouble with a request that is no refusal of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The company is to be chosen again; nothing is wrong.
    ChooseAgain,
    /// There is no such page.
    NotFound,
    /// The address is right, the method is not.
    WrongMethod,
    /// What was sent is no form.
    NotAForm,
    /// The browser's message took too long to arrive.
    TooSlow,
    /// Something went wrong that should not.
    Failed,
    /// The login was worked on for too long.
    TakesTooLong,
}

impl Trouble {
    /// Every trouble, for tests.
    #[cfg(test)]
    pub(super) const ALL: [Self; 7] = [
        Self::ChooseAgain,
        Self::NotFound,
        Self::WrongMethod,
        Self::NotAForm,
        Self::TooSlow,
        Self::Failed,
        Self::TakesTooLong,
    ];
}

/// A page's heading and its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said {
    pub title: &'static str,
    pub sentence: &'static str,
}

/// Words around something: what stands before it, and behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Around(pub &'static str, pub &'static str);

impl Around {
    /// The words with `inner` between them.
    pub(super) fn with(self, inner: &str) -> String {
        let Self(before, behind) = self;
        format!("{before}{inner}{behind}")
    }
}

/// Everything that agents read.
#[derive(Debug)]
pub(super) struct Words {
    /// Heading of the page that hands over.
    pub signing_in: &'static str,
    /// Around the host that comes next.
    pub on_the_way: Around,
    /// Above the button that hands over where nothing did it by itself.
    pub still_here: &'static str,
    /// On the buttons that go on.
    pub go_on: &'static str,

    /// Heading of the page that asks for the company.
    pub which_company: &'static str,
    /// Before that heading in the page's title when something was wrong.
    pub not_found_first: &'static str,
    /// Under that heading.
    pub own_page: &'static str,
    /// Label of the address.
    pub email: &'static str,
    /// Under the address.
    pub only_the_domain: &'static str,
    /// Heading above the companies, under the address.
    pub or_choose: &'static str,
    /// What was typed is no address.
    pub no_address: &'static str,
    /// Around a domain that nobody here is of.
    pub unknown_domain: Around,

    /// On the button that leads to Flex again.
    pub try_again: &'static str,
    /// On the link that leads to the choice of the company.
    pub other_company: &'static str,
    /// Above the login's reference.
    pub reference: &'static str,
    /// Before the administrator's contact line.
    pub help: &'static str,

    /// A refusal's heading.
    pub title: fn(PublicReason) -> &'static str,
    /// A refusal's sentence.
    pub sentence: fn(PublicReason) -> &'static str,
    /// What to do with the reference.
    pub advice: fn(PublicReason) -> &'static str,
    /// Trouble that is no refusal.
    pub trouble: fn(Trouble) -> Said,
}

impl Words {
    /// The words of that language.
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &en::WORDS,
            Language::Spanish => &es::WORDS,
            Language::Portuguese => &pt::WORDS,
            Language::French => &fr::WORDS,
            Language::German => &de::WORDS,
            Language::Japanese => &ja::WORDS,
        }
    }
}

#[cfg(test)]
mod tests;
