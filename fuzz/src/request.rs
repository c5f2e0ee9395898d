//! Whatever is sent to the single sign-on service, by redirect and by form: no panic, nothing in
//! what is believed that could hurt further on, and nothing where a signature is wanted and wrong.

use std::sync::LazyLock;

use flexbridge::saml::{
    binding::{IncomingRequest, can_be_echoed, post, redirect},
    idp::{FlexSp, receive},
    testing::{EC, RSA, VALUE, try_sign},
};

use crate::{common, edit};

const SSO: &str = "https://sso.example/saml/idp/production/sso";

static FLEX: LazyLock<FlexSp> = LazyLock::new(|| FlexSp {
    entity_id: common::FLEX.to_owned(),
    acs_url: "https://login.example/callback?connection=JQ1"
        .parse()
        .expect("a URL"),
});

fn bare(xml: String) -> IncomingRequest {
    IncomingRequest {
        xml,
        relay_state: None,
        query_signature: None,
        login_hint: None,
    }
}

/// One request.
pub fn run(data: &[u8]) {
    if let Ok(incoming) = post::decode_request(data) {
        strangers(incoming);
    }
    let Some((text, edits)) = edit::split(data) else {
        return;
    };
    if !text.contains(VALUE) {
        if let Ok(incoming) = redirect::decode(text) {
            strangers(incoming);
        }
        // As XML, which the fuzzer would hardly find through deflate.
        strangers(bare(text.to_owned()));
        return;
    }
    let pair = if text.contains("#ecdsa-sha") {
        &EC
    } else {
        &RSA
    };
    let Some(signed) = try_sign(text, pair) else {
        return;
    };
    let ask = |xml: &str| {
        receive(
            bare(xml.to_owned()),
            &FLEX,
            SSO,
            Some(&common::TRUST.certificates),
        )
    };
    let honest = ask(&signed);
    let changed = edit::apply(&signed, edits);
    let verdict = std::str::from_utf8(&changed).ok().map(ask);
    if let (Ok(honest), Some(Ok(verdict))) = (honest, verdict) {
        assert_eq!(honest, verdict, "the signature covers all of it");
    }
}

fn strangers(incoming: IncomingRequest) {
    let signed = receive(
        incoming.clone(),
        &FLEX,
        SSO,
        Some(&common::TRUST.certificates),
    );
    assert!(signed.is_err(), "nobody holds the key");
    if let Ok(request) = receive(incoming, &FLEX, SSO, None) {
        assert!(!request.id.contains(['<', '>', '"', '\'', '&', ' ']));
        assert!(request.id.len() <= 256);
        assert!(request.relay_state.as_deref().is_none_or(can_be_echoed));
        assert!(request.asks.classes.len() <= 4);
    }
}
