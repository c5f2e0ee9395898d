//! What the agent is told of a refusal: one plain sentence, which never tells apart
//! causes that would help an attacker.

/// What the agent is told. Few on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicReason {
    /// The message could not be accepted. Everything about signatures, shape and policy is this one.
    NotAccepted,
    /// The login took too long, was finished already, or began in another browser: begin again.
    StartAgain,
    /// The company's identity provider said no.
    IdpRefused,
    /// The agent did not sign in there: cancelled, or not successfully.
    Cancelled,
    /// The company's identity provider does not let this agent use Flex.
    NotAssigned,
    /// The agent would have had to be asked, and Flex wanted nobody asked.
    NotSignedIn,
    /// The agent did not sign in in the way that Flex asks for.
    OtherSignIn,
    /// The administrator has something to set up for this person.
    NotSetUp,
    /// The bridge can't work just now; it will again.
    TryLater,
    /// There is no such page.
    NotFound,
}

impl PublicReason {
    /// The one sentence for the agent, in English.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotAccepted => "Your sign-in could not be accepted.",
            Self::StartAgain => {
                "This sign-in has expired or was already used. Please start again from Flex."
            }
            Self::IdpRefused => "Your company's sign-in page did not let you in.",
            Self::Cancelled => {
                "You were not signed in: the sign-in was cancelled, or it did not succeed."
            }
            Self::NotAssigned => "Your company does not let this account use Flex yet.",
            Self::NotSignedIn => "You are not signed in at your company yet.",
            Self::OtherSignIn => "Flex asks for another way of signing in than the one you used.",
            Self::NotSetUp => "Your account is not completely set up for Flex.",
            Self::TryLater => "Signing in is not possible just now. Please try again in a minute.",
            Self::NotFound => "There is nothing here.",
        }
    }

    /// The HTTP status of the page.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::NotAccepted | Self::StartAgain => 400,
            Self::IdpRefused
            | Self::Cancelled
            | Self::NotAssigned
            | Self::NotSignedIn
            | Self::OtherSignIn
            | Self::NotSetUp => 403,
            Self::TryLater => 503,
            Self::NotFound => 404,
        }
    }
}
