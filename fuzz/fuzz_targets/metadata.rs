//! Whatever a metadata address answers: no panic, and never trust in nobody.
#![no_main]

use chrono::DateTime;
use flexbridge::saml::metadata::IdpMetadata;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let now = DateTime::from_timestamp(1_772_359_200, 0).expect("a time");
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(metadata) = IdpMetadata::read(text, now)
    {
        assert!(!metadata.certificates.describe().is_empty());
        assert!(!metadata.entity_id.is_empty());
    }
});
