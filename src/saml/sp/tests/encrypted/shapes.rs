//! Shapes, algorithms and sizes that are refused before any key is touched: the
//! detail says what is wrong.

use super::*;

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
        (
            format!(
                "<e:EncryptionMethod Algorithm=\"{MGF1P}\"><e:OAEPparams>AAAA</e:OAEPparams></e:EncryptionMethod>"
            ),
            "unknown parameters",
        ),
        (
            // In the place of the mask generation, and with its algorithm.
            replaced(
                OAEP_SHA256,
                "<f:MGF xmlns:f=\"http://www.w3.org/2009/xmlenc11#\"",
                "<e:OAEPparams",
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

/// Changes where the key is in the `KeyInfo` of the data, and what the refusal says.
const INSIDE: [(&str, &str, &str); 19] = [
    (
        "</e:CipherData></e:EncryptedKey>",
        "</e:CipherData><e:CarriedKeyName>x</e:CarriedKeyName></e:EncryptedKey>",
        "holds more",
    ),
    (
        "<e:CipherData><e:CipherValue>",
        "<e:CipherData><e:CipherReference URI=\"#_a\"/><e:CipherValue>",
        "exactly",
    ),
    ("#Element", "#Content", "type Element"),
    (
        "</ds:KeyInfo><e:CipherData>",
        "<ds:KeyName>x</ds:KeyName></ds:KeyInfo><e:CipherData>",
        "exactly",
    ),
    (
        "</e:CipherData></e:EncryptedData>",
        "</e:CipherData><e:EncryptionProperties/></e:EncryptedData>",
        "exactly",
    ),
    (
        "</e:EncryptedData>",
        "</e:EncryptedData><e:EncryptedKey/>",
        "neither",
    ),
    (
        "</e:EncryptedData>",
        "</e:EncryptedData><e:EncryptedKey/><e:EncryptedKey/>",
        "more than",
    ),
    (
        "<e:EncryptedData ",
        "<e:EncryptedKey/><e:EncryptedData ",
        "begin",
    ),
    (
        "<e:EncryptionMethod Algorithm=\"http://www.w3.org/2009",
        "<e:EncryptionMethod e:Algorithm=\"http://www.w3.org/2009",
        "foreign",
    ),
    (
        "</e:EncryptionMethod><e:CipherData>",
        "</e:EncryptionMethod><ds:KeyInfo><ds:RetrievalMethod URI=\"file:///x\"/></ds:KeyInfo><e:CipherData>",
        "hint",
    ),
    (
        "</e:EncryptionMethod><e:CipherData>",
        "</e:EncryptionMethod><ds:KeyInfo><e:AgreementMethod/></ds:KeyInfo><e:CipherData>",
        "hint",
    ),
    ("<e:CipherValue>", "<e:CipherValue>%", "base64"),
    (
        "Id=\"_data\"",
        "Id=\"_data\" Encoding=\"x\"",
        "type Element",
    ),
    (
        "<e:EncryptionMethod Algorithm=\"http://www.w3.org/2009",
        "<e:AgreementMethod Algorithm=\"http://www.w3.org/2009",
        "missing or has parameters",
    ),
    (
        "gcm\"/>",
        "gcm\"><e:KeySize>256</e:KeySize></e:EncryptionMethod>",
        "missing or has parameters",
    ),
    (
        "</e:EncryptionMethod><e:CipherData>",
        "</e:EncryptionMethod><ds:KeyInfo><ds:X509Data><e:CipherReference URI=\"http://x.example/\"/></ds:X509Data></ds:KeyInfo><e:CipherData>",
        "hint",
    ),
    (
        "</e:EncryptionMethod><e:CipherData>",
        "<e:OAEPparams>AA==</e:OAEPparams></e:EncryptionMethod><e:CipherData>",
        "unknown parameters",
    ),
    (
        "</e:EncryptionMethod><e:CipherData>",
        "<f:MGF xmlns:f=\"http://www.w3.org/2009/xmlenc11#\" Algorithm=\"http://www.w3.org/2009/xmlenc11#mgf1sha1\"/></e:EncryptionMethod><e:CipherData>",
        "unknown parameters",
    ),
    (
        "</e:EncryptionMethod><e:CipherData>",
        "<ds:DigestMethod Algorithm=\"http://www.w3.org/2000/09/xmldsig#sha1\"><ds:Object/></ds:DigestMethod></e:EncryptionMethod><e:CipherData>",
        "parameter twice",
    ),
];

/// The same where it stands beside the data.
const BESIDE: [(&str, &str, &str); 10] = [
    ("URI=\"#_key\"", "URI=\"#_data\"", "neither"),
    ("URI=\"#_key\"", "URI=\"http://x.example/#_key\"", "neither"),
    ("URI=\"#_key\"", "URI=\"#xpointer(id('_key'))\"", "neither"),
    (
        "URI=\"#_key\"/>",
        "URI=\"#_key\"><ds:Transforms/></ds:RetrievalMethod>",
        "neither",
    ),
    (
        "</e:CipherData></e:EncryptedKey>",
        "</e:CipherData><e:ReferenceList><e:DataReference URI=\"#_a\"/></e:ReferenceList></e:EncryptedKey>",
        "something else",
    ),
    (
        "<e:EncryptedKey Id=\"_key\">",
        "<e:EncryptedKey Id=\"_key\"><ds:KeyInfo/>",
        "no EncryptionMethod",
    ),
    ("<ds:RetrievalMethod ", "<ds:KeyName ", "neither"),
    (
        "xmlenc#EncryptedKey\" URI",
        "xmlenc#DerivedKey\" URI",
        "neither",
    ),
    (
        "</e:CipherData></e:EncryptedKey>",
        "</e:CipherData><e:ReferenceList><e:KeyReference URI=\"#_data\"/></e:ReferenceList></e:EncryptedKey>",
        "something else",
    ),
    (
        "</e:CipherData></e:EncryptedKey>",
        "</e:CipherData><e:ReferenceList><e:DataReference URI=\"#_data\"><ds:Transforms/></e:DataReference></e:ReferenceList></e:EncryptedKey>",
        "something else",
    ),
];

/// Elements in whose places others stand, whether the key is beside the data, and what is said.
const RENAMED: [(&str, &str, bool, &str); 4] = [
    ("ds:KeyInfo", "ds:KeyData", false, "no KeyInfo"),
    ("e:EncryptedKey", "e:AgreementMethod", false, "neither"),
    ("e:EncryptedKey", "e:AgreementMethod", true, "neither"),
    (
        "e:CipherData",
        "e:CipherReference",
        false,
        "no CipherData where",
    ),
];

#[test]
fn another_element_in_the_place_of_a_part_is_refused() {
    for (name, other, beside, named) in RENAMED {
        let sent = Encrypted {
            beside,
            ..honest(Signed::Assertion)
        };
        let element = sent.element();
        let renamed = replaced(&element, &format!("<{name}"), &format!("<{other}"));
        let renamed = renamed
            .replace(&format!("<{name}"), &format!("<{other}"))
            .replace(&format!("</{name}>"), &format!("</{other}>"));
        let detail = refused(&sent.around(&renamed), Code::ResponseEncrypted);
        assert!(detail.contains(named), "{name} → {other}: {detail}");
    }
}

#[test]
fn another_shape_is_refused() {
    let beside = Encrypted {
        beside: true,
        ..honest(Signed::Assertion)
    };
    let (inside, beside) = (honest(Signed::Assertion).element(), beside.element());
    let changes = INSIDE
        .into_iter()
        .map(|change| (&inside, change))
        .chain(BESIDE.into_iter().map(|change| (&beside, change)));
    for (element, (from, to, named)) in changes {
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

/// What stands outside of the encrypted assertion is not excused by what is inside: the first
/// look refuses it, before it matters whether there is a key.
#[test]
fn a_part_of_a_signature_beside_it_is_refused_at_first_sight() {
    const PART: &str =
        "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:KeyName/></ds:KeyInfo>";
    for signed in EVERY {
        let mut sent = honest(signed);
        sent.sample.extensions = format!("<samlp:Extensions>{PART}</samlp:Extensions>");
        let xml = sent.xml();
        let judged = judge_with(&xml, Decryption::default());
        refusal_of(judged, Code::SignaturePlace, &xml);
    }
}
