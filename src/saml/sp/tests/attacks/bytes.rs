//! Attacks on the parser, and on those who read what another parser saw differently.

use super::*;

#[test]
fn nothing_but_elements_and_text() {
    let honest = Sample::default().xml(&RSA);
    let after_name = "ann@example.com";
    for (from, to) in [
        // Canonicalisation drops comments, so the signature still holds: only the gate stops it.
        (after_name, "ann@example.com<!---->.evil.example"),
        (after_name, "ann<!-- x -->@example.com"),
        ("<saml:Subject>", "<!-- x --><saml:Subject>"),
        (after_name, "ann@example.com<?x y?>"),
        (
            "<saml:Subject>",
            "<?xml-stylesheet href='file:///etc/passwd'?><saml:Subject>",
        ),
        ("</samlp:Response>", "</samlp:Response><!-- x -->"),
        ("</samlp:Response>", "</samlp:Response><?x?>"),
    ] {
        refused(&replaced(&honest, from, to), Code::ResponseForbidden);
    }
    for prologue in [
        "<!DOCTYPE x>",
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">",
        "<!DOCTYPE x [<!ENTITY a \"b\">]>",
        "<!DOCTYPE x [<!ENTITY a SYSTEM \"http://127.0.0.1:9/\">]>",
        "<!DOCTYPE x [<!ENTITY % a SYSTEM \"http://127.0.0.1:9/\"> %a;]>",
        "<!DOCTYPE x [<!ATTLIST saml:Assertion ID ID #IMPLIED>]>",
        "<!-- x -->",
        "<?xml-stylesheet href='x'?>",
        "<?xml version=\"1.1\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-16\"?>",
        "<?xml version=\"1.0\" encoding=\"UTF-7\"?>",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
    ] {
        refused(&format!("{prologue}{honest}"), Code::ResponseForbidden);
    }
    // Included text would be read by nobody here, and the element stays what it is: changed content.
    let include = "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/>";
    refused(
        &replaced(&honest, "Singapore HQ ", include),
        Code::SignatureInvalid,
    );
}

#[test]
fn what_is_not_well_formed_is_refused_as_such() {
    let honest = Sample::default().xml(&RSA);
    for (from, to) in [
        ("</samlp:Response>", ""),
        ("</samlp:Response>", "</samlp:Response>x"),
        ("</samlp:Response>", "</samlp:Response><x/>"),
        ("</samlp:Response>", "</samlp:Response></x>"),
        ("Version=\"2.0\"", "Version=\"2.0\" Version=\"2.0\""),
        (
            " Version=\"2.0\"",
            " xmlns:p=\"urn:p\" xmlns:q=\"urn:p\" p:a=\"1\" q:a=\"2\" Version=\"2.0\"",
        ),
        ("ann@", "&evil;@"),
        ("ann@", "&#0;@"),
        ("ann@", "&#x1;@"),
        ("ann@", "&#xD800;@"),
        ("ann@", "&#x110000;@"),
        ("ann@", "\u{1}@"),
        ("ann@", "\u{ffff}@"),
        ("ann@", "]]>@"),
        ("ann@", "& @"),
        ("Name=\"department\"", "Name=\"a<b\""),
        ("Name=\"department\"", "Name=department"),
        ("<saml:Subject>", "<undeclared:x/><saml:Subject>"),
        ("<saml:Subject>", "<saml:Subject xmlns:x=\"\">"),
        ("<saml:Subject>", "<saml:Subject xmlns:xml=\"urn:x\">"),
        ("<saml:Subject>", "<saml:Subject xmlns:xmlns=\"urn:x\">"),
    ] {
        refused(&replaced(&honest, from, to), Code::ResponseMalformed);
    }
    for text in [
        "",
        " ",
        "x",
        "<",
        "<x",
        "{\"SAMLResponse\":1}",
        "<?xml version=\"1.0\"?>",
    ] {
        refused(text, Code::ResponseMalformed);
    }
    let second_declaration = format!("{honest}<?xml version=\"1.0\"?>");
    refused(&second_declaration, Code::ResponseMalformed);
    refused(
        &format!(" <?xml version=\"1.0\"?>{honest}"),
        Code::ResponseMalformed,
    );
}

#[test]
fn namespaces_are_absolute_and_names_whole() {
    let honest = Sample::default().xml(&RSA);
    for declaration in [
        "xmlns:x=\"x\"",
        "xmlns:x=\"../x\"",
        "xmlns=\"a/b\"",
        "xmlns:x=\"//h/x\"",
        "xmlns:x=\"1:x\"",
    ] {
        let with = format!("<samlp:Status {declaration}>");
        refused(
            &replaced(&honest, "<samlp:Status>", &with),
            Code::ResponseForbidden,
        );
    }
    // The same local names in another namespace are not what they look like.
    for name in ["Assertion", "EncryptedAssertion", "Response"] {
        let alike = format!("<x:{name} xmlns:x=\"urn:x\"/><samlp:Status>");
        refused(
            &replaced(&honest, "<samlp:Status>", &alike),
            Code::ResponseShape,
        );
    }
    // Even signed by the identity provider itself they are not read.
    for (field, alike) in [
        (
            "conditions",
            "<x:Conditions xmlns:x=\"urn:x\" NotOnOrAfter=\"2099-01-01T00:00:00Z\"/>",
        ),
        (
            "statements",
            "<x:AuthnStatement xmlns:x=\"urn:x\" AuthnInstant=\"2026-03-01T09:59:58Z\"/>",
        ),
        (
            "issuer",
            "<x:Issuer xmlns:x=\"urn:x\">https://idp.example/entity</x:Issuer>",
        ),
    ] {
        let mut sample = Sample::default();
        match field {
            "conditions" => sample.conditions = alike.to_owned(),
            "statements" => sample.statements = alike.to_owned(),
            _ => sample.issuer = alike.to_owned(),
        }
        sample_refused(&sample, Code::ResponseShape);
    }
}

#[test]
fn size_depth_and_counts_are_bounded() {
    let honest = Sample::default().xml(&RSA);
    let with = |bulk: String| replaced(&honest, "Singapore HQ ", &bulk);
    for bulk in [
        format!("{}{}", "<x>".repeat(70), "</x>".repeat(70)),
        "<x/>".repeat(9_000),
        format!("<x xmlns:p=\"urn:{}\"/>", "x".repeat(253)),
        format!("<x{}/>", several(65, |n| format!(" a{n}=\"\""))),
        several(80, |n| {
            let own = several(60, |m| format!(" xmlns:p{n}p{m}=\"urn:x\""));
            format!("<x{own}/>")
        }),
    ] {
        refused(&with(bulk), Code::ResponseForbidden);
    }
    refused(&with("x".repeat(260 * 1024)), Code::ResponseTooLarge);
    // A very deep document is counted, not followed: no stack is at risk.
    refused(&"<x>".repeat(60_000), Code::ResponseForbidden);
}

/// Line breaks in it don't count for what it says, but for its size they do.
#[test]
fn the_largest_parameter_is_read_and_one_byte_more_is_not() {
    let parameter = encode(&Sample::default().xml(&RSA));
    let padded = |size: usize| format!("{parameter}{}", "\n".repeat(size - parameter.len()));
    verify_at(&padded(512 * 1024), &[&RSA], now()).unwrap();
    let refusal = verify_at(&padded(512 * 1024 + 1), &[&RSA], now()).unwrap_err();
    assert_eq!(refusal.code, Code::ResponseTooLarge);
}

#[test]
fn the_parameter_is_base64_of_utf8() {
    let honest = Sample::default().xml(&RSA);
    let utf16: Vec<u8> = honest.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = base64::Engine::encode(
        &base64::prelude::BASE64_STANDARD,
        [&[0xff, 0xfe][..], &utf16].concat(),
    );
    let latin = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, b"<x>\xe9</x>");
    let parameter = encode(&honest);
    for text in [
        utf16,
        latin,
        honest,
        "***".to_owned(),
        format!("{parameter}*"),
        format!("{}=A", parameter.trim_end_matches('=')),
        format!("={parameter}"),
        parameter.replacen('P', " ", 1),
        parameter.replace('+', "-").replace('/', "_") + "_",
    ] {
        let refusal = verify_at(&text, &[&RSA], now()).unwrap_err();
        assert_eq!(refusal.code, Code::ResponseMalformed, "{text:.80}");
    }
}

#[test]
fn encrypted_assertions_are_named() {
    let honest = Sample::default().xml(&RSA);
    let original = assertion_of(&honest);
    let encrypted = "<saml:EncryptedAssertion><x:EncryptedData xmlns:x=\"http://www.w3.org/2001/04/xmlenc#\"/></saml:EncryptedAssertion>";
    refused(
        &replaced(&honest, &original, encrypted),
        Code::ResponseEncrypted,
    );
    refused(
        &replaced(&honest, &original, &format!("{original}{encrypted}")),
        Code::ResponseShape,
    );
}
