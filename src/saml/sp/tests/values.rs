//! The NameID and the attributes arrive byte for byte, whatever they hold.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn department(written: &str) -> Vec<String> {
    let verified = accepted(&Sample::with_value(written).xml(&RSA));
    verified.attributes().values("department").to_vec()
}

#[test]
fn a_value_is_read_byte_for_byte() {
    for (written, meant) in [
        (
            "AT&amp;T &lt;b&gt; &quot;x&quot; &apos;y&apos;",
            "AT&T <b> \"x\" 'y'",
        ),
        (
            "<![CDATA[<roles>admin</roles> & co]]>",
            "<roles>admin</roles> & co",
        ),
        ("a<![CDATA[b]]>c&#100;", "abcd"),
        ("]]&gt;", "]]>"),
        ("&#13;&#10;&#9;x", "\r\n\tx"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        (
            "  leading and trailing\u{a0} \n",
            "  leading and trailing\u{a0} \n",
        ),
        ("東京オフィス", "東京オフィス"),
        ("Ｓｉｎｇａｐｏｒｅ　ＨＱ", "Ｓｉｎｇａｐｏｒｅ　ＨＱ"),
        ("👩\u{200d}🔬 &#x1F1F8;&#x1F1EC;", "👩\u{200d}🔬 🇸🇬"),
        ("e\u{301} \u{e9} \u{202e}abc", "e\u{301} \u{e9} \u{202e}abc"),
        ("&amp;lt;script&amp;gt;", "&lt;script&gt;"),
        ("\u{85}\u{2028}", "\u{85}\u{2028}"),
        ("", ""),
        (" ", " "),
    ] {
        assert_eq!(department(written), [meant], "{written}");
        // And the same when the whole response is signed.
        let sample = Sample {
            signed: Signed::Both,
            ..Sample::with_value(written)
        };
        assert_eq!(
            accepted(&sample.xml(&RSA))
                .attributes()
                .values("department"),
            [meant]
        );
    }
}

#[test]
fn a_name_id_is_read_byte_for_byte() {
    for (written, meant) in [
        (" ann@example.com\n", " ann@example.com\n"),
        ("a&amp;b", "a&b"),
        ("<![CDATA[ann]]>@example.com", "ann@example.com"),
        ("ａｎｎ", "ａｎｎ"),
        ("ann&#13;", "ann\r"),
    ] {
        let mut sample = Sample::default();
        sample.subject = replaced(&sample.subject, "ann@example.com", written);
        let identity = accepted(&sample.xml(&RSA)).into_identity("hq".parse().unwrap());
        assert_eq!(identity.name_id.value, meant, "{written}");
    }
}

#[test]
fn names_and_formats_are_read_byte_for_byte() {
    let sample = Sample {
        attributes: "<saml:AttributeStatement><saml:Attribute Name=\" a&amp;b&#9;\u{65e5} \" FriendlyName=\"f\"><saml:AttributeValue>1</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>".to_owned(),
        ..Sample::default()
    };
    let verified = accepted(&sample.xml(&RSA));
    assert_eq!(verified.attributes().values(" a&b\t\u{65e5} "), ["1"]);
    let identity = verified.into_identity("hq".parse().unwrap());
    assert_eq!(
        identity.name_id.format.as_deref(),
        Some("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")
    );
}

/// An attribute's value with real line breaks in it is normalised as XML 1.0 §3.3.3 says,
/// and both verifiers see the same.
#[test]
fn attribute_values_are_normalised_as_xml_demands() {
    let sample = Sample {
        attributes: "<saml:AttributeStatement><saml:Attribute Name=\"a\r\nb\tc\rd\ne\"><saml:AttributeValue>1</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>".to_owned(),
        ..Sample::default()
    };
    let verified = accepted(&sample.xml(&RSA));
    assert_eq!(verified.attributes().values("a b c d e"), ["1"]);
}

#[test]
fn values_of_every_style_are_read() {
    let sample = Sample {
        attributes: "<saml:AttributeStatement>\
            <saml:Attribute Name=\"typed\"><saml:AttributeValue xsi:type=\"xs:string\">x</saml:AttributeValue></saml:Attribute>\
            <saml:Attribute Name=\"groups\"><saml:AttributeValue>g1</saml:AttributeValue>\n<saml:AttributeValue>g2</saml:AttributeValue></saml:Attribute>\
            <saml:Attribute Name=\"nil\"><saml:AttributeValue xsi:nil=\"true\"/></saml:Attribute>\
            <saml:Attribute Name=\"none\"/>\
            <saml:Attribute Name=\"targeted\"><saml:AttributeValue><saml:NameID NameQualifier=\"q\">opaque</saml:NameID></saml:AttributeValue></saml:Attribute>\
            <saml:Attribute Name=\"complex\"><saml:AttributeValue><x:y xmlns:x=\"urn:x\"><x:z>no</x:z></x:y></saml:AttributeValue></saml:Attribute>\
            </saml:AttributeStatement>\
            <saml:AttributeStatement>\
            <saml:Attribute Name=\"groups\"><saml:AttributeValue>g3</saml:AttributeValue></saml:Attribute>\
            </saml:AttributeStatement>".to_owned(),
        ..Sample::default()
    };
    let verified = accepted(&sample.xml(&RSA));
    let attributes = verified.attributes();
    assert_eq!(attributes.values("typed"), ["x"]);
    assert_eq!(attributes.values("groups"), ["g1", "g2", "g3"]);
    assert_eq!(attributes.values("targeted"), ["opaque"]);
    for empty in ["nil", "none", "complex"] {
        assert_eq!(attributes.values(empty), [""; 0], "{empty}");
    }
}

#[test]
fn many_groups_fit_and_too_many_are_refused() {
    let with = |count: usize| {
        let values = several(count, |n| {
            format!("<saml:AttributeValue>g{n}</saml:AttributeValue>")
        });
        let attributes = format!(
            "<saml:AttributeStatement><saml:Attribute Name=\"g\">{values}</saml:Attribute></saml:AttributeStatement>"
        );
        Sample {
            attributes,
            ..Sample::default()
        }
    };
    let verified = accepted(&with(3_000).xml(&RSA));
    assert_eq!(verified.attributes().values("g").len(), 3_000);
    let verified = accepted(&with(4_096).xml(&RSA));
    assert_eq!(verified.attributes().values("g").len(), 4_096);
    sample_refused(&with(4_097), Code::AssertionAttributes);
    let named = |count: usize| {
        let names = several(count, |n| format!("<saml:Attribute Name=\"a{n}\"/>"));
        Sample {
            attributes: format!("<saml:AttributeStatement>{names}</saml:AttributeStatement>"),
            ..Sample::default()
        }
    };
    accepted(&named(256).xml(&RSA));
    sample_refused(&named(257), Code::AssertionAttributes);
    let unnamed = Sample {
        attributes: "<saml:AttributeStatement><saml:Attribute/></saml:AttributeStatement>"
            .to_owned(),
        ..Sample::default()
    };
    sample_refused(&unnamed, Code::AssertionAttributes);
}

/// Any text that XML can carry, as an identity provider's own writer would write it.
fn written(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '\r' => "&#13;".to_owned(),
            other => other.to_string(),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_as_it_was_written(
        name in any::<String>().prop_map(|text| carried(&text)).prop_filter("a name is not blank", |name| !name.trim().is_empty()),
        value in any::<String>().prop_map(|text| carried(&text)),
        whole in any::<bool>(),
    ) {
        let mut sample = Sample::with_value(&written(&value));
        swap(&mut sample.subject, "ann@example.com", &written(&name));
        if whole {
            sample.signed = Signed::Response;
        }
        let verified = accepted(&sample.xml(&RSA));
        prop_assert_eq!(verified.attributes().values("department"), [value]);
        let identity = verified.into_identity("hq".parse().unwrap());
        prop_assert_eq!(identity.name_id.value, name);
    }
}

fn carried(text: &str) -> String {
    text.chars()
        .filter(|&character| crate::saml::xml::xml_can_carry(character))
        .collect()
}
