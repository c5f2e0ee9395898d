//! Certificates that may not be trusted, and those that may.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{TrustError, TrustedCertificates, VerifyError};
use crate::saml::{
    names::DSIG_NS,
    signature::check_shape,
    testing::{EC, EC384, RSA, certificates, sign, signature_template},
    xml::{Limits, Tree},
};

/// Made with the openssl command; the name says what is wrong with each.
const UNUSABLE: [(&str, &str); 5] = [
    (
        "RSA of 1,024 bits",
        "MIIB/DCCAWWgAwIBAgIUQ+bOwiUi0mv1Z4G8/fFzPpmT5FwwDQYJKoZIhvcNAQELBQAwDzENMAsGA1UEAwwEd2VhazAgFw0yNjExMjIxMzU2NDZaGA8yMTI2MTAyOTEzNTY0NlowDzENMAsGA1UEAwwEd2VhazCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA23/AwBCMP4uSd+YIVNH9Y0SxxpIAhpI9XhQv7mc+jm+m1C1XmDAwIUJMJtIUiOF2TSRQZDE1MgYVT0opl69eJtmQBh6gg+9v+uSMru+KUnPAz9WA8OnyfLkhP2jmptNJN3R7KwGGQj3VkMncjF2k+Fhf2fhR70ihhujip2xWMqsCAwEAAaNTMFEwHQYDVR0OBBYEFD4Sa4gxumrKl0KIPp6ZlEGgjtdxMB8GA1UdIwQYMBaAFD4Sa4gxumrKl0KIPp6ZlEGgjtdxMA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADgYEAh7+H5548yLwP5dyNQacBlGTmO8fC1PO2h5hU84kRksybPGRR5zmpILE4QCRKNdAJ9xWugyr4ZJgDnMbVNReC3Zr4NGUwyxTLA2yYW3u6b/KWvYo2XoPXMNQy5Ub4ipX1vhygKUSEkqcy/rVS8NNj/ICBNUkFmmyfop37OPiEybk=",
    ),
    (
        "DSA",
        "MIIC0zCCAoGgAwIBAgIUfMxuwRBInZDScKzCM9EvibWudl8wCwYJYIZIAWUDBAMCMA4xDDAKBgNVBAMMA2RzYTAgFw0yNjExMjIxMzU2NDZaGA8yMTI2MTAyOTEzNTY0NlowDjEMMAoGA1UEAwwDZHNhMIIBvjCCATMGByqGSM44BAEwggEmAoGBAPkq/n/cfLkC5yMQm0nFMENLye3tgdlSp+LYU+ROBiLN8jFBlEn0+A7MUsYJqvIei40AWb3NxMrkWwbCN/ZAxSC/t7qHzAHBfhX4aAUUoF6Sf58SH88YsM3sR2Ml99C2+qusLDd33aqJb715yDYnTGrfvDLyjh8DPXzqO40U+4uJAh0Ax2+uvuBKNZxoZLlYL32IMMh7O/q9m47/6BrcOQKBgENyWycUatRncfqa3epnzFPX7+KEivH7uiLqwFiBZFcZlDzpJWsTpneXDXQmMdkCs4vX9ZWpkmrZ2n4y0p7pVb+ZEKEXx+jgB5vfn+4WwlFBv4ASF1q6wEEhcYZ/pjYnJwl8piQTwUtdj3BRPgj6aD+zubNGSVGihQSLyZXCsQPqA4GEAAKBgBsFhNhPFTsCJX7JTO9QlxVw9x/YjKvrYn5xE4CWwt7kbordfQA5RQFVlZcxbvKjTLQVM4BCTKQCRsjUJjyWChFR4RXX59MUXzC+Ix/MvpH8DVDtqb1eUHFU3vqLT1bf0RPH00gNmDDjA1ET+3JWIlrUPHSPpiiqLEBYhTKXszwho1MwUTAdBgNVHQ4EFgQU2M6+ScE7qRbz1jNqOUtm3PspNIYwHwYDVR0jBBgwFoAU2M6+ScE7qRbz1jNqOUtm3PspNIYwDwYDVR0TAQH/BAUwAwEB/zALBglghkgBZQMEAwIDPwAwPAIcEXZ911OES2gJSHp7XXCRFFgwSPxP2myy/BrypAIcPKSG2woPZzTwMFxLSuUaPz8UE6UQMj7Tr+aNXA==",
    ),
    (
        "secp256k1",
        "MIIBbzCCARSgAwIBAgIUT3WRtpAFkpJ45/gH/gyfy6Z3lCkwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCazEwIBcNMjYxMTIyMTM1NjQ3WhgPMjEyNjEwMjkxMzU2NDdaMA0xCzAJBgNVBAMMAmsxMFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEdNRuA6Ln2n3XDCAOFJd42U4M4wavgizKiZEstuOdRPAD0rzRqkZ5WOvk0skLieyQ525sp6WV9EU/et4lAFtTsqNTMFEwHQYDVR0OBBYEFMw8ctlmYZzWd92+fcp7SObFfLCrMB8GA1UdIwQYMBaAFMw8ctlmYZzWd92+fcp7SObFfLCrMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAI/a35zxD1rJU6d0pCcua+v4m9+VZW6TmM736RZt4WSSAiEAohUmWOoyPImji5hWfPuQQsSUZA0sfasSYL8bdlgU4AE=",
    ),
    (
        "P-521",
        "MIIB/TCCAV6gAwIBAgIULAQ40AHdkW9uMN48aD+kziA6M+QwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEcDUyMTAgFw0yNjExMjIxMzU2NDdaGA8yMTI2MTAyOTEzNTY0N1owDzENMAsGA1UEAwwEcDUyMTCBmzAQBgcqhkjOPQIBBgUrgQQAIwOBhgAEANr0k2MYfL+hTJeEHe/v4dGfcNi6rEMnLYtQp0aI+eksrmc3WHmCsDLS17hlBybjPIuz8hrJH9BglGDMPTxMXU8CAe5HoO3hj2rrWAtLBeOiMAsOno+xFYoeZQOyNOymbgXq/CsXUCeDISuoD6ioZohX2xI+Gi0eBKRzrJ7uDGGOsk17o1MwUTAdBgNVHQ4EFgQURXNDprHjl2AMeEAo2Gn5fg6V6rkwHwYDVR0jBBgwFoAURXNDprHjl2AMeEAo2Gn5fg6V6rkwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgOBjAAwgYgCQgEMUqyuoP5C1gffivcXrmM3PsIGBcZ98NvXDrGmwc+/DLZNi6lF1frnchwoBPnJGH/zXjegRwaVMTmPn7imf34oYAJCAZz6dR6UpvOzIq8tKeinwT/m8/cUNHkVxNcYRzj+CcH7JOiNWcaZRTb97iCM/oOcpeyfNxeWExgt2FbSQI7S5lLl",
    ),
    (
        "Ed25519",
        "MIIBMDCB46ADAgECAhQrCCavZbHOKVJwlZfEv6169taUKTAFBgMrZXAwDTELMAkGA1UEAwwCZWQwIBcNMjYxMTIyMTM1NjQ3WhgPMjEyNjEwMjkxMzU2NDdaMA0xCzAJBgNVBAMMAmVkMCowBQYDK2VwAyEAxmkimDY3EjeeCxfhGhia6W5HjvfMeXJfqLO7la166wijUzBRMB0GA1UdDgQWBBRcKJlSCXarezOThbMNu2lpKaGUoDAfBgNVHSMEGDAWgBRcKJlSCXarezOThbMNu2lpKaGUoDAPBgNVHRMBAf8EBTADAQH/MAUGAytlcANBAEx8p275pOY5Ae4GWpvCCqWhGba99nc0sKElnWTV+s8Z0f7rAXaKf4XKNKfCacFM2S7e3y5PZY+WSfeOsVe+OAA=",
    ),
];

fn is_unusable(result: Result<TrustedCertificates, TrustError>, position: usize) -> bool {
    matches!(result, Err(TrustError::Unusable(one)) if one.position == position)
}

#[test]
fn weak_and_unknown_keys_are_refused() {
    for (name, certificate) in UNUSABLE {
        let der = BASE64_STANDARD.decode(certificate).unwrap();
        let alone = TrustedCertificates::new(vec![der.clone()]);
        assert!(is_unusable(alone, 1), "{name}");
        // Nor beside a good one: whoever holds the weak key could sign.
        let second = TrustedCertificates::new(vec![RSA.certificate.clone(), der]);
        assert!(is_unusable(second, 2), "{name}");
    }
}

#[test]
fn of_metadata_those_that_can_be_used_are_and_the_others_are_named() {
    let weak = |position: usize| BASE64_STANDARD.decode(UNUSABLE[position].1).unwrap();
    let mixed = vec![weak(0), RSA.certificate.clone(), weak(4), b"x".to_vec()];
    let trusted = TrustedCertificates::usable(mixed).unwrap();
    assert_eq!(trusted.describe(), certificates(&[&RSA]).describe());
    assert_eq!(trusted.encoded().count(), 1);
    let told: Vec<_> = trusted.left_out().iter().map(ToString::to_string).collect();
    assert_eq!(
        told[..2],
        [
            "certificate 1 (CN=weak) can't be used: RSA with 1024 bits; at least 2048 are needed",
            "certificate 3 (CN=ed) can't be used: neither RSA nor ECDSA on P-256 or P-384",
        ]
    );
    assert!(
        told[2].starts_with("certificate 4 can't be used: "),
        "{told:?}"
    );

    let none = TrustedCertificates::usable(vec![weak(0), weak(3)]).unwrap_err();
    let TrustError::NoneUsable(all) = &none else {
        panic!("{none:?}");
    };
    assert_eq!(all.len(), 2);
    assert!(
        none.to_string().contains("certificate 2 (CN=p521)"),
        "{none}"
    );
    let empty = TrustedCertificates::usable(Vec::new());
    assert_eq!(empty.err(), Some(TrustError::None));
}

#[test]
fn there_is_at_least_one_and_each_is_a_certificate() {
    let none = TrustedCertificates::new(Vec::new());
    assert_eq!(none.err(), Some(TrustError::None));
    let mut behind = RSA.certificate.clone();
    behind.push(0);
    let cut = RSA.certificate[..RSA.certificate.len() - 1].to_vec();
    for broken in [Vec::new(), b"x".to_vec(), behind, cut, RSA.key_der.clone()] {
        let result = TrustedCertificates::new(vec![broken]);
        assert!(is_unusable(result, 1));
    }
}

#[test]
fn good_ones_are_described() {
    let good = [&RSA, &EC, &EC384].map(|pair| pair.certificate.clone());
    let trusted = TrustedCertificates::new(good.to_vec()).unwrap();
    assert_eq!(trusted.describe().len(), 3);
    assert!(
        trusted
            .describe()
            .iter()
            .all(|one| one.fingerprint.len() == 64)
    );
}

/// The gate lets no such signature through; should it ever, this is the second lock.
#[test]
fn a_signature_that_holds_over_something_else_is_refused() {
    let signature = signature_template("_x");
    let good = sign(
        &format!("<x xmlns=\"urn:x\" ID=\"_x\">{signature}</x>"),
        &RSA,
    );
    let start = good.find("<ds:Signature ").unwrap();
    let signature = good[start..].strip_suffix("</x>").unwrap();
    let beside = format!("<r>{}</x>{signature}</r>", &good[..start]);
    let trusted = certificates(&[&RSA]);
    let tree = Tree::parse(&good, &Limits::RESPONSE).unwrap();
    let inside = tree.root().only_child(DSIG_NS, "Signature").unwrap();
    let shape = check_shape(inside).unwrap();
    assert_eq!(trusted.verify(&tree, &[(inside, shape.clone())]), Ok(()));
    let tree = Tree::parse(&beside, &Limits::RESPONSE).unwrap();
    let moved = tree.root().only_child(DSIG_NS, "Signature").unwrap();
    let refused = Err(VerifyError::Invalid(
        "a signature covers another element".to_owned(),
    ));
    assert_eq!(trusted.verify(&tree, &[(moved, shape)]), refused);
    // Nor is a signature that nobody asked about left unverified, or nothing at all a proof.
    assert!(trusted.verify(&tree, &[]).is_err());
    let nothing = Tree::parse("<x xmlns=\"urn:x\" ID=\"_x\"/>", &Limits::RESPONSE).unwrap();
    assert!(trusted.verify(&nothing, &[]).is_err());
}

#[test]
fn every_signature_is_accounted_for() {
    let inner = format!(
        "<y xmlns=\"urn:x\" ID=\"_y\">{}</y>",
        signature_template("_y")
    );
    let outer = signature_template("_x");
    let text = format!("<x xmlns=\"urn:x\" ID=\"_x\">{outer}{inner}</x>");
    let text = sign(&text, &RSA);
    let tree = Tree::parse(&text, &Limits::RESPONSE).unwrap();
    let both: Vec<_> = tree
        .root()
        .descendants()
        .filter(|node| node.is(DSIG_NS, "Signature"))
        .map(|node| (node, check_shape(node).unwrap()))
        .collect();
    let trusted = certificates(&[&RSA]);
    assert_eq!(trusted.verify(&tree, &both), Ok(()));
    let refused = Err(VerifyError::Invalid(
        "not every signature was verified".to_owned(),
    ));
    assert_eq!(trusted.verify(&tree, &both[..1]), refused);
}
