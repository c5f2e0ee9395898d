//! Everything that comes from outside, at the mercy of libFuzzer: strangers' messages, partners'
//! documents, the administrator's file. `FLEXBRIDGE_FUZZ` names the target; `scripts/fuzz` runs all.
//!
//! A target must hold something, not only survive: each says at its top what that is.
#![no_main]

mod common;
mod config;
mod cookie;
mod differential;
mod edit;
mod gate;
mod id_token;
mod mapping;
mod metadata;
mod request;
mod reread;
mod response;
mod roundtrip;
mod seeds;
mod writer;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 11] = [
    ("config", config::run),
    ("cookie", cookie::run),
    ("differential", differential::run),
    ("gate", gate::run),
    ("id_token", id_token::run),
    ("mapping", mapping::run),
    ("metadata", metadata::run),
    ("request", request::run),
    ("response", response::run),
    ("roundtrip", roundtrip::run),
    ("writer", writer::run),
];

static CHOSEN: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FLEXBRIDGE_FUZZ").unwrap_or_default();
    if name == "seeds" {
        seeds::write();
    }
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let names = TARGETS.map(|(name, _)| name).join(" ");
    found
        .unwrap_or_else(|| panic!("FLEXBRIDGE_FUZZ names the target; one of: {names}"))
        .1
});

fuzz_target!(|data: &[u8]| CHOSEN(data));
