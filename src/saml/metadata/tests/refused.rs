//! What is no usable metadata of one identity provider, each for its own reason.

use std::fmt::Write;

use super::{fill, read};
use crate::{
    clock::Timestamp,
    saml::{
        metadata::{IdpMetadata, MetadataError},
        testing::{Pair, RSA, idp_metadata, now},
    },
};

/// One that is accepted; each case changes one thing.
const GOOD: &str = "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><md:EntityDescriptor entityID=\"urn:a\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"><md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{rsa}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"https://idp.example/sso\"/></md:IDPSSODescriptor></md:EntityDescriptor></md:EntitiesDescriptor>";

/// An RSA key of 1,024 bits, as nobody should use any more.
const SMALL: &str = "MIIB/DCCAWWgAwIBAgIUU6AC3G5zlmwmJgC4o2HdnX2xOS4wDQYJKoZIhvcNAQELBQAwEDEOMAwGA1UEAwwFc21hbGwwHhcNMjYxMTIyMTM0MzU5WhcNMzYxMTE5MTM0MzU5WjAQMQ4wDAYDVQQDDAVzbWFsbDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAsscNnH3QH0X9C+UAw0Lp8q2YjfuesoNEsF3oTEoUw/H6e++CciDAbVVh/af4cfnZTkf6taT+jwKlC8W/xXRKGgkZVPkuIR3u6Mkr0eUT7obK9EGeWUiGGuRabEMyIRg/LiYIFMKIlS3Xr9bnAjwKViRp36fjyjiQYvGVruKmpS0CAwEAAaNTMFEwHQYDVR0OBBYEFCMD0jFYZ1so1bBsL+N59S4kSREQMB8GA1UdIwQYMBaAFCMD0jFYZ1so1bBsL+N59S4kSREQMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEAiBVY8V3RtLwfX7kcPexPxD1if8aBlV/ueEFJ9LJ95L3kBpOJtIds2nWfPlITofRHC86yrSX+Lx1xUQK9Uke3xe/X5iT5tGe7xQFH5FN9fPAtvltraLSKkQRTThT5YG3/G+aKJS4KNmXe9OwbHGLmB9b8k3PmXQvYeJAjbdIdnBk=";

/// What is replaced in the good one, by what, and what the refusal names.
#[rustfmt::skip]
const CHANGES: &[(&str, &str, &str)] = &[
    ("<md:EntitiesDescriptor", "<!DOCTYPE x><md:EntitiesDescriptor", "DOCTYPE"),
    ("<md:EntitiesDescriptor", "<?xml-stylesheet href='x'?><md:EntitiesDescriptor", "processing instruction"),
    ("<md:EntitiesDescriptor", "<?xml version='1.0' encoding='ISO-8859-1'?><md:EntitiesDescriptor", "encoding"),
    ("</md:EntitiesDescriptor>", "", "well-formed"),
    ("</md:EntitiesDescriptor>", "</md:EntitiesDescriptor><x/>", "well-formed"),
    ("SAML:2.0:metadata", "SAML:1.0:metadata", "not SAML 2.0 metadata"),
    ("md:EntitiesDescriptor", "md:RoleDescriptor", "not SAML 2.0 metadata"),
    ("md:IDPSSODescriptor", "md:SPSSODescriptor", "no entity in it is an identity provider"),
    ("md:EntityDescriptor", "md:AffiliationDescriptor", "no entity in it is an identity provider"),
    ("SAML:2.0:protocol", "SAML:1.1:protocol", "no IDPSSODescriptor for SAML 2.0"),
    ("protocolSupportEnumeration=", "protocols=", "no IDPSSODescriptor for SAML 2.0"),
    ("entityID=\"urn:a\"", "", "no entityID"),
    ("entityID=\"urn:a\"", "entityID=\"\"", "no entityID"),
    ("entityID=", "ID=\"x\" id=\"x\" entityID=", "ID twice"),
    ("use=\"signing\"", "use=\"encryption\"", "no usable signing certificate"),
    ("use=\"signing\"", "use=\"Signing\"", "no usable signing certificate"),
    ("<ds:X509Certificate>{rsa}</ds:X509Certificate>", "", "no usable signing certificate"),
    ("<ds:X509Certificate>{rsa}</ds:X509Certificate>", "<ds:X509SKI>AA==</ds:X509SKI>", "no usable signing certificate"),
    ("2000/09/xmldsig#", "2000/09/xmldsig-not#", "no usable signing certificate"),
    ("{rsa}", "{not base64}", "not base64"),
    ("{rsa}", "{rsa}{rsa}", "base64"),
    ("{rsa}", "AAAA", "certificate 1 can't be used"),
    ("{rsa}", "", "certificate 1 can't be used"),
    ("{rsa}", SMALL, "1024 bits"),
    ("<ds:X509Data>", "<ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate>", "certificate 1 can't be used"),
    ("bindings:HTTP-Redirect", "bindings:SOAP", "no SingleSignOnService"),
    ("bindings:HTTP-Redirect", "bindings:HTTP-Artifact", "no SingleSignOnService"),
    ("Location=", "Place=", "no SingleSignOnService"),
    ("https://idp", "http://idp", "not https"),
    ("https://idp.example/sso", "javascript:alert(1)", "not https"),
    ("https://idp.example/sso", "ftp://127.0.0.1/sso", "not https"),
    ("https://idp.example/sso", "http://localhost.example/sso", "not https"),
    ("https://idp.example/sso", "/sso", "not a URL"),
    ("https://idp.example/sso", "https://", "not a URL"),
    ("<md:EntitiesDescriptor", "<md:EntitiesDescriptor validUntil=\"2026-03-01T10:00:00Z\"", "valid until 2026-03-01 10:00:00"),
    ("<md:EntityDescriptor", "<md:EntityDescriptor validUntil=\"2020-01-01T00:00:00Z\"", "valid until 2020"),
    ("<md:IDPSSODescriptor", "<md:IDPSSODescriptor validUntil=\"2026-03-01T11:59:59+02:00\"", "valid until 2026-03-01 09:59:59"),
    ("<md:EntityDescriptor", "<md:EntityDescriptor validUntil=\"tomorrow\"", "validUntil is not a time"),
    ("<md:EntityDescriptor", "<md:EntityDescriptor validUntil=\"\"", "validUntil is not a time"),
];

fn refusal(text: &str) -> String {
    match read(text) {
        Err(error) => error.to_string(),
        Ok(metadata) => panic!("accepted: {metadata:?}\n{text}"),
    }
}

#[test]
fn one_wrong_thing_is_enough() {
    read(GOOD).unwrap();
    for (from, to, named) in CHANGES {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from}");
        let seen = refusal(&text);
        assert!(seen.contains(named), "{from} -> {to}: {seen}");
    }
}

#[test]
fn not_metadata_at_all() {
    for text in [
        "",
        "   ",
        "hello",
        "{}",
        "<html/>",
        "<md:EntityDescriptor/>",
    ] {
        assert!(matches!(
            read(text),
            Err(MetadataError::Xml(_) | MetadataError::Entity(_))
        ));
    }
}

#[test]
fn one_of_several_is_not_chosen() {
    let inner = &GOOD[GOOD.find("<md:EntityDescriptor").unwrap()..];
    let entity = &inner[..inner.find("</md:EntitiesDescriptor>").unwrap()];
    let two = GOOD.replace(
        entity,
        &format!("{entity}{}", entity.replace("urn:a", "urn:b")),
    );
    assert!(refusal(&two).contains("several identity providers"));
    let from = entity.find("<md:IDPSSODescriptor").unwrap();
    let role = &entity[from..entity.find("</md:EntityDescriptor>").unwrap()];
    let twice = GOOD.replace(role, &format!("{role}{role}"));
    assert!(refusal(&twice).contains("several IDPSSODescriptors"));
}

#[test]
fn a_group_that_is_over_ends_what_is_in_it() {
    let group = |until: &str| {
        GOOD.replace(
            "<md:EntityDescriptor",
            &format!("<md:EntitiesDescriptor validUntil=\"{until}\"><md:EntityDescriptor"),
        )
        .replace(
            "</md:EntityDescriptor>",
            "</md:EntityDescriptor></md:EntitiesDescriptor>",
        )
    };
    let metadata = read(&group("2026-03-01T10:00:01Z")).unwrap();
    let until: Timestamp = "2026-03-01T10:00:01Z".parse().unwrap();
    assert_eq!(metadata.valid_until, Some(until));
    assert!(refusal(&group("2026-03-01T09:00:00Z")).contains("valid until"));
}

#[test]
fn other_keys_than_rsa_and_ecdsa_are_refused() {
    let pair = Pair::generate(&rcgen::PKCS_ED25519);
    let text = idp_metadata("urn:a", &[&pair], "");
    let error = IdpMetadata::read(&text, now()).unwrap_err();
    assert!(
        error.to_string().contains("neither RSA nor ECDSA"),
        "{error}"
    );
}

#[test]
fn a_leftover_beside_a_good_certificate_does_not_stop_logins() {
    let leftover = Pair::generate(&rcgen::PKCS_ED25519);
    let text = idp_metadata("urn:a", &[&leftover, &RSA], "");
    let metadata = IdpMetadata::read(&text, now()).unwrap();
    assert_eq!(super::trusted(&metadata), ["rsa"]);
    let [left_out] = metadata.certificates.left_out() else {
        panic!("{:?}", metadata.certificates.left_out());
    };
    assert_eq!(left_out.position, 1);
}

#[test]
fn bounds_hold() {
    let long = format!("urn:{}", "a".repeat(1021));
    let named = |id: &str| read(&GOOD.replace("urn:a", id));
    assert!(named(&long[..1024]).is_ok());
    assert!(named(&long).unwrap_err().to_string().contains("entityID"));

    let pairs: Vec<Pair> = (0..17)
        .map(|_| Pair::generate(&rcgen::PKCS_ECDSA_P256_SHA256))
        .collect();
    let with = |count: usize| {
        let pairs: Vec<&Pair> = pairs[..count].iter().collect();
        IdpMetadata::read(&idp_metadata("urn:a", &pairs, ""), now())
    };
    assert_eq!(with(16).unwrap().certificates.describe().len(), 16);
    assert!(with(17).unwrap_err().to_string().contains("more than 16"));
    let again: Vec<&Pair> = std::iter::repeat_n(&*RSA, 40).collect();
    let text = idp_metadata("urn:a", &again, "");
    assert!(IdpMetadata::read(&text, now()).is_ok(), "one, 40 times");

    let padded = |bytes: usize| {
        let good = fill(GOOD);
        let comment = " ".repeat(bytes - good.len());
        IdpMetadata::read(&format!("{good}{comment}"), now())
    };
    assert!(padded(4 * 1024 * 1024).is_ok());
    assert!(padded(4 * 1024 * 1024 + 1).is_err());
    let mut deep = String::new();
    for _ in 0..70 {
        let _ = write!(deep, "<x>");
    }
    let deep = GOOD.replace(
        "<md:EntityDescriptor",
        &format!("{deep}<md:EntityDescriptor"),
    );
    assert!(refusal(&deep).contains("deeper"));
}

proptest::proptest! {
    /// Whatever bytes are lost or changed, reading ends, and never without a certificate.
    #[test]
    fn damage_is_never_worse_than_a_refusal(at in 0_usize..1200, cut in 0_usize..40, put in "[<>\"&a-z]{0,3}") {
        let mut text = GOOD.replace("{rsa}", "{ec}");
        text = fill(&text);
        let at = at.min(text.len());
        let end = (at + cut).min(text.len());
        text.replace_range(at..end, &put);
        if let Ok(metadata) = IdpMetadata::read(&text, now()) {
            proptest::prop_assert!(!metadata.certificates.describe().is_empty());
        }
    }
}
