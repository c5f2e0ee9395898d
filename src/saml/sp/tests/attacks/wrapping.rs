//! Signature wrapping and exclusion ("On Breaking SAML", XSW1 to XSW8, and variants).

use super::*;

const END: &str = "</samlp:Response>";

#[test]
fn xsw1_and_xsw2_a_whole_response_beside_or_inside_the_signature() {
    let honest = signed(Signed::Response);
    let signature = signature_of(&honest);
    let forged = |into: &str| {
        let outer = replaced(&unsigned(&honest), "ID=\"_r\"", "ID=\"_evil\"");
        let outer = replaced(&outer, "ID=\"_a\"", "ID=\"_evil_a\"");
        let outer = replaced(&outer, "ann@example.com", "boss@example.com");
        replaced(&outer, "<samlp:Status>", &format!("{into}<samlp:Status>"))
    };
    // XSW1: the signature encloses the original; XSW2: the original stands beside it.
    let inside = replaced(
        &signature,
        "</ds:Signature>",
        &format!(
            "<ds:Object>{}</ds:Object></ds:Signature>",
            unsigned(&honest)
        ),
    );
    refused(&forged(&inside), Code::ResponseShape);
    let original = unsigned(&honest);
    refused(
        &forged(&format!("{original}{signature}")),
        Code::ResponseShape,
    );
    refused(
        &forged(&format!("{signature}{original}")),
        Code::ResponseShape,
    );
}

#[test]
fn xsw3_and_xsw4_a_forged_assertion_beside_or_around() {
    let honest = signed(Signed::Assertion);
    let original = assertion_of(&honest);
    let evil = evil(&original);
    for assertions in [
        format!("{evil}{original}"),
        format!("{original}{evil}"),
        replaced(
            &evil,
            "<saml:Subject>",
            &format!("{original}<saml:Subject>"),
        ),
        replaced(
            &evil,
            "</saml:Assertion>",
            &format!("{original}</saml:Assertion>"),
        ),
        replaced(
            &original,
            "</saml:Assertion>",
            &format!("{evil}</saml:Assertion>"),
        ),
    ] {
        refused(
            &replaced(&honest, &original, &assertions),
            Code::ResponseShape,
        );
    }
}

#[test]
fn xsw5_and_xsw6_the_signature_moves_to_the_forged_assertion() {
    let honest = signed(Signed::Assertion);
    let original = assertion_of(&honest);
    let signature = signature_of(&original);
    let bare = unsigned(&original);
    let evil_signed = |signature: &str| {
        replaced(
            &evil(&original),
            "<saml:Subject>",
            &format!("{signature}<saml:Subject>"),
        )
    };
    // XSW5: the original at the end; XSW6: inside the signature.
    let fifth = format!("{}{bare}", evil_signed(&signature));
    refused(&replaced(&honest, &original, &fifth), Code::ResponseShape);
    let enclosing = replaced(
        &signature,
        "</ds:Signature>",
        &format!("{bare}</ds:Signature>"),
    );
    refused(
        &replaced(&honest, &original, &evil_signed(&enclosing)),
        Code::ResponseShape,
    );
    // With the original left out the reference leads nowhere.
    refused(
        &replaced(&honest, &original, &evil_signed(&signature)),
        Code::SignaturePlace,
    );
}

#[test]
fn xsw7_and_xsw8_extensions_and_objects() {
    let honest = signed(Signed::Assertion);
    let original = assertion_of(&honest);
    let evil = evil(&original);
    let extensions = format!("<samlp:Extensions>{evil}</samlp:Extensions><samlp:Status>");
    refused(
        &replaced(&honest, "<samlp:Status>", &extensions),
        Code::ResponseShape,
    );
    let extensions = format!("<samlp:Extensions>{original}</samlp:Extensions><samlp:Status>");
    let swapped = replaced(
        &replaced(&honest, &original, &evil),
        "<samlp:Status>",
        &extensions,
    );
    refused(&swapped, Code::ResponseShape);
    let object = format!(
        "<ds:Object>{}</ds:Object></ds:Signature>",
        unsigned(&original)
    );
    let forged = replaced(&original, "ID=\"_a\"", "ID=\"_evil\"");
    let eighth = replaced(&forged, "</ds:Signature>", &object);
    refused(&replaced(&honest, &original, &eighth), Code::ResponseShape);
    let object = "<ds:Object>x</ds:Object></ds:Signature>";
    refused(
        &replaced(&honest, "</ds:Signature>", object),
        Code::SignaturePlace,
    );
}

#[test]
fn other_places_to_hide_an_original() {
    let honest = signed(Signed::Assertion);
    let original = assertion_of(&honest);
    let evil = evil(&original);
    for (before, after) in [
        (
            "<saml:Subject>",
            format!("<saml:Advice>{original}</saml:Advice><saml:Subject>"),
        ),
        ("<saml:Subject>", format!("<saml:Subject>{original}")),
        (
            "/></saml:SubjectConfirmation>",
            format!(">{original}</saml:SubjectConfirmationData></saml:SubjectConfirmation>"),
        ),
        ("Singapore HQ ", original.clone()),
    ] {
        let hidden = replaced(&evil, before, &after);
        refused(&replaced(&honest, &original, &hidden), Code::ResponseShape);
    }
    let detail = format!("<samlp:StatusDetail>{original}</samlp:StatusDetail></samlp:Status>");
    let swapped = replaced(
        &replaced(&honest, &original, &evil),
        "</samlp:Status>",
        &detail,
    );
    refused(&swapped, Code::ResponseShape);
    // The only assertion, but not in its place.
    let detail_only = replaced(
        &replaced(&honest, &original, ""),
        "</samlp:Status>",
        &detail,
    );
    refused(&detail_only, Code::ResponseShape);
}

#[test]
fn the_root_is_a_response_and_there_is_one() {
    let honest = signed(Signed::Both);
    refused(&format!("<x>{honest}</x>"), Code::ResponseShape);
    let assertion = assertion_of(&honest);
    let alone = replaced(
        &assertion,
        "<saml:Assertion",
        "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
    );
    refused(&alone, Code::ResponseShape);
    let nested = replaced(&honest, END, &format!("{honest}{END}"));
    refused(&nested, Code::ResponseForbidden);
    for (from, to) in [
        (
            "urn:oasis:names:tc:SAML:2.0:protocol",
            "urn:oasis:names:tc:SAML:1.0:protocol",
        ),
        (
            "urn:oasis:names:tc:SAML:2.0:protocol",
            "urn:oasis:names:tc:SAML:2.0:Protocol",
        ),
        (
            "urn:oasis:names:tc:SAML:2.0:assertion",
            "urn:oasis:names:tc:SAML:1.0:assertion",
        ),
        (
            "<saml:Assertion ",
            "<saml:Assertion xmlns:saml=\"urn:evil\" ",
        ),
    ] {
        refused(&replaced(&honest, from, to), Code::ResponseShape);
    }
}

#[test]
fn identifiers_are_there_once() {
    let honest = signed(Signed::Assertion);
    let original = assertion_of(&honest);
    let evil = replaced(&evil(&original), "_evil", "_a");
    refused(
        &replaced(&honest, &original, &format!("{evil}{original}")),
        Code::ResponseForbidden,
    );
    for (from, to) in [
        ("ID=\"_r\"", "ID=\"_a\""),
        ("<samlp:Status>", "<samlp:Status Id=\"_a\">"),
        ("<samlp:Status>", "<samlp:Status xml:id=\"_a\">"),
        (
            "<samlp:Status>",
            "<samlp:Status xmlns:q=\"urn:q\" q:ID=\"_a\">",
        ),
        ("<samlp:Status>", "<samlp:Status AssertionID=\"_a\">"),
        (
            "<saml:Assertion ",
            "<saml:Assertion xmlns:q=\"urn:q\" q:id=\"_a\" ",
        ),
    ] {
        refused(&replaced(&honest, from, to), Code::ResponseForbidden);
    }
    // One that only readers of prefixes tell from the real one hides that from the rest.
    let hidden = replaced(
        &honest,
        " ID=\"_a\"",
        " xmlns:q=\"urn:q\" q:ID=\"_z\" ID=\"_a\"",
    );
    refused(&hidden, Code::SignatureInvalid);
    for id in ["", "xpointer(id('_a'))", "element(/1/3)", "1a", "a b"] {
        refused(
            &replaced(&honest, "ID=\"_r\"", &format!("ID=\"{id}\"")),
            Code::ResponseShape,
        );
    }
}

#[test]
fn signatures_stand_in_their_place_and_once() {
    let honest = signed(Signed::Assertion);
    let signature = signature_of(&honest);
    let bare = unsigned(&honest);
    for (before, after) in [
        (END, format!("{signature}{END}")),
        ("<samlp:Status>", format!("{signature}<samlp:Status>")),
        (
            "<samlp:Status>",
            format!("<samlp:Extensions>{signature}</samlp:Extensions><samlp:Status>"),
        ),
        ("<saml:NameID ", format!("{signature}<saml:NameID ")),
    ] {
        refused(&replaced(&bare, before, &after), Code::SignaturePlace);
    }
    refused(
        &replaced(&honest, &signature, &signature.repeat(2)),
        Code::SignaturePlace,
    );
    // Not even one that holds, of something that may not be signed on its own.
    for signed in [Signed::Nothing, Signed::Assertion, Signed::Response] {
        let sample = Sample {
            signed,
            extensions: format!(
                "<samlp:Extensions ID=\"_x\">{}</samlp:Extensions>",
                signature_template("_x")
            ),
            ..Sample::default()
        };
        sample_refused(&sample, Code::SignaturePlace);
    }
    // Parts of a signature that stand on their own.
    let info = cut(&signature, "<ds:SignedInfo>", "</ds:SignedInfo>").1;
    let stray = replaced(
        &info,
        "<ds:SignedInfo>",
        "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">",
    );
    refused(
        &replaced(&honest, "<samlp:Status>", &format!("{stray}<samlp:Status>")),
        Code::SignaturePlace,
    );
}

#[test]
fn without_a_signature_there_is_no_login() {
    let bare = signed(Signed::Nothing);
    refused(&bare, Code::SignatureMissing);
    let honest = signed(Signed::Assertion);
    refused(&unsigned(&honest), Code::SignatureMissing);
    let empty = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/><saml:Subject>";
    refused(
        &replaced(&bare, "<saml:Subject>", empty),
        Code::SignaturePlace,
    );
    let info = cut(&honest, "<ds:SignedInfo>", "</ds:SignedInfo>").1;
    refused(
        &replaced(&honest, &info, "<ds:SignedInfo/>"),
        Code::SignaturePlace,
    );
    let reference = cut(&honest, "<ds:Reference ", "</ds:Reference>").1;
    refused(&replaced(&honest, &reference, ""), Code::SignaturePlace);
    // In another namespace it is none.
    let other = replaced(
        &honest,
        "http://www.w3.org/2000/09/xmldsig#",
        "http://www.w3.org/2000/09/xmldsig",
    );
    refused(&other, Code::SignatureMissing);
}

#[test]
fn every_signature_must_hold() {
    // A response that is signed well around an assertion whose own signature was touched.
    let inner = signed(Signed::Assertion);
    let broken = replaced(&inner, "ann@example.com", "boss@example.com");
    let signature = replaced(&signature_template("_r"), "_r", "_r");
    let template = replaced(
        &broken,
        "</saml:Issuer>",
        &format!("</saml:Issuer>{signature}"),
    );
    refused(&sign(&template, &RSA), Code::SignatureInvalid);
    // Somebody else's signature in the assertion, a good one around it.
    let foreign = Sample::default().xml(&FOREIGN);
    let template = replaced(
        &foreign,
        "</saml:Issuer>",
        &format!("</saml:Issuer>{signature}"),
    );
    refused(&sign(&template, &RSA), Code::SignatureInvalid);
    // And the other way round: the response's fields were changed after it was signed.
    let both = signed(Signed::Both);
    let status = replaced(&both, "<samlp:Status>", "<samlp:Status> ");
    refused(&status, Code::SignatureInvalid);
}

/// The response around a signed assertion can be rewritten by anyone: it may refuse, never permit.
#[test]
fn the_unsigned_response_decides_nothing() {
    let mut sample = Sample::default();
    sample.subject = replaced(&sample.subject, REQUEST, "_other");
    sample_refused(&sample, Code::AssertionConfirmation);
    let sample = Sample {
        issuer: "<saml:Issuer>https://other.example</saml:Issuer>".to_owned(),
        ..Sample::default()
    };
    sample_refused(&sample, Code::AssertionIssuer);
}
