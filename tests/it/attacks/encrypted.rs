//! Attacks inside and around encryption. Our public key is public: anybody can
//! encrypt anything for us, so that what was opened is judged as if it had come
//! in the clear, and what would not open looks the same whatever was wrong.

use std::fs;

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey,
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bergshamra::crypto::cipher;
use flexbridge::{
    clock::{Clock as _, SystemClock},
    identity::RefusalCode as Code,
    keys,
};
use x509_parser::prelude::FromDer as _;

use super::{
    bench::Bench,
    paper::{Paper, STATUS, Signs, assertion, evil, sign, swap, unsigned},
};
use crate::support::bridge::Site;

const GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
const CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const RSA_1_5: &str = "http://www.w3.org/2001/04/xmlenc#rsa-1_5";
const NAMES: &str = "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";

/// How something is encrypted, and for whom.
#[derive(Clone)]
struct Seal {
    /// The receiver's public key, DER.
    public: Vec<u8>,
    cipher: &'static str,
    transport: &'static str,
}

impl Seal {
    /// The `EncryptedAssertion` with this inside.
    fn element(&self, content: &str) -> String {
        let key = [7_u8; 32];
        let data = cipher::from_uri(self.cipher).unwrap();
        let data = BASE64.encode(data.encrypt(&key, content.as_bytes()).unwrap());
        let wrapped = BASE64.encode(self.wrapped(&key));
        format!(
            "<saml:EncryptedAssertion xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><e:EncryptedData Type=\"http://www.w3.org/2001/04/xmlenc#Element\"><e:EncryptionMethod Algorithm=\"{}\"/><ds:KeyInfo><e:EncryptedKey><e:EncryptionMethod Algorithm=\"{}\"/><e:CipherData><e:CipherValue>{wrapped}</e:CipherValue></e:CipherData></e:EncryptedKey></ds:KeyInfo><e:CipherData><e:CipherValue>{data}</e:CipherValue></e:CipherData></e:EncryptedData></saml:EncryptedAssertion>",
            self.cipher, self.transport
        )
    }

    fn wrapped(&self, content_key: &[u8]) -> Vec<u8> {
        let public = PublicEncryptingKey::from_der(&self.public).unwrap();
        let mut room = vec![0; public.key_size_bytes()];
        if self.transport == RSA_1_5 {
            let key = Pkcs1PublicEncryptingKey::new(public).unwrap();
            return key.encrypt(content_key, &mut room).unwrap().to_vec();
        }
        let key = OaepPublicEncryptingKey::new(public).unwrap();
        let wrapped = key.encrypt(&OAEP_SHA1_MGF1SHA1, content_key, &mut room, None);
        wrapped.unwrap().to_vec()
    }
}

fn public_of(pem: &str) -> Vec<u8> {
    let body: String = pem
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let der = BASE64.decode(body).unwrap();
    let (_, certificate) = x509_parser::certificate::X509Certificate::from_der(&der).unwrap();
    certificate.public_key().raw.to_vec()
}

/// The assertion of a document, able to stand alone.
fn alone(xml: &str) -> String {
    swap(&assertion(xml), "<saml:Assertion", NAMES)
}

/// The response with `element` in the place of its assertion.
fn around(xml: &str, element: &str) -> String {
    swap(xml, &assertion(xml), element)
}

/// A bridge with a key that opens, and that key's public half.
async fn bench(part: &'static str) -> (Bench, Seal) {
    let site = Site::new();
    let pair =
        keys::generate_decryption_pair("sp", keys::RsaBits::Rsa2048, SystemClock.now()).unwrap();
    let (certificate, key) = (site.file("decryption.pem"), site.file("decryption.key"));
    keys::write_pair(&pair, &certificate, &key).unwrap();
    let public = public_of(&fs::read_to_string(&certificate).unwrap());
    let lines = format!(
        "decryption = [{{ certificate = \"{}\", private_key = {{ file = \"{}\" }} }}]\n",
        certificate.display(),
        key.display()
    );
    let bench = Bench::start_at(site, "encrypted assertions", part, |plan| plan.keys = lines).await;
    let seal = Seal {
        public,
        cipher: GCM,
        transport: OAEP,
    };
    (bench, seal)
}

#[tokio::test]
async fn what_is_inside_is_judged_as_if_in_the_clear() {
    let (mut bench, seal) = bench("inside").await;
    let inside = |paper: &Paper<'_>, content: &str| {
        around(&paper.signed(Signs::Nothing), &seal.element(content))
    };
    bench
        .attack(
            "unsigned, inside unsigned",
            Code::SignatureMissing,
            |paper| inside(paper, &alone(&evil(&paper.signed(Signs::Nothing)))),
        )
        .await;
    bench
        .attack(
            "a stranger's signature inside",
            Code::SignatureInvalid,
            |paper| inside(paper, &alone(&paper.by_stranger(Signs::Assertion, evil))),
        )
        .await;
    bench
        .attack("touched after signing", Code::SignatureInvalid, |paper| {
            inside(paper, &alone(&evil(&paper.signed(Signs::Assertion))))
        })
        .await;
    bench
        .attack(
            "its signature taken away",
            Code::SignatureMissing,
            |paper| {
                inside(
                    paper,
                    &alone(&evil(&unsigned(&paper.signed(Signs::Assertion)))),
                )
            },
        )
        .await;
    for (case, wrap) in [
        (
            "two assertions inside",
            (|one: &str, other: &str| format!("{other}{one}")) as fn(&str, &str) -> String,
        ),
        ("an assertion in the assertion's Advice", |one, other| {
            swap(
                other,
                "<saml:Subject>",
                &format!("<saml:Advice>{one}</saml:Advice><saml:Subject>"),
            )
        }),
        ("the original in the forged one's end", |one, other| {
            swap(
                other,
                "</saml:Assertion>",
                &format!("{one}</saml:Assertion>"),
            )
        }),
    ] {
        let code = if case.starts_with("two") {
            Code::ResponseEncrypted
        } else {
            Code::ResponseShape
        };
        bench
            .attack(case, code, |paper| {
                let original = alone(&paper.signed(Signs::Assertion));
                let forged = swap(
                    &evil(&unsigned(&original)),
                    &format!("ID=\"{}\"", paper.id()),
                    "ID=\"_evil\"",
                );
                inside(paper, &wrap(&original, &forged))
            })
            .await;
    }
    bench
        .attack("beside one in the clear", Code::ResponseShape, |paper| {
            let honest = paper.signed(Signs::Assertion);
            let original = assertion(&honest);
            swap(
                &honest,
                &original,
                &format!(
                    "{}{original}",
                    seal.element(&alone(&evil(&paper.signed(Signs::Nothing))))
                ),
            )
        })
        .await;
    bench
        .attack("encrypted twice over", Code::ResponseEncrypted, |paper| {
            let inner = seal.element(&alone(&paper.signed(Signs::Assertion)));
            let names =
                "<saml:EncryptedAssertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
            inside(paper, &swap(&inner, "<saml:EncryptedAssertion", names))
        })
        .await;
    bench
        .attack("a response inside", Code::ResponseEncrypted, |paper| {
            inside(paper, &paper.signed(Signs::Response))
        })
        .await;
    bench
        .attack("a DOCTYPE inside", Code::ResponseEncrypted, |paper| {
            inside(
                paper,
                &format!("<!DOCTYPE x>{}", alone(&paper.signed(Signs::Assertion))),
            )
        })
        .await;
    bench
        .attack(
            "a comment in the NameID inside",
            Code::ResponseEncrypted,
            |paper| {
                inside(
                    paper,
                    &swap(
                        &alone(&paper.signed(Signs::Assertion)),
                        "ann@company",
                        "ann@<!-- -->company",
                    ),
                )
            },
        )
        .await;
    bench
        .attack(
            "put into a response that was signed around another",
            Code::SignatureInvalid,
            |paper| {
                around(
                    &paper.signed(Signs::Response),
                    &seal.element(&alone(&evil(&paper.signed(Signs::Nothing)))),
                )
            },
        )
        .await;
    honest(&mut bench, &seal).await;
    bench.finish();
}

#[tokio::test]
async fn what_will_not_open_looks_the_same() {
    let (mut bench, seal) = bench("outside").await;
    let stranger = Seal {
        public: public_of(&crate::support::identity::SigningIdentity::generate("x").certificate),
        ..seal.clone()
    };
    let content = |paper: &Paper<'_>| alone(&paper.signed(Signs::Assertion));
    for (case, seal) in [
        ("for somebody else's key", stranger),
        (
            "by RSA PKCS#1 v1.5",
            Seal {
                transport: RSA_1_5,
                ..seal.clone()
            },
        ),
        (
            "by CBC without leave",
            Seal {
                cipher: CBC,
                ..seal.clone()
            },
        ),
    ] {
        bench
            .attack(case, Code::ResponseEncrypted, |paper| {
                around(
                    &paper.signed(Signs::Nothing),
                    &seal.element(&content(paper)),
                )
            })
            .await;
    }
    let flip = |element: &str, nth: usize, at: usize| {
        let start = element.match_indices("<e:CipherValue>").nth(nth).unwrap().0
            + "<e:CipherValue>".len()
            + at;
        let other = if &element[start..=start] == "A" {
            "B"
        } else {
            "A"
        };
        format!("{}{other}{}", &element[..start], &element[start + 1..])
    };
    for (case, change) in [
        (
            "a key with one letter changed",
            (|element: &str, flip: &dyn Fn(&str, usize, usize) -> String| flip(element, 0, 9))
                as fn(&str, &dyn Fn(&str, usize, usize) -> String) -> String,
        ),
        ("a nonce with one letter changed", |element, flip| {
            flip(element, 1, 2)
        }),
        ("a text with one letter changed", |element, flip| {
            flip(element, 1, 99)
        }),
        ("a key that is not there", |element, _| {
            swap(
                element,
                "<e:EncryptedKey>",
                "<e:EncryptedKey Recipient=\"x\">",
            )
            .replace("<e:CipherValue>", "<e:CipherValue>AAAA")
        }),
        ("a cipher that is not known", |element, _| {
            swap(
                element,
                GCM,
                "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
            )
        }),
        ("a key that stands elsewhere", |element, _| {
            swap(
                element,
                "<e:CipherData><e:CipherValue>",
                "<e:CipherData><e:CipherReference URI=\"file:///etc/passwd\"/><e:CipherValue>",
            )
        }),
        ("a text that stands elsewhere", |element, _| {
            let at = element.rfind("<e:CipherData>").unwrap();
            format!(
                "{}<e:CipherData><e:CipherReference URI=\"http://127.0.0.1:9/\"/></e:CipherData></e:EncryptedData></saml:EncryptedAssertion>",
                &element[..at]
            )
        }),
        ("content in place of an element", |element, _| {
            swap(element, "#Element\"", "#Content\"")
        }),
    ] {
        bench
            .attack(case, Code::ResponseEncrypted, |paper| {
                around(
                    &paper.signed(Signs::Nothing),
                    &change(&seal.element(&content(paper)), &flip),
                )
            })
            .await;
    }
    bench
        .attack("an encrypted NameID", Code::ResponseEncrypted, |paper| {
            let name = "<saml:EncryptedID><e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/></saml:EncryptedID>";
            paper.resigned(Signs::Response, |xml| swap(xml, "<saml:SubjectConfirmation ", &format!("{name}<saml:SubjectConfirmation ")))
        })
        .await;
    bench
        .attack("something encrypted in Extensions", Code::ResponseEncrypted, |paper| {
            let more = "<samlp:Extensions><e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/></samlp:Extensions>";
            swap(&paper.signed(Signs::Assertion), STATUS, &format!("{more}{STATUS}"))
        })
        .await;
    honest(&mut bench, &seal).await;
    bench.finish();
}

async fn honest(bench: &mut Bench, seal: &Seal) {
    bench
        .honest("signed inside", |paper| {
            around(
                &paper.signed(Signs::Nothing),
                &seal.element(&alone(&paper.signed(Signs::Assertion))),
            )
        })
        .await;
    bench
        .honest("signed around", |paper| {
            paper.resigned(Signs::Response, |xml| {
                around(xml, &seal.element(&alone(xml)))
            })
        })
        .await;
    bench
        .honest("signed inside and around", |paper| {
            let inner = paper.signed(Signs::Assertion);
            let template = around(
                &paper.template(Signs::Response),
                &seal.element(&alone(&inner)),
            );
            sign(paper.idp, &template)
        })
        .await;
}
