//! The HTTP-Redirect binding: deflate, base64, a query (Bindings §3.4.4.1).

use std::cell::RefCell;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use url::Url;

use crate::{
    identity::{Refusal, RefusalCode},
    keys::SigningKey,
    saml::{
        signature::{SignFailed, sign_query},
        xml::Limits,
    },
};

use super::{IncomingRequest, Outgoing, Parameters, QuerySignature, can_be_echoed};

const DEFLATE: &str = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE";
const WANTED: [&str; 6] = [
    "SAMLRequest",
    "RelayState",
    "SigAlg",
    "Signature",
    "SAMLEncoding",
    "login_hint",
];
/// The longest query that is looked at, in bytes.
const LONGEST_QUERY: usize = 32 * 1024;

/// A request as a redirect to `location`, signed if there is a key.
///
/// # Errors
/// [`SignFailed`].
pub fn encode(
    location: &Url,
    xml: &str,
    relay_state: &str,
    key: Option<&SigningKey>,
) -> Result<Outgoing, SignFailed> {
    let deflated = deflated(xml.as_bytes());
    let mut query = form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLRequest", &BASE64_STANDARD.encode(deflated))
        .append_pair("RelayState", relay_state)
        .finish();
    if let Some(key) = key {
        query = sign_query(&query, key)?;
    }
    let mut target = location.clone();
    let query = match location.query() {
        Some(own) if !own.is_empty() => format!("{own}&{query}"),
        _ => query,
    };
    target.set_query(Some(&query));
    Ok(Outgoing::Redirect(target))
}

/// A request out of a raw query.
///
/// # Errors
/// `request.parameter`, `request.too_large` or `request.malformed`.
pub fn decode(raw_query: &str) -> Result<IncomingRequest, Refusal> {
    if raw_query.len() > LONGEST_QUERY {
        return Err(RefusalCode::RequestTooLarge.into());
    }
    let parameter = |detail: String| Refusal::new(RefusalCode::RequestParameter, detail);
    let found =
        Parameters::read(raw_query, &WANTED).map_err(|twice| parameter(twice.to_string()))?;
    if found
        .get("SAMLEncoding")
        .is_some_and(|encoding| encoding != DEFLATE)
    {
        return Err(parameter("SAMLEncoding is not DEFLATE".to_owned()));
    }
    let message = found
        .get("SAMLRequest")
        .ok_or_else(|| parameter("there is no SAMLRequest".to_owned()))?;
    Ok(IncomingRequest {
        relay_state: check_relay_state(found.get("RelayState"))?,
        query_signature: query_signature(&found)?,
        login_hint: found.get("login_hint").map(str::to_owned),
        xml: inflate(message)?,
    })
}

/// A RelayState that can be carried and echoed.
pub(super) fn check_relay_state(relay_state: Option<&str>) -> Result<Option<String>, Refusal> {
    match relay_state {
        Some(text) if text.len() > super::LONGEST_RELAY_STATE => Err(Refusal::new(
            RefusalCode::RequestTooLarge,
            "the RelayState is over 2,048 bytes",
        )),
        Some(text) if !can_be_echoed(text) => Err(Refusal::new(
            RefusalCode::RequestMalformed,
            "the RelayState holds control characters, which a browser would not give back exactly",
        )),
        other => Ok(other.map(str::to_owned)),
    }
}

thread_local! {
    // Either machine is a few hundred KiB that the system would hand out and take back each
    // time, which costs more than the work on a message; so each thread keeps its own.
    static DEFLATER: RefCell<Compress> = RefCell::new(Compress::new(Compression::default(), false));
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

fn deflated(message: &[u8]) -> Vec<u8> {
    DEFLATER.with_borrow_mut(|deflate| {
        deflate.reset();
        let mut out = Vec::with_capacity(message.len() + 64);
        loop {
            let read = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
            let rest = message.get(read..).unwrap_or_default();
            // It fails of wrong parameters only; then what comes out is no message, and says so
            // to whoever reads it.
            match deflate.compress_vec(rest, &mut out, FlushCompress::Finish) {
                Ok(Status::StreamEnd) | Err(_) => return out,
                Ok(Status::Ok | Status::BufError) => out.reserve(out.capacity()),
            }
        }
    })
}

fn inflate(message: &str) -> Result<String, Refusal> {
    let malformed = |detail: &str| Refusal::new(RefusalCode::RequestMalformed, detail);
    let compact: Vec<u8> = message
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let deflated = BASE64_STANDARD
        .decode(compact)
        .map_err(|_| malformed("SAMLRequest is not base64"))?;
    let xml = inflated(&deflated, Limits::REQUEST.bytes)
        .map_err(|_| malformed("SAMLRequest is not deflated"))?
        .ok_or(RefusalCode::RequestTooLarge)?;
    String::from_utf8(xml).map_err(|_| malformed("the request is not UTF-8"))
}

/// What was deflated; `None` when it has more than `most` bytes, of which no more than twice
/// that is ever made.
fn inflated(deflated: &[u8], most: usize) -> Result<Option<Vec<u8>>, NotDeflated> {
    INFLATER.with_borrow_mut(|inflate| {
        inflate.reset(false);
        let mut out = Vec::with_capacity(4 * 1024);
        loop {
            let read = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
            let rest = deflated.get(read..).unwrap_or_default();
            let status = inflate
                .decompress_vec(rest, &mut out, FlushDecompress::None)
                .map_err(|_| NotDeflated)?;
            if out.len() > most {
                return Ok(None);
            }
            match status {
                Status::StreamEnd => return Ok(Some(out)),
                // There was room, so there was nothing more to read, and yet no end.
                _ if out.len() < out.capacity() => return Err(NotDeflated),
                _ => out.reserve_exact(out.len()),
            }
        }
    })
}

/// It is no whole stream of RFC 1951.
struct NotDeflated;

fn query_signature(found: &Parameters<'_>) -> Result<Option<QuerySignature>, Refusal> {
    let broken = |detail: &str| Refusal::new(RefusalCode::RequestSignature, detail);
    let (algorithm, value) = match (found.get("SigAlg"), found.get("Signature")) {
        (None, None) => return Ok(None),
        (Some(algorithm), Some(value)) => (algorithm, value),
        _ => return Err(broken("SigAlg and Signature must come together")),
    };
    let compact: Vec<u8> = value
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let value = BASE64_STANDARD
        .decode(compact)
        .map_err(|_| broken("Signature is not base64"))?;
    let mut signed = format!(
        "SAMLRequest={}",
        found.raw("SAMLRequest").unwrap_or_default()
    );
    if let Some(raw) = found.raw("RelayState") {
        signed.push_str("&RelayState=");
        signed.push_str(raw);
    }
    signed.push_str("&SigAlg=");
    signed.push_str(found.raw("SigAlg").unwrap_or_default());
    Ok(Some(QuerySignature {
        signed,
        algorithm: algorithm.to_owned(),
        value,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query_of(outgoing: &Outgoing) -> String {
        match outgoing {
            Outgoing::Redirect(url) => url.query().unwrap().to_owned(),
            Outgoing::Post { .. } => panic!("a redirect"),
        }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let location: Url = "https://idp.example/sso?a=b".parse().unwrap();
        let sent = encode(&location, "<a>é&amp;</a>", "r+s /=&", None).unwrap();
        let query = query_of(&sent);
        assert!(query.starts_with("a=b&SAMLRequest="));
        let got = decode(&query).unwrap();
        assert_eq!(got.xml, "<a>é&amp;</a>");
        assert_eq!(got.relay_state.as_deref(), Some("r+s /=&"));
        assert_eq!(got.query_signature, None);
        // The encoding may be named, when it is this one.
        let named = form_urlencoded::Serializer::new(query)
            .append_pair("SAMLEncoding", DEFLATE)
            .finish();
        assert_eq!(decode(&named).unwrap().xml, got.xml);
        // An empty query of the location leaves nothing behind.
        let bare = encode(
            &"https://idp.example/sso?".parse().unwrap(),
            "<a/>",
            "r",
            None,
        );
        assert!(query_of(&bare.unwrap()).starts_with("SAMLRequest="));
    }

    #[test]
    fn what_browsers_would_change_is_not_echoed() {
        let longest = "x".repeat(super::super::LONGEST_RELAY_STATE);
        for good in ["", "a\tb", "ü &<\u{10ffff}", &longest] {
            assert!(can_be_echoed(good), "{good:?}");
        }
        for bad in ["a\nb", "a\rb", "\0", "\u{85}", &format!("{longest}x")] {
            assert!(!can_be_echoed(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_bomb_is_not_inflated() {
        let location: Url = "https://idp.example/sso".parse().unwrap();
        let sent = encode(&location, &"a".repeat(50_000_000), "", None).unwrap();
        let query = query_of(&sent);
        let refused = decode(&query).unwrap_err().code;
        assert_eq!(refused, RefusalCode::RequestTooLarge);
        let small = encode(&location, &"a".repeat(70_000), "", None).unwrap();
        assert_eq!(
            decode(&query_of(&small)).unwrap_err().code,
            RefusalCode::RequestTooLarge
        );
    }

    #[test]
    fn each_bound_is_where_it_is_said_to_be() {
        let sent = |xml: &str, relay_state: &str| {
            let location: Url = "https://idp.example/sso".parse().unwrap();
            decode(&query_of(
                &encode(&location, xml, relay_state, None).unwrap(),
            ))
        };
        let most = Limits::REQUEST.bytes;
        assert_eq!(sent(&"a".repeat(most), "").unwrap().xml.len(), most);
        assert!(sent(&"a".repeat(most + 1), "").is_err());
        assert!(sent("", &"x".repeat(2_048)).is_ok());
        assert!(sent("", &"x".repeat(2_049)).is_err());
        let query = |bytes: usize| {
            let own = query_of(&encode(&"https://x".parse().unwrap(), "<a/>", "", None).unwrap());
            decode(&format!("{own}&y={}", "x".repeat(bytes - own.len() - 3)))
        };
        assert!(query(LONGEST_QUERY).is_ok());
        let refused = query(LONGEST_QUERY + 1).unwrap_err().code;
        assert_eq!(refused, RefusalCode::RequestTooLarge);
    }

    #[test]
    fn a_relay_state_is_refused_for_itself() {
        let location: Url = "https://idp.example/sso".parse().unwrap();
        for (relay_state, refused) in [
            ("a\tb", None),
            ("a\nb", Some(RefusalCode::RequestMalformed)),
            ("\u{85}", Some(RefusalCode::RequestMalformed)),
        ] {
            let sent = encode(&location, "<a/>", relay_state, None).unwrap();
            let code = decode(&query_of(&sent)).err().map(|refusal| refusal.code);
            assert_eq!(code, refused, "{relay_state:?}");
        }
    }

    #[test]
    fn broken_queries_are_refused_with_their_code() {
        use RefusalCode::{RequestMalformed, RequestParameter, RequestSignature, RequestTooLarge};
        let long = format!("SAMLRequest=&RelayState={}", "x".repeat(2_049));
        let endless = format!("SAMLRequest={}", "A".repeat(LONGEST_QUERY));
        for (query, code) in [
            ("", RequestParameter),
            ("RelayState=x", RequestParameter),
            ("SAMLRequest=a&SAMLRequest=a", RequestParameter),
            ("SAMLRequest=a&RelayState=x&RelayState=x", RequestParameter),
            ("SAMLRequest=a&SAMLEncoding=none", RequestParameter),
            ("SAMLRequest=%2A%2A", RequestMalformed),
            ("SAMLRequest=AAAA", RequestMalformed),
            (&long, RequestTooLarge),
            (&endless, RequestTooLarge),
            ("SAMLRequest=&RelayState=%0A", RequestMalformed),
            ("SAMLRequest=&SigAlg=x", RequestSignature),
            ("SAMLRequest=&Signature=x", RequestSignature),
        ] {
            assert_eq!(decode(query).unwrap_err().code, code, "{query}");
        }
    }
}
