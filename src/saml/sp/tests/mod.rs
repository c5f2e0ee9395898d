//! Honest responses in every style, and the refusal of each kind of dishonest
//! one: always with the exact code, as a refusal for another reason shows nothing.
//!
//! Must never: loosen an expectation because the code does something else.

mod attacks;
mod encrypted;
mod honest;
mod mutation;
mod policy;
mod styles;
mod subject;
mod times;
mod values;

use chrono::TimeDelta;

use super::*;
use crate::{
    clock::Timestamp,
    identity::{Refusal, RefusalCode as Code},
    saml::testing::{
        ACS, DIGEST, EC, EC384, FOREIGN, IDP, Pair, REQUEST, RSA, SP, Sample, Signed, VALUE, at,
        encode, now, sign, signature_template, trust,
    },
};

const FLEX: &str = "urn:flex:JQ1";

fn expected() -> Expected<'static> {
    Expected {
        sp_entity_id: SP,
        acs_url: ACS,
        request_id: REQUEST,
        downstream_audience: FLEX,
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

/// What becomes of this XML, which the identity provider's RSA key should have signed.
fn judge(xml: &str) -> Result<VerifiedAssertion, Refusal> {
    verify_at(&encode(xml), &[&RSA], now())
}

#[track_caller]
fn accepted(xml: &str) -> VerifiedAssertion {
    judge(xml).unwrap_or_else(|refusal| panic!("{refusal}\n{xml}"))
}

#[track_caller]
fn refused(xml: &str, code: Code) {
    match judge(xml) {
        Err(refusal) => assert_eq!(refusal.code, code, "{refusal}\n{xml}"),
        Ok(_) => panic!("accepted instead of {code}\n{xml}"),
    }
}

/// The sample, signed by the identity provider, must be refused for this.
#[track_caller]
fn sample_refused(sample: &Sample, code: Code) {
    refused(&sample.xml(&RSA), code);
}

/// `text` with the one `from` in it replaced; panics when there is none, as the test would show nothing.
#[track_caller]
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in {text}");
    text.replacen(from, to, 1)
}

/// As many of these, one after the other.
fn several(count: usize, write: impl Fn(usize) -> String) -> String {
    (0..count).map(write).collect()
}

/// The same in place.
#[track_caller]
fn swap(text: &mut String, from: &str, to: &str) {
    *text = replaced(text, from, to);
}

type Change = fn(&mut Sample);

#[track_caller]
fn each_is_refused(code: Code, changes: &[Change]) {
    for (number, change) in changes.iter().enumerate() {
        for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
            let mut sample = Sample {
                signed,
                ..Sample::default()
            };
            change(&mut sample);
            match judge(&sample.xml(&RSA)) {
                Err(refusal) => assert_eq!(refusal.code, code, "change {number}: {refusal}"),
                Ok(_) => panic!("change {number} is accepted"),
            }
        }
    }
}
