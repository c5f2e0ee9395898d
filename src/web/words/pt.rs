//! Portuguese, in words that read well in Brazil and in Portugal.

use super::{Around, PublicReason, Said, Trouble, Words};

pub(super) static WORDS: Words = Words {
    signing_in: "A iniciar a sessão…",
    on_the_way: Around("A seguir: ", "."),
    still_here: "Ainda aqui? Siga por este botão:",
    go_on: "Continuar",
    which_company: "Em que empresa trabalha?",
    not_found_first: "Não encontrada: ",
    own_page: "Daqui segue para a página de início de sessão da sua empresa. A pergunta só é feita uma vez; este navegador lembra-se da resposta.",
    email: "O seu e-mail de trabalho",
    only_the_domain: "Só é usada a parte depois do @. Nada é guardado.",
    or_choose: "Ou escolha a sua empresa",
    no_address: "Escreva o seu e-mail de trabalho, por exemplo nome@company.example.",
    unknown_domain: Around("Nenhuma empresa usa aqui endereços que terminem em @", "."),
    try_again: "Tentar de novo a partir do Flex",
    other_company: "Não é a sua empresa?",
    reference: "Referência",
    help: "Ajuda:",
    title,
    sentence,
    advice,
    trouble,
};

const fn title(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted | PublicReason::IdpRefused | PublicReason::OtherSignIn => {
            "Não funcionou"
        }
        PublicReason::Cancelled | PublicReason::NotSignedIn => "Sessão não iniciada",
        PublicReason::StartAgain => "Vamos começar de novo",
        PublicReason::NotSetUp | PublicReason::NotAssigned => "Está quase",
        PublicReason::TryLater => "Um momento, por favor",
        PublicReason::NotFound => "Não há nada aqui",
    }
}

const fn sentence(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted => "Não foi possível aceitar o seu início de sessão.",
        PublicReason::StartAgain => {
            "Este início de sessão expirou ou já foi usado. Comece de novo a partir do Flex."
        }
        PublicReason::IdpRefused => {
            "A página de início de sessão da sua empresa não permitiu a entrada."
        }
        PublicReason::Cancelled => {
            "A sessão não foi iniciada: o processo foi cancelado ou não foi concluído com sucesso."
        }
        PublicReason::NotAssigned => "A sua empresa ainda não permite que esta conta use o Flex.",
        PublicReason::NotSignedIn => "Ainda não iniciou sessão na sua empresa.",
        PublicReason::OtherSignIn => {
            "O Flex pede uma forma de iniciar sessão diferente da que foi usada."
        }
        PublicReason::NotSetUp => "A sua conta ainda não está totalmente configurada para o Flex.",
        PublicReason::TryLater => {
            "De momento não é possível iniciar sessão. Tente de novo dentro de um minuto."
        }
        PublicReason::NotFound => "Não há nada aqui.",
    }
}

const fn advice(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::Cancelled | PublicReason::NotSignedIn => {
            "Comece de novo a partir do Flex. Se chegou a iniciar sessão, indique esta referência às pessoas que cuidam do Flex na sua empresa."
        }
        PublicReason::NotAccepted | PublicReason::StartAgain | PublicReason::TryLater => {
            "Se voltar a acontecer, indique esta referência às pessoas que cuidam do Flex na sua empresa. Com ela saberão exatamente o que aconteceu."
        }
        PublicReason::IdpRefused
        | PublicReason::NotAssigned
        | PublicReason::OtherSignIn
        | PublicReason::NotSetUp
        | PublicReason::NotFound => {
            "Indique esta referência às pessoas que cuidam do Flex na sua empresa. Com ela saberão exatamente o que falta."
        }
    }
}

const fn trouble(trouble: Trouble) -> Said {
    let (title, sentence) = match trouble {
        Trouble::ChooseAgain => (
            "Escolher de novo",
            "Comece de novo a partir do Flex. Será perguntada a sua empresa.",
        ),
        Trouble::NotFound => (
            "Não há nada aqui",
            "Não há nenhuma página neste endereço. Para iniciar sessão, comece a partir do Flex.",
        ),
        Trouble::WrongMethod => (
            "Assim não",
            "Este endereço faz parte do início de sessão e não pode ser aberto por si só. Comece a partir do Flex.",
        ),
        Trouble::NotAForm => (
            "Assim não",
            "Este endereço só aceita o que um formulário de início de sessão envia. Comece a partir do Flex.",
        ),
        Trouble::TooSlow => (
            "Demorou demasiado",
            "A mensagem do seu navegador não chegou a tempo. Comece de novo a partir do Flex.",
        ),
        Trouble::Failed => (
            "O erro foi nosso",
            "Algo correu mal aqui. Comece de novo a partir do Flex dentro de um minuto.",
        ),
        Trouble::TakesTooLong => (
            "Um momento, por favor",
            "O início de sessão está a demorar demasiado. Tente de novo dentro de um minuto.",
        ),
    };
    Said { title, sentence }
}
