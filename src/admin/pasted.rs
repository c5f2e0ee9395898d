//! What people paste, read as what they mean.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::Sample;
use crate::{oidc, saml::binding::post};

/// The largest sample that is looked at, in bytes: more than any response, as a form.
pub const LARGEST_SAMPLE: usize = 2 * 1024 * 1024;

/// A SAMLResponse (base64, percent-encoded base64, XML, or the whole posted form), an ID
/// token, or claims as a JSON object.
#[must_use]
pub fn pasted(text: &str) -> Sample {
    let text = text.trim();
    if oidc::looks_like_token(text) {
        return Sample::IdToken(text.to_owned());
    }
    if text.starts_with('{') {
        return Sample::Claims(text.to_owned());
    }
    Sample::Response(parameter(text))
}

/// XML, a whole posted form, percent-encoded base64, or base64: all as the parameter.
fn parameter(pasted: &str) -> String {
    if pasted.starts_with('<') {
        return BASE64_STANDARD.encode(pasted);
    }
    let form = if pasted.contains("SAMLResponse=") {
        pasted.to_owned()
    } else if pasted.contains('%') {
        format!("SAMLResponse={pasted}")
    } else {
        return pasted.to_owned();
    };
    post::decode_response(form.as_bytes()).map_or(form, |decoded| decoded.response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_it_was_captured_it_is_the_parameter() {
        let base64 = BASE64_STANDARD.encode("<a>~~~</a>");
        let encoded: String = form_urlencoded::byte_serialize(base64.as_bytes()).collect();
        for pasted in [
            "<a>~~~</a>".to_owned(),
            base64.clone(),
            format!("SAMLResponse={encoded}&RelayState=x"),
            format!("RelayState=x&SAMLResponse={encoded}"),
        ] {
            assert_eq!(parameter(&pasted), base64, "{pasted}");
        }
    }

    #[test]
    fn what_it_is_shows_in_how_it_begins() {
        assert!(matches!(pasted(" {\"a\":1} "), Sample::Claims(claims) if claims == "{\"a\":1}"));
        assert!(matches!(pasted("<a/>"), Sample::Response(_)));
        assert!(matches!(pasted("PGEvPg=="), Sample::Response(_)));
        let token = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
        assert!(matches!(pasted(token), Sample::IdToken(same) if same == token));
    }
}
