//! Whatever is posted to the assertion consumer service: no panic, no identity.
#![no_main]

mod common;

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta};
use flexbridge::saml::{
    binding::post,
    sp::{Expected, Trust, verify},
};
use libfuzzer_sys::fuzz_target;

static TRUST: LazyLock<Trust> = LazyLock::new(|| Trust {
    entity_id: "https://idp.example/entity".to_owned(),
    certificates: common::certificates(),
    second_opinion: true,
});

fn check(parameter: &str) {
    let expected = Expected {
        sp_entity_id: "https://sso.example/saml/sp/hq",
        acs_url: "https://sso.example/saml/sp/hq/acs",
        request_id: Some("_request"),
        downstream_audience: "urn:flex:JQ1",
        skew: TimeDelta::seconds(60),
    };
    let now = DateTime::from_timestamp(1_772_359_200, 0).expect("a time");
    let verdict = verify(parameter, &TRUST, &expected, now, &mut |_| {});
    assert!(verdict.is_err(), "nobody holds the key");
}

fuzz_target!(|data: &[u8]| {
    if let Ok(form) = post::decode_response(data) {
        check(&form.response);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        check(text);
    }
    // As XML, which the fuzzer would hardly find through base64.
    check(&BASE64_STANDARD.encode(data));
});
