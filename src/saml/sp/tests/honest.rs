//! What honest identity providers vary in one document: what is signed, how, with which key.

use super::*;
use crate::saml::{names::RSA_SHA256, signature::SignatureMethod};

const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#sha384";
const SHA512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";
const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

const WAYS: [Signed; 3] = [Signed::Assertion, Signed::Response, Signed::Both];

#[track_caller]
fn is_ann(verified: VerifiedAssertion) {
    assert_eq!(
        verified.attributes().values("department"),
        ["Singapore HQ "]
    );
    let identity = verified.into_identity("hq".parse().unwrap());
    assert_eq!(identity.name_id.value, "ann@example.com");
}

#[test]
fn it_is_accepted_however_it_is_signed() {
    for signed in WAYS {
        let sample = Sample {
            signed,
            ..Sample::default()
        };
        is_ann(accepted(&sample.xml(&RSA)));
    }
}

#[test]
fn every_accepted_algorithm_works_with_every_accepted_digest() {
    for method in SignatureMethod::ALL {
        let pair = match method {
            SignatureMethod::EcdsaSha256 => &*EC,
            SignatureMethod::EcdsaSha384 => &*EC384,
            _ => &*RSA,
        };
        for digest_method in [SHA256, SHA384, SHA512] {
            let sample = Sample {
                signature_method: method.uri(),
                digest_method,
                ..Sample::default()
            };
            let verified = verify_at(&sample.parameter(pair), &[pair], now());
            is_ann(verified.unwrap_or_else(|error| panic!("{method:?} {digest_method}: {error}")));
        }
    }
}

#[test]
fn inclusive_namespaces_are_understood() {
    for list in ["xs", "#default samlp xs", "xsi  xs saml", "nobody", ""] {
        let with_list = format!(
            "Algorithm=\"{EXC}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXC}\" PrefixList=\"{list}\"/></ds:"
        );
        for signed in WAYS {
            let plain = Sample::default();
            let from = format!("Algorithm=\"{EXC}\"/>");
            let sample = Sample {
                signed,
                transforms: replaced(&plain.transforms, &from, &format!("{with_list}Transform>")),
                canonicalisation: replaced(
                    &plain.canonicalisation,
                    &from,
                    &format!("{with_list}CanonicalizationMethod>"),
                ),
                ..plain
            };
            is_ann(accepted(&sample.xml(&RSA)));
        }
    }
}

#[test]
fn key_info_decides_nothing() {
    let certificate = |pair: &Pair| {
        format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
            pair.certificate_base64()
        )
    };
    let value = "<ds:KeyInfo><ds:KeyName>hq</ds:KeyName><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>";
    let infos = [
        String::new(),
        "<ds:KeyInfo/>".to_owned(),
        value.to_owned(),
        certificate(&RSA),
        certificate(&FOREIGN),
        certificate(&EC),
    ];
    for key_info in infos {
        let sample = Sample {
            key_info,
            ..Sample::default()
        };
        is_ann(accepted(&sample.xml(&RSA)));
        // Not even a certificate that would fit makes a foreign signature hold.
        refused(&sample.xml(&FOREIGN), Code::SignatureInvalid);
    }
}

#[test]
fn any_of_several_trusted_certificates_will_do() {
    for trusted in [
        &[&*FOREIGN, &*RSA][..],
        &[&*RSA, &*FOREIGN],
        &[&*EC, &*RSA],
        &[&*RSA, &*EC],
        &[&*EC384, &*EC, &*FOREIGN, &*RSA],
    ] {
        for signed in WAYS {
            let sample = Sample {
                signed,
                ..Sample::default()
            };
            is_ann(verify_at(&sample.parameter(&RSA), trusted, now()).unwrap());
        }
        let sample = Sample {
            signature_method: SignatureMethod::EcdsaSha256.uri(),
            ..Sample::default()
        };
        let verified = verify_at(&sample.parameter(&EC), trusted, now());
        assert_eq!(
            verified.is_ok(),
            trusted
                .iter()
                .any(|pair| pair.certificate == EC.certificate)
        );
    }
    let sample = Sample {
        signature_method: RSA_SHA256,
        ..Sample::default()
    };
    let refusal = verify_at(&sample.parameter(&RSA), &[&EC], now()).unwrap_err();
    assert_eq!(refusal.code, Code::SignatureInvalid);
}

#[test]
fn the_second_opinion_can_be_switched_off() {
    let trust = crate::saml::sp::Trust {
        second_opinion: false,
        ..trust(&[&RSA])
    };
    let mut passed = Vec::new();
    let parameter = Sample::default().parameter(&RSA);
    verify(&parameter, &trust, &expected(), now(), &mut |check| {
        passed.push(check);
    })
    .unwrap();
    assert_eq!(
        passed,
        [
            Check::Bytes,
            Check::Gate,
            Check::Response,
            Check::Signature,
            Check::Policy
        ]
    );
}

/// Base64 is broken into lines in many ways, by Java with a visible carriage return.
#[test]
fn base64_may_be_broken_into_lines() {
    let broken = |text: &str, with: &str| {
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        lines.join(with)
    };
    for with in ["\n", "\r\n", "&#13;\n", "&#xD;\n", "\n        "] {
        let sample = Sample {
            key_info: format!(
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{with}{}{with}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
                broken(&RSA.certificate_base64(), with)
            ),
            ..Sample::default()
        };
        let template = replaced(&sample.template(), DIGEST, &format!("{with}{DIGEST}{with}"));
        let xml = sign(&template, &RSA);
        let from = xml.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
        let to = xml.find("</ds:SignatureValue>").unwrap();
        let value = broken(&xml[from..to], with);
        let xml = format!("{}{with}{value}{with}{}", &xml[..from], &xml[to..]);
        is_ann(accepted(&xml));
    }
    let parameter = Sample::default().parameter(&RSA);
    for with in ["\n", "\r\n"] {
        let parameter = format!("{}{with}", broken(&parameter, with));
        is_ann(verify_at(&parameter, &[&RSA], now()).unwrap());
    }
    is_ann(verify_at(parameter.trim_end_matches('='), &[&RSA], now()).unwrap());
}

#[test]
fn times_may_have_fractions_and_offsets() {
    for issued in [
        "2026-03-01T09:59:59.123Z",
        "2026-03-01T09:59:59.1234567Z",
        "2026-03-01T11:59:59+02:00",
        "2026-03-01T04:29:59.5-05:30",
    ] {
        let mut sample = Sample::default();
        let from = "2026-03-01T09:59:59Z";
        sample.response_attributes = replaced(&sample.response_attributes, from, issued);
        sample.assertion_attributes = replaced(&sample.assertion_attributes, from, issued);
        sample.statements = replaced(&sample.statements, "2026-03-01T09:59:58Z", issued);
        is_ann(accepted(&sample.xml(&RSA)));
    }
}

#[test]
fn a_declaration_and_a_byte_order_mark_do_no_harm() {
    for declaration in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
        "<?xml version=\"1.0\"?>\r\n\r\n",
        "\u{feff}",
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>",
    ] {
        let xml = format!("{declaration}{}", Sample::default().xml(&RSA));
        is_ann(accepted(&xml));
    }
}

/// Optional parts that we don't need and that must not disturb.
#[test]
fn what_need_not_be_there_does_not_disturb() {
    let plain = Sample::default();
    let holder = "<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:holder-of-key\"><saml:SubjectConfirmationData xsi:type=\"saml:KeyInfoConfirmationDataType\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:KeyName>k</ds:KeyName><e:AgreementMethod xmlns:e=\"http://www.w3.org/2001/04/xmlenc#\"/></ds:KeyInfo></saml:SubjectConfirmationData></saml:SubjectConfirmation>";
    let samples = [
        Sample {
            response_issuer: String::new(),
            ..plain.clone()
        },
        Sample {
            response_issuer: format!(
                "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">\n  {IDP}\n</saml:Issuer>"
            ),
            issuer: format!(
                "<saml:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\">\n  {IDP}\n</saml:Issuer>"
            ),
            ..plain.clone()
        },
        Sample {
            extensions:
                "<samlp:Extensions><x:y xmlns:x=\"urn:x\" z=\"1\">t</x:y></samlp:Extensions>"
                    .to_owned(),
            ..plain.clone()
        },
        Sample {
            subject: replaced(
                &plain.subject,
                "</saml:NameID>",
                &format!("</saml:NameID>{holder}"),
            ),
            ..plain.clone()
        },
        Sample {
            conditions: replaced(
                &plain.conditions,
                "</saml:Conditions>",
                "<saml:OneTimeUse/></saml:Conditions>",
            ),
            ..plain.clone()
        },
        Sample {
            status: replaced(
                &plain.status,
                "</samlp:Status>",
                "<samlp:StatusMessage>fine</samlp:StatusMessage></samlp:Status>",
            ),
            ..plain.clone()
        },
        Sample {
            statements: replaced(
                &plain.statements,
                "SessionIndex",
                "SessionNotOnOrAfter=\"2026-03-01T18:00:00Z\" SessionIndex",
            ),
            ..plain.clone()
        },
        Sample {
            statements: replaced(
                &plain.statements,
                "<saml:AuthnContext>",
                "<saml:SubjectLocality Address=\"192.0.2.1\"/><saml:AuthnContext>",
            ),
            ..plain.clone()
        },
        Sample {
            statements: replaced(
                &plain.statements,
                "</saml:AuthnContextClassRef>",
                "</saml:AuthnContextClassRef><saml:AuthnContextDecl><x:y xmlns:x=\"urn:x\"/></saml:AuthnContextDecl><saml:AuthenticatingAuthority>https://other.example</saml:AuthenticatingAuthority>",
            ),
            ..plain.clone()
        },
        Sample {
            conditions: format!(
                "{}<saml:Advice><x:y xmlns:x=\"urn:x\">t</x:y></saml:Advice>",
                plain.conditions
            ),
            ..plain.clone()
        },
        Sample {
            subject: replaced(
                &plain.subject,
                "<saml:SubjectConfirmationData ",
                "<saml:NameID>ann</saml:NameID><saml:SubjectConfirmationData Address=\"192.0.2.1\" ",
            ),
            ..plain.clone()
        },
    ];
    for sample in samples {
        for signed in WAYS {
            is_ann(accepted(
                &Sample {
                    signed,
                    ..sample.clone()
                }
                .xml(&RSA),
            ));
        }
    }
}
