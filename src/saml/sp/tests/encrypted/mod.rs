//! Encrypted assertions: what opens, what a signature then covers, and that
//! everything else is refused alike.

mod shapes;

use super::*;
use crate::{
    keys::{DecryptionKey, DecryptionKeys},
    saml::{
        encryption::{Cipher, Decryption},
        testing::{Encrypted, MGF1P, OAEP_MIXED, OAEP_SHA256, OURS, OURS_BEFORE, RSA_1_5},
    },
};

const EVERY: [Signed; 3] = [Signed::Assertion, Signed::Response, Signed::Both];

fn decryption(pairs: &[&Pair], allow_cbc: bool) -> Decryption {
    let keys = pairs
        .iter()
        .map(|pair| DecryptionKey::new(pair.signing_key()).unwrap());
    Decryption {
        keys: DecryptionKeys::new(keys.collect()).into(),
        allow_cbc,
    }
}

fn judge_with(xml: &str, decryption: Decryption) -> Result<VerifiedAssertion, Refusal> {
    let trust = Trust {
        decryption,
        ..trust(&[&RSA])
    };
    verify(&encode(xml), &trust, &expected(), now(), &mut |_| {})
}

fn judge(xml: &str) -> Result<VerifiedAssertion, Refusal> {
    judge_with(xml, decryption(&[&OURS], false))
}

#[track_caller]
fn refused(xml: &str, code: Code) -> String {
    refusal_of(judge(xml), code, xml)
}

#[track_caller]
fn refusal_of(judged: Result<VerifiedAssertion, Refusal>, code: Code, xml: &str) -> String {
    match judged {
        Err(refusal) => {
            assert_eq!(refusal.code, code, "{refusal}\n{xml}");
            refusal.detail
        }
        Ok(_) => panic!("accepted instead of {code}\n{xml}"),
    }
}

#[track_caller]
fn is_ann(judged: Result<VerifiedAssertion, Refusal>) {
    let identity = judged
        .unwrap_or_else(|refusal| panic!("{refusal}"))
        .into_identity("hq".parse().unwrap());
    assert_eq!(identity.name_id.value, "ann@example.com");
    let department = identity.attributes.get("department").unwrap();
    assert_eq!(department.values, ["Singapore HQ "]);
}

fn honest(signed: Signed) -> Encrypted {
    Encrypted::new(&OURS, signed)
}

#[test]
fn what_identity_providers_send_is_accepted() {
    for signed in EVERY {
        for cipher in Cipher::ALL.into_iter().filter(|one| one.authenticates()) {
            is_ann(judge(&honest(signed).with(cipher).xml()));
        }
        let mut sent = honest(signed);
        sent.beside = true;
        is_ann(judge(&sent.xml()));
        OAEP_SHA256.clone_into(&mut sent.method);
        is_ann(judge(&sent.xml()));
        // The other way round, too.
        let reversed = OAEP_SHA256.replace("xmlenc#sha256", "xmldsig#sha1");
        let reversed = reversed.replace("2001/04/xmldsig#sha1", "2000/09/xmldsig#sha1");
        for method in [OAEP_MIXED[0], OAEP_MIXED[1], &reversed] {
            method.clone_into(&mut sent.method);
            is_ann(judge(&sent.xml()));
        }
        sent.method = format!(
            "<e:EncryptionMethod Algorithm=\"{MGF1P}\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/></e:EncryptionMethod>"
        );
        is_ann(judge(&sent.xml()));
        // With a hint about the key, with line breaks, and with what the key is for.
        let element = honest(signed).element();
        let element = element.replace("mgf1p\"/>", "mgf1p\"></e:EncryptionMethod>");
        for hint in [
            "<ds:KeyName>ours</ds:KeyName>",
            "<ds:X509Data><ds:X509SubjectName>CN=ours</ds:X509SubjectName></ds:X509Data>",
            "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus></ds:RSAKeyValue></ds:KeyValue>",
        ] {
            let hinted = replaced(
                &element,
                "</e:EncryptionMethod><e:CipherData>",
                &format!("</e:EncryptionMethod><ds:KeyInfo>{hint}</ds:KeyInfo><e:CipherData>"),
            );
            let broken = replaced(&hinted, "<e:CipherValue>", "<e:CipherValue>\r\n ");
            is_ann(judge(&honest(signed).around(&broken)));
        }
        let element = sent.element();
        let listed = replaced(
            &element,
            "</e:CipherData></e:EncryptedKey>",
            "</e:CipherData><e:ReferenceList><e:DataReference URI=\"#_data\"/></e:ReferenceList></e:EncryptedKey>",
        );
        is_ann(judge(&sent.around(&listed)));
    }
}

#[test]
fn a_namespace_may_be_declared_around_an_assertion_that_is_signed_itself() {
    let mut sent = honest(Signed::Assertion);
    let xml = sent.sample.xml(&RSA);
    let from = xml.find("<saml:Assertion ").unwrap();
    let content = xml[from..].strip_suffix("</samlp:Response>").unwrap();
    sent.content = Some(content.as_bytes().to_vec());
    is_ann(judge(&sent.xml()));
}

#[test]
fn every_key_is_tried() {
    for to in [&OURS, &OURS_BEFORE] {
        let xml = Encrypted::new(to, Signed::Assertion).xml();
        is_ann(judge_with(&xml, decryption(&[&OURS, &OURS_BEFORE], false)));
        is_ann(judge_with(&xml, decryption(&[&OURS_BEFORE, &OURS], false)));
    }
}

/// Whatever would not open, the refusal is one and the same, in code and in words.
#[test]
fn what_does_not_open_is_refused_alike() {
    let mut details = std::collections::HashSet::new();
    for signed in EVERY {
        let mut wrong_key = honest(signed);
        wrong_key.to = &FOREIGN;
        // The key does not unwrap, and the content is encrypted with a key that anybody knows.
        let mut zeros = wrong_key.clone();
        zeros.content_key = vec![0; 32];
        let other = |from: &Encrypted| {
            let mut other = from.clone();
            other.content_key = vec![8; from.content_key.len()];
            other.element()
        };
        let value = |element: &str, part: usize| {
            let between = element.split("CipherValue>").nth(part).unwrap();
            between.strip_suffix("</e:").unwrap().to_owned()
        };
        let sent = honest(signed);
        let (mine, others) = (sent.element(), other(&sent));
        let mut changed = value(&mine, 3).into_bytes();
        changed[40] = if changed[40] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let mut documents = vec![
            wrong_key.xml(),
            zeros.xml(),
            // Somebody else's content under this key, and this content under another key.
            sent.around(&replaced(&mine, &value(&mine, 3), &value(&others, 3))),
            sent.around(&replaced(&mine, &value(&mine, 1), &value(&others, 1))),
            // One character of the content changed; the content cut; nothing at all.
            sent.around(&replaced(&mine, &value(&mine, 3), &changed)),
            sent.around(&replaced(&mine, &value(&mine, 3), "AAAA")),
            sent.around(&replaced(&mine, &value(&mine, 3), "")),
            sent.around(&replaced(&mine, &value(&mine, 1), "AAAA")),
            // A key of one size, a cipher of another.
            {
                let element = honest(signed).with(Cipher::Aes128Gcm).element();
                let as_256 = replaced(&element, "aes128-gcm", "aes256-gcm");
                sent.around(&as_256)
            },
        ];
        for content in [
            &b"\xff\xfe"[..],
            b"",
            b"<a",
            b"no element",
            b"<?xml version=\"1.0\"?><saml:Assertion/>",
            b"<!-- x --><saml:Assertion/>",
            b"</samlp:Response>",
        ] {
            let mut sent = honest(signed);
            sent.content = Some(content.to_vec());
            documents.push(sent.xml());
        }
        for xml in documents {
            details.insert(refused(&xml, Code::ResponseEncrypted));
        }
    }
    assert_eq!(details.len(), 1, "{details:?}");
}

#[test]
fn without_a_key_it_is_refused() {
    for signed in EVERY {
        let xml = honest(signed).xml();
        let judged = judge_with(&xml, Decryption::default());
        let detail = refusal_of(judged, Code::ResponseEncrypted, &xml);
        assert!(detail.contains("no decryption key"), "{detail}");
    }
}

#[test]
fn the_second_opinion_is_told_where_it_was_asked() {
    for second_opinion in [true, false] {
        let trust = Trust {
            decryption: decryption(&[&OURS], false),
            second_opinion,
            ..trust(&[&RSA])
        };
        for signed in EVERY {
            let (parameter, mut passed) = (encode(&honest(signed).xml()), Vec::new());
            let mut pass = |check| passed.push(check);
            verify(&parameter, &trust, &expected(), now(), &mut pass).unwrap();
            assert_eq!(passed.contains(&Check::SecondOpinion), second_opinion);
        }
    }
}

/// Everybody can encrypt for us: encryption proves nothing.
#[test]
fn what_no_signature_covers_is_refused() {
    refused(&honest(Signed::Nothing).xml(), Code::SignatureMissing);
    // Signed inside by somebody else, or changed after signing.
    let foreign = Sample::default().xml(&FOREIGN);
    let from = foreign.find("<saml:Assertion ").unwrap();
    let foreign = foreign[from..].strip_suffix("</samlp:Response>").unwrap();
    let changed = replaced(&honest(Signed::Assertion).assertion(), "ann@", "bob@");
    for (content, outside) in [
        (foreign, Signed::Nothing),
        (&changed, Signed::Nothing),
        // A signature of the response does not heal a broken one inside.
        (&changed, Signed::Response),
    ] {
        let mut sent = honest(outside);
        sent.content = Some(content.as_bytes().to_vec());
        refused(&sent.xml(), Code::SignatureInvalid);
    }
}

#[test]
fn a_signature_of_the_response_covers_the_encrypted_form() {
    for signed in [Signed::Response, Signed::Both] {
        let sent = honest(signed);
        let xml = sent.xml();
        // A ciphertext that opens just as well, and was not the one that was signed.
        let from = xml.find("<saml:EncryptedAssertion").unwrap();
        let (before, rest) = xml.split_at(from);
        let (_, behind) = rest.split_once("</saml:EncryptedAssertion>").unwrap();
        let swapped = format!("{before}{}{behind}", sent.element());
        refused(&swapped, Code::SignatureInvalid);
        refused(
            &replaced(&xml, "Id=\"_data\"", "Id=\"_other\""),
            Code::SignatureInvalid,
        );
    }
    // Signed over the clear form, encrypted afterwards: such a signature says nothing any more.
    let clear = Sample {
        signed: Signed::Response,
        ..Sample::default()
    };
    let xml = clear.xml(&RSA);
    let (before, rest) = xml.split_once("<saml:Assertion ").unwrap();
    let (_, behind) = rest.split_once("</saml:Assertion>").unwrap();
    let encrypted = honest(Signed::Assertion).element();
    refused(
        &format!("{before}{encrypted}{behind}"),
        Code::SignatureInvalid,
    );
}

#[test]
fn the_opened_assertion_passes_the_same_gate_and_policy() {
    let changes: [(Change, Code); 7] = [
        (
            |s| swap(&mut s.conditions, SP, "urn:other"),
            Code::AssertionAudience,
        ),
        (|s| s.conditions.clear(), Code::AssertionConditions),
        (|s| s.statements.clear(), Code::AssertionAuthnStatement),
        (
            |s| swap(&mut s.subject, REQUEST, "_other"),
            Code::AssertionConfirmation,
        ),
        (
            |s| swap(&mut s.issuer, IDP, "urn:other"),
            Code::AssertionIssuer,
        ),
        (
            |s| swap(&mut s.response_attributes, ACS, "https://other.example/"),
            Code::ResponseDestination,
        ),
        (
            |s| {
                s.attributes
                    .push_str("<saml:Advice><saml:Assertion/></saml:Advice>");
            },
            Code::ResponseShape,
        ),
    ];
    for (number, (change, code)) in changes.into_iter().enumerate() {
        for signed in EVERY {
            let mut sent = honest(signed);
            change(&mut sent.sample);
            let judged = judge(&sent.xml());
            assert_eq!(judged.unwrap_err().code, code, "change {number}");
        }
    }
    let mut weak = honest(Signed::Assertion);
    weak.sample.signature_method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
    refused(&weak.xml(), Code::SignatureAlgorithm);
}

#[test]
fn one_assertion_stands_in_the_place_and_nothing_beside_it() {
    for signed in EVERY {
        let sent = honest(signed);
        let (clear, element) = (sent.assertion(), sent.element());
        refused(
            &sent.around(&format!("{element}{clear}")),
            Code::ResponseShape,
        );
        refused(
            &sent.around(&format!("{clear}{element}")),
            Code::ResponseShape,
        );
        let second = element
            .replace("\"_data\"", "\"_d2\"")
            .replace("\"_key\"", "\"_k2\"");
        refused(
            &sent.around(&format!("{element}{second}")),
            Code::ResponseShape,
        );
        for (content, code) in [
            (format!("{clear}{clear}"), Code::ResponseEncrypted),
            (
                format!("{clear}{}", replaced(&clear, "\"_a\"", "\"_b\"")),
                Code::ResponseEncrypted,
            ),
            (format!("{clear}<a/>"), Code::ResponseEncrypted),
            (format!("<samlp:Status/>{clear}"), Code::ResponseEncrypted),
            (format!("text{clear}"), Code::ResponseEncrypted),
            // Nested: what is opened is not opened again.
            (
                replaced(
                    &element,
                    " xmlns:e",
                    " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:e",
                ),
                Code::ResponseEncrypted,
            ),
        ] {
            let mut sent = honest(signed);
            sent.content = Some(content.into_bytes());
            refused(&sent.xml(), code);
        }
    }
}

#[test]
fn only_a_whole_assertion_may_be_encrypted() {
    const DATA: &str = "<e:EncryptedData xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/>";
    let changes: [Change; 3] = [
        |s| {
            s.attributes = format!(
                "<saml:AttributeStatement><saml:EncryptedAttribute>{DATA}</saml:EncryptedAttribute></saml:AttributeStatement>"
            );
        },
        |s| {
            s.subject = replaced(
                &s.subject,
                "<saml:Subject>",
                &format!("<saml:Subject><saml:EncryptedID>{DATA}</saml:EncryptedID>"),
            );
        },
        |s| s.extensions = format!("<samlp:Extensions>{DATA}</samlp:Extensions>"),
    ];
    for change in changes {
        for signed in EVERY {
            let mut sent = honest(signed);
            change(&mut sent.sample);
            // Both in the clear and inside of what is encrypted.
            refused(&sent.sample.xml(&RSA), Code::ResponseEncrypted);
            refused(&sent.xml(), Code::ResponseEncrypted);
        }
    }
}
