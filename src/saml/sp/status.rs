//! What an identity provider means that says no (Core §3.2.2.2).

use crate::{
    identity::{Refusal, RefusalCode},
    saml::names::{AUTHN_FAILED, NO_AUTHN_CONTEXT, NO_PASSIVE, REQUEST_DENIED, SUCCESS},
};

/// The refusal for status codes as joined by [`super::response::status_of`],
/// by the innermost one that is known. A status refuses and never permits, so it
/// need not be signed.
pub(super) fn status_refusal(status: &str) -> Refusal {
    let codes = status.rsplit(" / ");
    // What calls itself a success and is none is no clear no, either.
    let clear = !status.starts_with(SUCCESS);
    let code = codes
        .filter(|_| clear)
        .find_map(|one| match one {
            AUTHN_FAILED => Some(RefusalCode::StatusAuthnFailed),
            REQUEST_DENIED => Some(RefusalCode::StatusRequestDenied),
            NO_PASSIVE => Some(RefusalCode::StatusNoPassive),
            NO_AUTHN_CONTEXT => Some(RefusalCode::StatusNoAuthnContext),
            _ => None,
        })
        .unwrap_or(RefusalCode::StatusNotSuccess);
    Refusal::new(code, format!("the status is {}", status.escape_debug()))
}

#[cfg(test)]
mod tests {
    use super::{super::response::status_of, *};
    use crate::saml::{
        names::PROTOCOL_NS,
        xml::{Limits, Tree},
    };

    #[test]
    fn not_more_than_four_codes_are_read() {
        for (count, read) in [(1, "0"), (4, "0 / 1 / 2 / 3"), (6, "0 / 1 / 2 / 3")] {
            let open = |number| format!("<p:StatusCode Value='{number}'>");
            let codes: String = (0..count).map(open).collect();
            let ends = "</p:StatusCode>".repeat(count);
            let text = format!(
                "<p:Response xmlns:p='{PROTOCOL_NS}'><p:Status>{codes}{ends}</p:Status></p:Response>"
            );
            let tree = Tree::parse(&text, &Limits::RESPONSE).unwrap();
            assert_eq!(status_of(tree.root()).as_deref(), Some(read));
        }
    }

    #[test]
    fn the_innermost_known_code_tells() {
        let at = |word: &str| format!("urn:oasis:names:tc:SAML:2.0:status:{word}");
        for (words, code) in [
            (&["Responder"][..], RefusalCode::StatusNotSuccess),
            (
                &["Responder", "AuthnFailed"],
                RefusalCode::StatusAuthnFailed,
            ),
            (
                &["Requester", "RequestDenied"],
                RefusalCode::StatusRequestDenied,
            ),
            (&["Responder", "NoPassive"], RefusalCode::StatusNoPassive),
            (
                &["Requester", "NoAuthnContext"],
                RefusalCode::StatusNoAuthnContext,
            ),
            (&["Success", "AuthnFailed"], RefusalCode::StatusNotSuccess),
            (&["AuthnFailed"], RefusalCode::StatusAuthnFailed),
            (
                &["Responder", "AuthnFailed", "Own"],
                RefusalCode::StatusAuthnFailed,
            ),
            (
                &["Responder", "InvalidNameIDPolicy"],
                RefusalCode::StatusNotSuccess,
            ),
        ] {
            let joined: Vec<_> = words.iter().map(|word| at(word)).collect();
            assert_eq!(status_refusal(&joined.join(" / ")).code, code, "{words:?}");
        }
        let refused = status_refusal("AuthnFailed\u{1b}");
        assert_eq!(
            refused.code,
            RefusalCode::StatusNotSuccess,
            "another name space's"
        );
        assert!(!refused.detail.contains('\u{1b}'));
    }
}
