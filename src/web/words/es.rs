//! Spanish.

use super::{Around, PublicReason, Said, Trouble, Words};

pub(super) static WORDS: Words = Words {
    signing_in: "Iniciando sesión…",
    on_the_way: Around("A continuación irá a ", "."),
    still_here: "¿Sigue aquí? Continúe con este botón:",
    go_on: "Continuar",
    which_company: "¿En qué empresa trabaja?",
    not_found_first: "No encontrada: ",
    own_page: "Desde aquí irá a la página de inicio de sesión de su empresa. Solo se le preguntará una vez; este navegador lo recordará.",
    email: "Su correo electrónico del trabajo",
    only_the_domain: "Solo se usa la parte que sigue a la @. No se guarda nada.",
    or_choose: "O elija su empresa",
    no_address: "Escriba su correo electrónico del trabajo, por ejemplo nombre@company.example.",
    unknown_domain: Around(
        "Ninguna empresa usa aquí direcciones que terminen en @",
        ".",
    ),
    try_again: "Volver a intentarlo desde Flex",
    other_company: "¿No es su empresa?",
    reference: "Referencia",
    help: "Ayuda:",
    title,
    sentence,
    advice,
    trouble,
};

const fn title(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted | PublicReason::IdpRefused | PublicReason::OtherSignIn => {
            "No ha funcionado"
        }
        PublicReason::Cancelled | PublicReason::NotSignedIn => "Sesión no iniciada",
        PublicReason::StartAgain => "Empecemos de nuevo",
        PublicReason::NotSetUp | PublicReason::NotAssigned => "Ya casi está",
        PublicReason::TryLater => "Un momento, por favor",
        PublicReason::NotFound => "Aquí no hay nada",
    }
}

const fn sentence(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::NotAccepted => "No se ha podido aceptar su inicio de sesión.",
        PublicReason::StartAgain => {
            "Este inicio de sesión ha caducado o ya se ha utilizado. Empiece de nuevo desde Flex."
        }
        PublicReason::IdpRefused => {
            "La página de inicio de sesión de su empresa no le ha permitido entrar."
        }
        PublicReason::Cancelled => {
            "No ha iniciado sesión: el proceso se canceló o no se completó correctamente."
        }
        PublicReason::NotAssigned => "Su empresa todavía no permite que esta cuenta utilice Flex.",
        PublicReason::NotSignedIn => "Todavía no ha iniciado sesión en su empresa.",
        PublicReason::OtherSignIn => {
            "Flex pide una forma de iniciar sesión distinta de la que ha utilizado."
        }
        PublicReason::NotSetUp => "Su cuenta todavía no está del todo configurada para Flex.",
        PublicReason::TryLater => {
            "En este momento no es posible iniciar sesión. Vuelva a intentarlo dentro de un minuto."
        }
        PublicReason::NotFound => "Aquí no hay nada.",
    }
}

const fn advice(reason: PublicReason) -> &'static str {
    match reason {
        PublicReason::Cancelled | PublicReason::NotSignedIn => {
            "Empiece de nuevo desde Flex. Si sí había iniciado sesión, indique esta referencia a quienes se encargan de Flex en su empresa."
        }
        PublicReason::NotAccepted | PublicReason::StartAgain | PublicReason::TryLater => {
            "Si vuelve a ocurrir, indique esta referencia a quienes se encargan de Flex en su empresa. Con ella sabrán exactamente qué ha pasado."
        }
        PublicReason::IdpRefused
        | PublicReason::NotAssigned
        | PublicReason::OtherSignIn
        | PublicReason::NotSetUp
        | PublicReason::NotFound => {
            "Indique esta referencia a quienes se encargan de Flex en su empresa. Con ella sabrán exactamente qué falta."
        }
    }
}

const fn trouble(trouble: Trouble) -> Said {
    let (title, sentence) = match trouble {
        Trouble::ChooseAgain => (
            "Elegir de nuevo",
            "Empiece de nuevo desde Flex. Se le preguntará por su empresa.",
        ),
        Trouble::NotFound => (
            "Aquí no hay nada",
            "No hay ninguna página en esta dirección. Si quiere iniciar sesión, empiece desde Flex.",
        ),
        Trouble::WrongMethod => (
            "Así no",
            "Esta dirección forma parte del inicio de sesión y no se puede abrir por sí sola. Empiece desde Flex.",
        ),
        Trouble::NotAForm => (
            "Así no",
            "Esta dirección solo acepta lo que envía un formulario de inicio de sesión. Empiece desde Flex.",
        ),
        Trouble::TooSlow => (
            "Ha tardado demasiado",
            "El mensaje de su navegador no llegó a tiempo. Empiece de nuevo desde Flex.",
        ),
        Trouble::Failed => (
            "Ha sido un error nuestro",
            "Algo ha fallado aquí. Empiece de nuevo desde Flex dentro de un minuto.",
        ),
        Trouble::TakesTooLong => (
            "Un momento, por favor",
            "El inicio de sesión está tardando demasiado. Vuelva a intentarlo dentro de un minuto.",
        ),
    };
    Said { title, sentence }
}
