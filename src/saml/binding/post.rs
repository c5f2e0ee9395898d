//! The HTTP-POST binding: base64 in a form (Bindings §3.5.4).

use base64::{Engine, prelude::BASE64_STANDARD};
use url::Url;

use crate::{
    identity::{Refusal, RefusalCode},
    saml::xml::Limits,
};

use super::{IncomingRequest, Outgoing, Parameters, redirect::check_relay_state};

/// A message as a form.
#[must_use]
pub fn encode(
    action: &Url,
    parameter: &'static str,
    xml: &str,
    relay_state: Option<&str>,
) -> Outgoing {
    let mut fields = vec![(parameter, BASE64_STANDARD.encode(xml))];
    if let Some(relay_state) = relay_state {
        fields.push(("RelayState", relay_state.to_owned()));
    }
    Outgoing::Post {
        action: action.clone(),
        fields,
    }
}

/// A request out of a form body.
///
/// # Errors
/// `request.parameter`, `request.too_large` or `request.malformed`.
pub fn decode_request(body: &[u8]) -> Result<IncomingRequest, Refusal> {
    let parameter = |detail: &str| Refusal::new(RefusalCode::RequestParameter, detail);
    let malformed = |detail: &str| Refusal::new(RefusalCode::RequestMalformed, detail);
    let body = std::str::from_utf8(body).map_err(|_| malformed("the form is not UTF-8"))?;
    let found = Parameters::read(body, &["SAMLRequest", "RelayState", "login_hint"])
        .map_err(|twice| parameter(&twice.to_string()))?;
    let message = found
        .get("SAMLRequest")
        .ok_or_else(|| parameter("there is no SAMLRequest"))?;
    if message.len() > 2 * Limits::REQUEST.bytes {
        return Err(RefusalCode::RequestTooLarge.into());
    }
    let compact: Vec<u8> = message
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let xml = BASE64_STANDARD
        .decode(compact)
        .map_err(|_| malformed("SAMLRequest is not base64"))?;
    let xml = String::from_utf8(xml).map_err(|_| malformed("the request is not UTF-8"))?;
    let relay_state = check_relay_state(found.get("RelayState"))?;
    Ok(IncomingRequest {
        xml,
        relay_state,
        query_signature: None,
        login_hint: found.get("login_hint").map(str::to_owned),
    })
}

/// The parameters of a posted response, not decoded any further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingResponse {
    /// `SAMLResponse`.
    pub response: String,
    /// `RelayState`: our own name for the login.
    pub relay_state: Option<String>,
}

/// A response out of a form body.
///
/// # Errors
/// `response.parameter`.
pub fn decode_response(body: &[u8]) -> Result<IncomingResponse, Refusal> {
    let refused = |detail: &str| Refusal::new(RefusalCode::ResponseParameter, detail);
    let body = std::str::from_utf8(body).map_err(|_| refused("the form is not UTF-8"))?;
    let found = Parameters::read(body, &["SAMLResponse", "RelayState"])
        .map_err(|twice| refused(&twice.to_string()))?;
    let response = found
        .get("SAMLResponse")
        .ok_or_else(|| refused("there is no SAMLResponse"))?;
    Ok(IncomingResponse {
        response: response.to_owned(),
        relay_state: found.get("RelayState").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_strictly() {
        let got = decode_request(b"RelayState=a%26b&SAMLRequest=PGE%2B\r\nPC9hPg%3D%3D").unwrap();
        assert_eq!(got.xml, "<a></a>");
        assert_eq!(got.relay_state.as_deref(), Some("a&b"));
        for (body, code) in [
            (
                &b"SAMLRequest=a&SAMLRequest=b"[..],
                RefusalCode::RequestParameter,
            ),
            (b"RelayState=a", RefusalCode::RequestParameter),
            (b"SAMLRequest=***", RefusalCode::RequestMalformed),
            (b"SAMLRequest=\xff", RefusalCode::RequestMalformed),
            (
                format!("SAMLRequest={}", "QUFB".repeat(Limits::REQUEST.bytes)).as_bytes(),
                RefusalCode::RequestTooLarge,
            ),
        ] {
            assert_eq!(decode_request(body).unwrap_err().code, code);
        }
        for body in [
            &b"SAMLResponse=a&SAMLResponse=a"[..],
            b"",
            b"RelayState=x",
            b"SAMLResponse=%ff",
        ] {
            assert_eq!(
                decode_response(body).unwrap_err().code,
                RefusalCode::ResponseParameter
            );
        }
    }
}
