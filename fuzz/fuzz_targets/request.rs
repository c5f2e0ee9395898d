//! Whatever is sent to the single sign-on service, by redirect and by form: no panic.
#![no_main]

mod common;

use std::sync::LazyLock;

use flexbridge::saml::{
    binding::{IncomingRequest, can_be_echoed, post, redirect},
    idp::{FlexSp, receive},
    signature::TrustedCertificates,
};
use libfuzzer_sys::fuzz_target;

static CERTIFICATES: LazyLock<TrustedCertificates> = LazyLock::new(common::certificates);
static FLEX: LazyLock<FlexSp> = LazyLock::new(|| FlexSp {
    entity_id: "urn:flex:JQ1".to_owned(),
    acs_url: "https://login.example/callback?connection=JQ1"
        .parse()
        .expect("a URL"),
});

fn check(incoming: IncomingRequest) {
    let sso = "https://sso.example/saml/idp/production/sso";
    let signed = receive(incoming.clone(), &FLEX, sso, Some(&CERTIFICATES));
    assert!(signed.is_err(), "nobody holds the key");
    if let Ok(request) = receive(incoming, &FLEX, sso, None) {
        assert!(!request.id.contains(['<', '>', '"', '\'', '&', ' ']));
        assert!(request.relay_state.as_deref().is_none_or(can_be_echoed));
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(incoming) = post::decode_request(data) {
        check(incoming);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(incoming) = redirect::decode(text) {
        check(incoming);
    }
    // As XML, which the fuzzer would hardly find through deflate.
    check(IncomingRequest {
        xml: text.to_owned(),
        relay_state: None,
        query_signature: None,
        login_hint: None,
    });
});
