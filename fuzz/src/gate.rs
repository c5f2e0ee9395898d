//! Whatever passes the gate looks to another parser as the gate promises; and a stranger's
//! signature, which nobody made, never gets further.

use crate::{common, reread};
use flexbridge::saml::sp::Check;

/// One document.
pub fn run(data: &[u8]) {
    let (verdict, stages) = common::judge_xml(data);
    assert!(verdict.is_err(), "nobody signed it");
    assert!(!stages.contains(&Check::Signature), "nobody signed it");
    if stages.contains(&Check::Gate) {
        reread::hold(data);
    }
}
