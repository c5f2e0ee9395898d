//! Whatever a metadata address answers: no panic, never trust in nobody, nothing but https, nothing
//! that is over. Where somebody must have signed it, a document that nobody signed is not read.

use std::sync::LazyLock;

use flexbridge::saml::{
    metadata::{IdpMetadata, SsoEndpoint, Wanted},
    testing::{EC, VALUE, try_sign},
};

use crate::{common, edit};

static SIGNED: LazyLock<Wanted> = LazyLock::new(|| Wanted {
    signed_by: Some(common::TRUST.certificates.clone()),
    ..Wanted::default()
});

/// One document.
pub fn run(data: &[u8]) {
    let Some((text, edits)) = edit::split(data) else {
        return;
    };
    if !text.contains(VALUE) {
        read(text);
        let signed = IdpMetadata::read_wanted(text, &SIGNED, common::time());
        assert!(signed.is_err(), "nobody signed it");
        return;
    }
    let Some(signed) = try_sign(text, &EC) else {
        return;
    };
    read(&signed);
    let honest = IdpMetadata::read_wanted(&signed, &SIGNED, common::time());
    let changed = edit::apply(&signed, edits);
    let Ok(changed) = std::str::from_utf8(&changed) else {
        return;
    };
    let verdict = IdpMetadata::read_wanted(changed, &SIGNED, common::time());
    if let (Ok(honest), Ok(verdict)) = (honest, verdict) {
        assert_eq!(format!("{honest:?}"), format!("{verdict:?}"));
    }
}

fn read(text: &str) {
    let Ok(metadata) = IdpMetadata::read(text, common::time()) else {
        return;
    };
    assert!(!metadata.certificates.describe().is_empty());
    assert!(!metadata.entity_id.is_empty());
    assert!(metadata.valid_until.is_none_or(|end| end > common::time()));
    let (SsoEndpoint::Redirect(location) | SsoEndpoint::Post(location)) = metadata.sso;
    let url = location.url();
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    assert!(
        url.scheme() == "https"
            || local
            || url
                .host_str()
                .is_some_and(|host| host.starts_with("127.") || host.ends_with(".localhost")),
        "{url}"
    );
}
