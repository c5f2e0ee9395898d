//! Honest responses in every style, and the refusal of each kind of dishonest one.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;

use super::*;
use crate::{
    clock::Timestamp,
    identity::{Refusal, RefusalCode as Code},
    saml::testing::{ACS, EC, FOREIGN, Pair, REQUEST, RSA, SP, Sample, Signed, now, sign, trust},
};

fn expected() -> Expected<'static> {
    Expected {
        sp_entity_id: SP,
        acs_url: ACS,
        request_id: REQUEST,
        downstream_audience: "urn:flex:JQ1",
        skew: TimeDelta::seconds(60),
    }
}

fn verify_at(
    parameter: &str,
    pairs: &[&Pair],
    at: Timestamp,
) -> Result<VerifiedAssertion, Refusal> {
    verify(parameter, &trust(pairs), &expected(), at, &mut |_| {})
}

fn check(sample: &Sample) -> Result<VerifiedAssertion, Refusal> {
    verify_at(&sample.parameter(&RSA), &[&RSA], now())
}

#[track_caller]
fn refused(sample: &Sample) -> Code {
    check(sample).expect_err("a refusal").code
}

#[test]
fn an_honest_response_is_accepted_however_it_is_signed() {
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        let sample = Sample {
            signed,
            ..Sample::default()
        };
        let verified = check(&sample).unwrap_or_else(|error| panic!("{signed:?}: {error}"));
        assert_eq!(
            verified.attributes().values("department"),
            ["Singapore HQ "]
        );
        let identity = verified.into_identity("hq".parse().unwrap());
        assert_eq!(identity.name_id.value, "ann@example.com");
    }
}
