//! German.

use super::{Around, PublicReason, Said, Trouble, Words};

pub(super) static WORDS: Words = Words {
    signing_in: "Sie werden angemeldet …",
    on_the_way: Around("Es geht weiter zu ", "."),
    still_here: "Noch hier? Damit geht es weiter:",
    go_on: "Weiter",
    which_company: "Zu welchem Unternehmen gehören Sie?",
    not_found_first: "Nicht gefunden: ",
    own_page: "Von hier gelangen Sie zur Anmeldeseite Ihres Unternehmens. Sie werden nur einmal gefragt; dieser Browser merkt sich die Antwort.",
    email: "Ihre geschäftliche E-Mail-Adresse",
    only_the_domain: "Nur der Teil hinter dem @ wird verwendet. Nichts davon wird gespeichert.",
    or_choose: "Oder wählen Sie Ihr Unternehmen",
    no_address: "Bitte geben Sie Ihre geschäftliche E-Mail-Adresse ein, zum Beispiel name@company.example.",
    unknown_domain: Around(
        "Kein Unternehmen hier verwendet Adressen, die auf @",
        " enden.",
    ),
    try_again: "In Flex neu beginnen",
    other_company: "Nicht Ihr Unternehmen?",
    reference: "Referenz",
    help: "Hilfe:",
    title,
    sentence,
    advice,
    trouble,
};

const fn title(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted | PublicReason::IdpRefused | PublicReason::OtherSignIn => {
            "Das hat nicht geklappt"
        }
        PublicReason::Cancelled | PublicReason::NotSignedIn => "Nicht angemeldet",
        PublicReason::StartAgain => "Beginnen wir noch einmal",
        PublicReason::NotSetUp | PublicReason::NotAssigned => "Fast geschafft",
        PublicReason::TryLater => "Einen Moment bitte",
        PublicReason::NotFound => "Hier ist nichts",
    }
}

const fn sentence(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted => "Ihre Anmeldung konnte nicht angenommen werden.",
        PublicReason::StartAgain => {
            "Diese Anmeldung ist abgelaufen oder wurde schon verwendet. Bitte beginnen Sie noch einmal in Flex."
        }
        PublicReason::IdpRefused => {
            "Die Anmeldeseite Ihres Unternehmens hat Sie nicht durchgelassen."
        }
        PublicReason::Cancelled => {
            "Sie wurden nicht angemeldet: Die Anmeldung wurde abgebrochen oder ist nicht gelungen."
        }
        PublicReason::NotAssigned => {
            "Ihr Unternehmen hat dieses Konto noch nicht für Flex freigegeben."
        }
        PublicReason::NotSignedIn => "Sie sind bei Ihrem Unternehmen noch nicht angemeldet.",
        PublicReason::OtherSignIn => {
            "Flex verlangt eine andere Art der Anmeldung als die, die Sie verwendet haben."
        }
        PublicReason::NotSetUp => "Ihr Konto ist für Flex noch nicht vollständig eingerichtet.",
        PublicReason::TryLater => {
            "Die Anmeldung ist gerade nicht möglich. Bitte versuchen Sie es in einer Minute noch einmal."
        }
        PublicReason::NotFound => "Unter dieser Adresse gibt es nichts.",
    }
}

const fn advice(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::Cancelled | PublicReason::NotSignedIn => {
            "Bitte beginnen Sie noch einmal in Flex. Falls Sie sich doch angemeldet haben, nennen Sie diese Referenz den Menschen, die Flex in Ihrem Unternehmen betreuen."
        }
        PublicReason::NotAccepted | PublicReason::StartAgain | PublicReason::TryLater => {
            "Falls es wieder geschieht, nennen Sie diese Referenz den Menschen, die Flex in Ihrem Unternehmen betreuen. Sie sagt ihnen genau, was geschehen ist."
        }
        PublicReason::IdpRefused
        | PublicReason::NotAssigned
        | PublicReason::OtherSignIn
        | PublicReason::NotSetUp
        | PublicReason::NotFound => {
            "Bitte nennen Sie diese Referenz den Menschen, die Flex in Ihrem Unternehmen betreuen. Sie sagt ihnen genau, was fehlt."
        }
    }
}

const fn trouble(trouble: Trouble) -> Said {
    let (title, sentence) = match trouble {
        Trouble::ChooseAgain => (
            "Neu wählen",
            "Bitte beginnen Sie noch einmal in Flex. Sie werden dann nach Ihrem Unternehmen gefragt.",
        ),
        Trouble::NotFound => (
            "Hier ist nichts",
            "Unter dieser Adresse gibt es keine Seite. Wenn Sie sich anmelden möchten, beginnen Sie bitte in Flex.",
        ),
        Trouble::WrongMethod => (
            "So nicht",
            "Diese Adresse ist Teil der Anmeldung und kann nicht für sich geöffnet werden. Bitte beginnen Sie in Flex.",
        ),
        Trouble::NotAForm => (
            "So nicht",
            "Diese Adresse nimmt nur an, was ein Anmeldeformular sendet. Bitte beginnen Sie in Flex.",
        ),
        Trouble::TooSlow => (
            "Das hat zu lange gedauert",
            "Die Nachricht Ihres Browsers kam nicht rechtzeitig an. Bitte beginnen Sie noch einmal in Flex.",
        ),
        Trouble::Failed => (
            "Das war unser Fehler",
            "Hier ist etwas schiefgegangen. Bitte beginnen Sie in einer Minute noch einmal in Flex.",
        ),
        Trouble::TakesTooLong => (
            "Einen Moment bitte",
            "Die Anmeldung dauert gerade zu lange. Bitte versuchen Sie es in einer Minute noch einmal.",
        ),
    };
    Said { title, sentence }
}
