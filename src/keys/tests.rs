use std::{collections::BTreeMap, os::unix::fs::PermissionsExt, path::Path};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use x509_parser::prelude::FromDer;

use super::*;
use crate::{
    clock::{SystemRandom, Timestamp},
    settings::{Problem, Secret, SecretSource},
};

fn day(text: &str) -> Timestamp {
    format!("{text}T12:00:00Z").parse().unwrap()
}

fn made(directory: &Path, name: &str, on: &str) -> KeyPairSource {
    let pair = generate_pair(name, RsaBits::Rsa2048, day(on)).unwrap();
    let certificate = directory.join(format!("{name}.pem"));
    let key = directory.join(format!("{name}.key"));
    write_pair(&pair, &certificate, &key).unwrap();
    KeyPairSource {
        certificate,
        private_key: SecretSource::File(key),
    }
}

fn allow(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn cookie(directory: &Path, name: &str) -> SecretSource {
    let path = directory.join(name);
    write_cookie_key(&generate_cookie_key(&SystemRandom).unwrap(), &path).unwrap();
    SecretSource::File(path)
}

#[test]
fn what_is_generated_loads_signs_and_is_listed() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let settings = Settings {
        cookie: vec![cookie(at, "a"), cookie(at, "b")],
        assertion: vec![
            made(at, "first", "2026-11-22"),
            made(at, "second", "2028-02-29"),
        ],
        decryption: vec![],
        agent: None,
    };
    let now = day("2030-01-01");
    let keys = load(&settings, now).unwrap();
    assert!(keys.warnings.is_empty(), "{:?}", keys.warnings);
    assert_eq!(keys.cookie.count(), 2);

    let by_second = BTreeMap::from([("new".parse().unwrap(), 1)]);
    let chosen = list(&keys, &by_second, now);
    assert_eq!(chosen[1].r#use, KeyUse::Signs);
    assert_eq!(chosen[1].signs_for[0].as_str(), "new");
    assert!(chosen[0].signs_for.is_empty());
    let second = keys.assertion.signing_with(1).unwrap();
    let order: Vec<_> = second.all().map(|key| key.subject().to_owned()).collect();
    assert_eq!(order, ["CN=second", "CN=first"]);
    assert_eq!(second.signing().subject(), "CN=second");
    assert!(keys.assertion.signing_with(2).is_err());

    let listed = list(&keys, &BTreeMap::new(), now);
    assert_eq!(listed[0].subject, "CN=first");
    assert_eq!(listed[0].r#use, KeyUse::Signs);
    assert_eq!(listed[0].not_after.date_naive().to_string(), "2036-11-22");
    assert_eq!(listed[0].bits, 2048);
    assert_eq!(listed[1].r#use, KeyUse::Published);
    assert_eq!(listed[1].not_after.date_naive().to_string(), "2038-02-28");
    assert_eq!(listed[0].sha256.len(), 32 * 3 - 1);

    let key = keys.assertion.signing();
    let signature = key.sign_sha256(b"what we mean").unwrap();
    let (_, certificate) =
        x509_parser::certificate::X509Certificate::from_der(key.certificate_der()).unwrap();
    let public = UnparsedPublicKey::new(
        &RSA_PKCS1_2048_8192_SHA256,
        certificate.public_key().subject_public_key.data.to_vec(),
    );
    public.verify(b"what we mean", &signature).unwrap();
    assert!(public.verify(b"what we don't", &signature).is_err());
    assert!(!key.certificate_base64().contains(char::is_whitespace));
}

#[test]
fn a_private_key_is_its_owners_alone_and_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let source = made(directory.path(), "pair", "2026-11-22");
    let key = directory.path().join("pair.key");
    assert_eq!(
        std::fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let before = std::fs::read(&key).unwrap();

    let pair = generate_pair("other", RsaBits::Rsa2048, day("2026-11-22")).unwrap();
    let fresh = directory.path().join("fresh.pem");
    let error = write_pair(&pair, &fresh, &key).unwrap_err();
    assert!(matches!(error, GenerateError::Exists(path) if path == key));
    assert!(!fresh.exists(), "no half of a pair is left behind");
    let fresh = directory.path().join("fresh.key");
    assert!(write_pair(&pair, &source.certificate, &fresh).is_err());
    assert!(!fresh.exists(), "no half of a pair is left behind");
    assert_eq!(std::fs::read(&key).unwrap(), before);

    let hex = generate_cookie_key(&SystemRandom).unwrap();
    assert!(matches!(
        write_cookie_key(&hex, &key),
        Err(GenerateError::Exists(_))
    ));
}

#[test]
fn everything_wrong_is_said_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let (first, second) = (made(at, "one", "2026-11-22"), made(at, "two", "2026-11-22"));
    std::fs::write(at.join("short"), "cafe\n").unwrap();
    std::fs::write(
        at.join("ec"),
        rcgen::KeyPair::generate().unwrap().serialize_pem(),
    )
    .unwrap();
    std::fs::write(at.join("rsa1024"), SHORT_KEY).unwrap();
    for name in ["short", "ec", "rsa1024"] {
        allow(&at.join(name), 0o600);
    }
    let sound = cookie(at, "sound");
    let settings = Settings {
        cookie: vec![
            SecretSource::Env("FLEXBRIDGE_TEST_THAT_NOBODY_SETS".into()),
            SecretSource::File(at.join("short")),
            sound.clone(),
            sound,
        ],
        assertion: vec![
            KeyPairSource {
                certificate: first.certificate.clone(),
                private_key: second.private_key.clone(),
            },
            KeyPairSource {
                certificate: at.join("absent.pem"),
                private_key: SecretSource::File(at.join("absent.key")),
            },
            KeyPairSource {
                certificate: at.join("short"),
                private_key: first.private_key.clone(),
            },
            KeyPairSource {
                certificate: first.certificate.clone(),
                private_key: SecretSource::File(at.join("ec")),
            },
            KeyPairSource {
                certificate: first.certificate.clone(),
                private_key: SecretSource::File(at.join("rsa1024")),
            },
            first.clone(),
            first,
        ],
        decryption: vec![],
        agent: None,
    };
    let problems = load(&settings, day("2027-01-01")).unwrap_err();
    let found: Vec<_> = problems
        .iter()
        .map(|problem| (problem.path.to_string(), problem.message.clone()))
        .collect();
    let expected = [
        ("cookie[0]", "FLEXBRIDGE_TEST_THAT_NOBODY_SETS is not set"),
        ("cookie[1]", "2 bytes instead of 32"),
        ("cookie[3]", "there twice"),
        ("assertion[0]", "don't belong together"),
        ("assertion[1].certificate", "No such file"),
        ("assertion[1].private_key", "No such file"),
        ("assertion[2].certificate", "no certificate in PEM"),
        ("assertion[3].private_key", "not a sound RSA key"),
        ("assertion[4].private_key", "not a sound RSA key of 2048"),
        ("assertion[6]", "there twice"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((path, message), (expected_path, part)) in found.iter().zip(expected) {
        assert_eq!(path, expected_path, "{message}");
        assert!(message.contains(part), "{message}");
    }
    assert!(problems.iter().all(|problem| !problem.mend.is_empty()));
    assert!(!format!("{problems:?}").contains("cafe"));
}

#[test]
fn keys_that_everybody_may_read_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let settings = Settings {
        agent: None,
        decryption: Vec::new(),
        cookie: vec![cookie(at, "cookie")],
        assertion: vec![made(at, "pair", "2026-11-22")],
    };
    let now = day("2027-01-01");
    assert_eq!(load(&settings, now).unwrap().warnings, []);
    let paths = |problems: &[Problem]| -> Vec<String> {
        problems.iter().map(|one| one.path.to_string()).collect()
    };
    let both = ["cookie[0]", "assertion[0].private_key"];
    // Our own, and open to the group.
    allow(&at.join("cookie"), 0o640);
    allow(&at.join("pair.key"), 0o640);
    let warnings = load(&settings, now).unwrap().warnings;
    assert_eq!(paths(&warnings), both);
    allow(&at.join("cookie"), 0o604);
    allow(&at.join("pair.key"), 0o660);
    let problems = load(&settings, now).unwrap_err();
    assert_eq!(paths(&problems), both);
    assert!(problems.iter().all(|one| one.mend.contains("chmod 600")));
}

#[test]
fn nothing_configured_is_two_problems() {
    let settings = Settings {
        cookie: vec![],
        assertion: vec![],
        decryption: vec![],
        agent: None,
    };
    let problems = load(&settings, day("2026-11-22")).unwrap_err();
    let paths: Vec<_> = problems
        .iter()
        .map(|problem| problem.path.to_string())
        .collect();
    assert_eq!(paths, ["cookie", "assertion"]);
}

#[test]
fn a_certificate_that_ends_warns_and_works() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let settings = Settings {
        cookie: vec![cookie(at, "cookie")],
        assertion: vec![made(at, "pair", "2020-03-15")],
        decryption: vec![],
        agent: None,
    };
    for (now, expected) in [
        ("2020-03-01", Some("begins only on 2020-03-15")),
        ("2029-12-01", None),
        ("2030-03-01", Some("ends in 13 days, on 2030-03-15")),
        ("2031-01-01", Some("ended on 2030-03-15")),
    ] {
        let keys = load(&settings, day(now)).unwrap();
        let message = keys.warnings.first().map(|problem| problem.message.clone());
        match (&message, expected) {
            (None, None) => {}
            (Some(message), Some(part)) => assert!(message.contains(part), "{message}"),
            other => panic!("{now}: {other:?}"),
        }
    }
}

#[test]
fn debug_shows_no_private_key() {
    let pair = generate_pair("x", RsaBits::Rsa2048, day("2026-11-22")).unwrap();
    let shown = format!("{pair:?}");
    assert!(
        shown.contains("CN=x") && !shown.contains("PRIVATE KEY"),
        "{shown}"
    );
}

#[test]
fn pkcs1_loads_too() {
    let pair = generate_pair("x", RsaBits::Rsa2048, day("2026-11-22")).unwrap();
    let pem = pkcs8_der(pair.private_key_pem.expose());
    let (_, info) = x509_parser::der_parser::parse_der(&pem).unwrap();
    let pkcs1 = info.as_sequence().unwrap()[2].as_slice().unwrap().to_vec();
    let secret = Secret::new(armour("RSA PRIVATE KEY", &pkcs1));
    let key = SigningKey::from_pem(pair.certificate_pem.as_bytes(), &secret).unwrap();
    assert_eq!(key.fingerprint(), pair.key.fingerprint());
}

fn pkcs8_der(text: &str) -> Vec<u8> {
    use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
    let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).unwrap();
    der.secret_pkcs8_der().to_vec()
}

fn armour(label: &str, der: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

/// An RSA key of 1,024 bits that nobody uses.
const SHORT_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAL4lU8dZNmeNLfmx\n\
vG4lKl/UVvK/LAcUByxilNoVQL24OCMwdUQJLgqGzKG3WOLxaLEkG/bgYEJVeuPG\n\
zCetSN6HfWXUbR7lc4oRuxT/YNYCg9Vve1K5a4T9im0lDR09byoB8NuuYp6qFcm8\n\
DR3hc5gi9ypmW7ZjHVwQWc9Ag1XlAgMBAAECgYB8KFF5JKainQv9M/IvFbOCmVsg\n\
7HVqNcitUb2SXThF6Uk2qQiZIUlf9D8gBWFT5oAO0t4zqLUR+1Df9EoQSlT+YOWc\n\
op/vaVHV0r77wo/pcgPhlFba0AksVa9peGRPlheikeksvlyZDqiqOzh//ronFkwd\n\
eBQ4H+fKA1/bpfWOzQJBAN4ZVCCGYAJI1I8clnlkVJxzFQZERAi5Y50dJ+9HoRms\n\
tCe6H7MBbHO/2ikFMyfbZ5Ynnl7wPJ3h/ipYw3Xk+ncCQQDbK2hg8Qp757Tg7M+x\n\
muwfhTYRvU4SvVbGgQ2HMRCEFD8Ij2NMHVSgdo7S0NARCWTBOGfpqnGp58PLNEc6\n\
Ae2DAkBRC7caQ07HpqICMzFpzMXfbVNPvRuCf3wtOhV3iJDuGIqJMK8emDdmKa1H\n\
aMFZGwQ60+xDwrCsAGrKMyfoXo1TAkEAmWYiYmeTPPIKKbvWCqsyRUWJeJUVBgy7\n\
pahB/bObqbY6ABXMHEQTLVSN1oQMfUAj4xFFuchwUclDwwBOMg2TXQJACeMJhoeQ\n\
iSSOLVi67VYMM+Mao/vAQ9E9L1tc7m6Ld20nFOrYQoGqiuhpEHUilWLjaf/g0Hv9\n\
RYhZj/817Mo3cg==\n\
-----END PRIVATE KEY-----\n";
