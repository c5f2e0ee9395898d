//! English.

use super::{Around, PublicReason, Said, Trouble, Words};

pub(super) static WORDS: Words = Words {
    signing_in: "Signing you in…",
    on_the_way: Around("You are on your way to ", "."),
    still_here: "Still here? This takes you on:",
    go_on: "Continue",
    which_company: "Which company are you with?",
    not_found_first: "Not found: ",
    own_page: "This takes you to the sign-in page of your own company. You are asked once; this browser remembers.",
    email: "Your e-mail address at work",
    only_the_domain: "Only the part behind the @ is used. Nothing is kept.",
    or_choose: "Or choose your company",
    no_address: "Please type your e-mail address at work, such as name@company.example.",
    unknown_domain: Around("No company here uses addresses that end in @", "."),
    try_again: "Try again from Flex",
    other_company: "Not your company?",
    reference: "Reference",
    help: "Help:",
    title,
    sentence: PublicReason::sentence,
    advice,
    trouble,
};

const fn title(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted | PublicReason::IdpRefused | PublicReason::OtherSignIn => {
            "That did not work"
        }
        PublicReason::Cancelled | PublicReason::NotSignedIn => "Not signed in",
        PublicReason::StartAgain => "Let’s start again",
        PublicReason::NotSetUp | PublicReason::NotAssigned => "Almost there",
        PublicReason::TryLater => "One moment, please",
        PublicReason::NotFound => "Nothing here",
    }
}

const fn advice(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::Cancelled | PublicReason::NotSignedIn => {
            "Please start again from Flex. If you did sign in, give this reference to the people who look after Flex in your company."
        }
        PublicReason::NotAccepted | PublicReason::StartAgain | PublicReason::TryLater => {
            "If it happens again, give this reference to the people who look after Flex in your company. It tells them exactly what happened."
        }
        PublicReason::IdpRefused
        | PublicReason::NotAssigned
        | PublicReason::OtherSignIn
        | PublicReason::NotSetUp
        | PublicReason::NotFound => {
            "Please give this reference to the people who look after Flex in your company. It tells them exactly what is missing."
        }
    }
}

const fn trouble(trouble: Trouble) -> Said {
    let (title, sentence) = match trouble {
        Trouble::ChooseAgain => (
            "Choose again",
            "Please start again from Flex. You will be asked for your company.",
        ),
        Trouble::NotFound => (
            "Nothing here",
            "There is no page at this address. If you want to sign in, please start from Flex.",
        ),
        Trouble::WrongMethod => (
            "Not like this",
            "This address takes part in signing in and can’t be opened by itself. Please start from Flex.",
        ),
        Trouble::NotAForm => (
            "Not like this",
            "This address only takes what a sign-in form sends. Please start from Flex.",
        ),
        Trouble::TooSlow => (
            "That took too long",
            "Your browser’s message did not arrive in time. Please start again from Flex.",
        ),
        Trouble::Failed => (
            "That was our mistake",
            "Something went wrong here. Please start again from Flex in a minute.",
        ),
        Trouble::TakesTooLong => (
            "One moment, please",
            "Signing in takes too long just now. Please try again in a minute.",
        ),
    };
    Said { title, sentence }
}
