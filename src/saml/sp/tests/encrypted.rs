//! Encrypted assertions: what opens, what a signature then covers, and that
//! everything else is refused alike.

use super::*;
use crate::{
    keys::{DecryptionKey, DecryptionKeys},
    saml::{
        encryption::{Cipher, Decryption},
        testing::{Encrypted, MGF1P, OAEP_SHA256, OURS, OURS_BEFORE, RSA_1_5},
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
        sent.method = format!(
            "<e:EncryptionMethod Algorithm=\"{MGF1P}\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"/></e:EncryptionMethod>"
        );
        is_ann(judge(&sent.xml()));
        // With a hint about the key, with line breaks, and with what the key is for.
        let element = honest(signed).element();
        let element = element.replace("mgf1p\"/>", "mgf1p\"></e:EncryptionMethod>");
        let hinted = replaced(
            &element,
            "</e:EncryptionMethod><e:CipherData>",
            "</e:EncryptionMethod><ds:KeyInfo><ds:KeyName>ours</ds:KeyName></ds:KeyInfo><e:CipherData>",
        );
        let broken = replaced(&hinted, "<e:CipherValue>", "<e:CipherValue>\r\n ");
        is_ann(judge(&honest(signed).around(&broken)));
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
        refusal_of(judged, Code::ResponseEncrypted, &xml);
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
            )
        },
        |s| {
            s.subject = replaced(
                &s.subject,
                "<saml:Subject>",
                &format!("<saml:Subject><saml:EncryptedID>{DATA}</saml:EncryptedID>"),
            )
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

/// Refused before any key is touched: the detail says what is wrong with the shape.
#[test]
fn other_algorithms_are_refused() {
    for (method, named) in [
        (
            format!("<e:EncryptionMethod Algorithm=\"{RSA_1_5}\"/>"),
            "rsa-1_5",
        ),
        (
            replaced(OAEP_SHA256, "xmlenc#sha256", "xmlenc#sha512"),
            "RSA-OAEP with",
        ),
        (
            replaced(OAEP_SHA256, "mgf1sha256", "mgf1sha512"),
            "RSA-OAEP with",
        ),
        // Left out, MGF1 is of SHA-1, whatever the digest.
        (
            format!(
                "<e:EncryptionMethod Algorithm=\"{MGF1P}\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/></e:EncryptionMethod>"
            ),
            "RSA-OAEP with",
        ),
        (
            format!(
                "<e:EncryptionMethod Algorithm=\"{MGF1P}\"><e:OAEPparams>AAAA</e:OAEPparams></e:EncryptionMethod>"
            ),
            "unknown parameters",
        ),
        (
            replaced(OAEP_SHA256, "#rsa-oaep", "#kw-aes128"),
            "wrapped with",
        ),
        (
            replaced(
                OAEP_SHA256,
                "<ds:DigestMethod",
                "<ds:DigestMethod Algorithm=\"urn:x\"/><ds:DigestMethod",
            ),
            "twice",
        ),
    ] {
        for signed in EVERY {
            let mut sent = honest(signed);
            sent.method.clone_from(&method);
            let detail = refused(&sent.xml(), Code::ResponseEncrypted);
            assert!(detail.contains(named), "{detail}");
        }
    }
    for uri in ["http://www.w3.org/2001/04/xmlenc#tripledes-cbc", ""] {
        let sent = honest(Signed::Both);
        let element = replaced(&sent.element(), Cipher::Aes256Gcm.uri(), uri);
        let detail = refused(&sent.around(&element), Code::ResponseEncrypted);
        assert!(detail.contains("encrypted with"), "{detail}");
    }
}

#[test]
fn cbc_is_for_whoever_asks_for_it_in_a_signed_response() {
    for cipher in Cipher::ALL.into_iter().filter(|one| !one.authenticates()) {
        for signed in EVERY {
            let xml = honest(signed).with(cipher).xml();
            let detail = refused(&xml, Code::ResponseEncrypted);
            assert!(detail.contains("allow_cbc"), "{detail}");
            let judged = judge_with(&xml, decryption(&[&OURS], true));
            if signed == Signed::Assertion {
                let detail = refusal_of(judged, Code::ResponseEncrypted, &xml);
                assert!(detail.contains("not signed"), "{detail}");
            } else {
                is_ann(judged);
            }
        }
    }
}

/// With a signed response, no key is touched before that signature holds: a
/// stranger's message is refused for its signature, whatever it encrypts.
#[test]
fn nothing_is_opened_before_the_responses_signature_holds() {
    let mut sent = honest(Signed::Response).with(Cipher::Aes256Cbc);
    sent.to = &FOREIGN;
    let xml = replaced(&sent.xml(), "Id=\"_data\"", "Id=\"_other\"");
    let judged = judge_with(&xml, decryption(&[&OURS], true));
    refusal_of(judged, Code::SignatureInvalid, &xml);
}

#[test]
fn another_shape_is_refused() {
    let beside = Encrypted {
        beside: true,
        ..honest(Signed::Assertion)
    };
    let (inside, beside) = (honest(Signed::Assertion).element(), beside.element());
    let changes: [(&str, &str, &str, &str); 18] = [
        (
            &inside,
            "</e:CipherData></e:EncryptedKey>",
            "</e:CipherData><e:CarriedKeyName>x</e:CarriedKeyName></e:EncryptedKey>",
            "holds more",
        ),
        (
            &inside,
            "<e:CipherData><e:CipherValue>",
            "<e:CipherData><e:CipherReference URI=\"#_a\"/><e:CipherValue>",
            "exactly",
        ),
        (&inside, "#Element", "#Content", "type Element"),
        (
            &inside,
            "</ds:KeyInfo><e:CipherData>",
            "<ds:KeyName>x</ds:KeyName></ds:KeyInfo><e:CipherData>",
            "exactly",
        ),
        (
            &inside,
            "</e:CipherData></e:EncryptedData>",
            "</e:CipherData><e:EncryptionProperties/></e:EncryptedData>",
            "exactly",
        ),
        (
            &inside,
            "</e:EncryptedData>",
            "</e:EncryptedData><e:EncryptedKey/>",
            "neither",
        ),
        (
            &inside,
            "</e:EncryptedData>",
            "</e:EncryptedData><e:EncryptedKey/><e:EncryptedKey/>",
            "more than",
        ),
        (
            &inside,
            "<e:EncryptedData ",
            "<e:EncryptedKey/><e:EncryptedData ",
            "begin",
        ),
        (
            &inside,
            "<e:EncryptionMethod Algorithm=\"http://www.w3.org/2009",
            "<e:EncryptionMethod e:Algorithm=\"http://www.w3.org/2009",
            "foreign",
        ),
        (
            &inside,
            "</e:EncryptionMethod><e:CipherData>",
            "</e:EncryptionMethod><ds:KeyInfo><ds:RetrievalMethod URI=\"file:///x\"/></ds:KeyInfo><e:CipherData>",
            "hint",
        ),
        (
            &inside,
            "</e:EncryptionMethod><e:CipherData>",
            "</e:EncryptionMethod><ds:KeyInfo><e:AgreementMethod/></ds:KeyInfo><e:CipherData>",
            "hint",
        ),
        (&inside, "<e:CipherValue>", "<e:CipherValue>%", "base64"),
        (&beside, "URI=\"#_key\"", "URI=\"#_data\"", "neither"),
        (
            &beside,
            "URI=\"#_key\"",
            "URI=\"http://x.example/#_key\"",
            "neither",
        ),
        (
            &beside,
            "URI=\"#_key\"",
            "URI=\"#xpointer(id('_key'))\"",
            "neither",
        ),
        (
            &beside,
            "URI=\"#_key\"/>",
            "URI=\"#_key\"><ds:Transforms/></ds:RetrievalMethod>",
            "neither",
        ),
        (
            &beside,
            "</e:CipherData></e:EncryptedKey>",
            "</e:CipherData><e:ReferenceList><e:DataReference URI=\"#_a\"/></e:ReferenceList></e:EncryptedKey>",
            "something else",
        ),
        (
            &beside,
            "<e:EncryptedKey Id=\"_key\">",
            "<e:EncryptedKey Id=\"_key\"><ds:KeyInfo/>",
            "no EncryptionMethod",
        ),
    ];
    for (element, from, to, named) in changes {
        // Written out, as canonical XML has no empty elements.
        let element = element.replace(
            "rsa-oaep-mgf1p\"/>",
            "rsa-oaep-mgf1p\"></e:EncryptionMethod>",
        );
        for signed in EVERY {
            let xml = honest(signed).around(&replaced(&element, from, to));
            let detail = refused(&xml, Code::ResponseEncrypted);
            assert!(detail.contains(named), "{from} → {to}: {detail}");
        }
    }
    // A signature inside of what is encrypted, though not in the assertion.
    let template = signature_template("_e");
    let with_id = replaced(
        &inside,
        "<saml:EncryptedAssertion ",
        "<saml:EncryptedAssertion ID=\"_e\" ",
    );
    let signed = replaced(
        &with_id,
        "</saml:EncryptedAssertion>",
        &format!("{template}</saml:EncryptedAssertion>"),
    );
    refused(
        &honest(Signed::Assertion).around(&signed),
        Code::SignaturePlace,
    );
}

#[test]
fn huge_ciphertexts_are_refused_unread() {
    let mut sent = honest(Signed::Both);
    sent.content = Some(vec![b'x'; 200 * 1024]);
    refused(&sent.xml(), Code::ResponseTooLarge);
    sent.content = Some(vec![b'x'; 400 * 1024]);
    refused(&sent.xml(), Code::ResponseTooLarge);
    // A wrapped key larger than any key of ours.
    let element = honest(Signed::Both).element();
    let large = replaced(
        &element,
        "<e:CipherValue>",
        &format!("<e:CipherValue>{}", "A".repeat(4096)),
    );
    let detail = refused(
        &honest(Signed::Both).around(&large),
        Code::ResponseEncrypted,
    );
    assert!(detail.contains("larger"), "{detail}");
}
