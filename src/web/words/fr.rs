//! French. Before `:`, `?` and `!` stands a no-break space.

use super::{Around, PublicReason, Said, Trouble, Words};

pub(super) static WORDS: Words = Words {
    signing_in: "Connexion en cours…",
    on_the_way: Around("Vous allez être dirigé vers ", "."),
    still_here: "Toujours ici\u{a0}? Ce bouton vous fait continuer\u{a0}:",
    go_on: "Continuer",
    which_company: "Dans quelle entreprise travaillez-vous\u{a0}?",
    not_found_first: "Introuvable\u{a0}: ",
    own_page: "Vous serez conduit à la page de connexion de votre entreprise. La question n’est posée qu’une fois\u{a0}; ce navigateur s’en souvient.",
    email: "Votre adresse e-mail professionnelle",
    only_the_domain: "Seule la partie qui suit le @ est utilisée. Rien n’est conservé.",
    or_choose: "Ou choisissez votre entreprise",
    no_address: "Saisissez votre adresse e-mail professionnelle, par exemple nom@company.example.",
    unknown_domain: Around(
        "Aucune entreprise n’utilise ici d’adresses se terminant par @",
        ".",
    ),
    try_again: "Réessayer depuis Flex",
    other_company: "Ce n’est pas votre entreprise\u{a0}?",
    reference: "Référence",
    help: "Aide\u{a0}:",
    title,
    sentence,
    advice,
    trouble,
};

const fn title(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted | PublicReason::IdpRefused | PublicReason::OtherSignIn => {
            "Cela n’a pas fonctionné"
        }
        PublicReason::Cancelled | PublicReason::NotSignedIn => "Vous n’êtes pas connecté",
        PublicReason::StartAgain => "Recommençons",
        PublicReason::NotSetUp | PublicReason::NotAssigned => "Vous y êtes presque",
        PublicReason::TryLater => "Un instant, s’il vous plaît",
        PublicReason::NotFound => "Il n’y a rien ici",
    }
}

const fn sentence(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted => "Votre connexion n’a pas pu être acceptée.",
        PublicReason::StartAgain => {
            "Cette connexion a expiré ou a déjà été utilisée. Veuillez recommencer depuis Flex."
        }
        PublicReason::IdpRefused => {
            "La page de connexion de votre entreprise ne vous a pas laissé entrer."
        }
        PublicReason::Cancelled => {
            "Vous n’êtes pas connecté\u{a0}: la connexion a été annulée ou n’a pas abouti."
        }
        PublicReason::NotAssigned => {
            "Votre entreprise n’autorise pas encore ce compte à utiliser Flex."
        }
        PublicReason::NotSignedIn => "Vous n’êtes pas encore connecté auprès de votre entreprise.",
        PublicReason::OtherSignIn => {
            "Flex demande un autre mode de connexion que celui que vous avez utilisé."
        }
        PublicReason::NotSetUp => "Votre compte n’est pas encore entièrement configuré pour Flex.",
        PublicReason::TryLater => {
            "La connexion est impossible pour le moment. Veuillez réessayer dans une minute."
        }
        PublicReason::NotFound => "Il n’y a rien ici.",
    }
}

const fn advice(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::Cancelled | PublicReason::NotSignedIn => {
            "Veuillez recommencer depuis Flex. Si vous vous étiez bien connecté, communiquez cette référence aux personnes qui s’occupent de Flex dans votre entreprise."
        }
        PublicReason::NotAccepted | PublicReason::StartAgain | PublicReason::TryLater => {
            "Si cela se reproduit, communiquez cette référence aux personnes qui s’occupent de Flex dans votre entreprise. Elle leur indique exactement ce qui s’est passé."
        }
        PublicReason::IdpRefused
        | PublicReason::NotAssigned
        | PublicReason::OtherSignIn
        | PublicReason::NotSetUp
        | PublicReason::NotFound => {
            "Communiquez cette référence aux personnes qui s’occupent de Flex dans votre entreprise. Elle leur indique exactement ce qui manque."
        }
    }
}

const fn trouble(trouble: Trouble) -> Said {
    let (title, sentence) = match trouble {
        Trouble::ChooseAgain => (
            "Choisir à nouveau",
            "Veuillez recommencer depuis Flex. Votre entreprise vous sera demandée.",
        ),
        Trouble::NotFound => (
            "Il n’y a rien ici",
            "Il n’y a aucune page à cette adresse. Pour vous connecter, commencez depuis Flex.",
        ),
        Trouble::WrongMethod => (
            "Pas ainsi",
            "Cette adresse fait partie de la connexion et ne s’ouvre pas seule. Veuillez commencer depuis Flex.",
        ),
        Trouble::NotAForm => (
            "Pas ainsi",
            "Cette adresse n’accepte que ce qu’envoie un formulaire de connexion. Veuillez commencer depuis Flex.",
        ),
        Trouble::TooSlow => (
            "Cela a pris trop de temps",
            "Le message de votre navigateur n’est pas arrivé à temps. Veuillez recommencer depuis Flex.",
        ),
        Trouble::Failed => (
            "C’est une erreur de notre part",
            "Un problème est survenu ici. Veuillez recommencer depuis Flex dans une minute.",
        ),
        Trouble::TakesTooLong => (
            "Un instant, s’il vous plaît",
            "La connexion prend trop de temps en ce moment. Veuillez réessayer dans une minute.",
        ),
    };
    Said { title, sentence }
}
