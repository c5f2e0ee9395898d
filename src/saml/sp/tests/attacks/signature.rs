//! What a signature may say: algorithms, transforms, references, keys.

use super::*;

/// The sample with this in its signature in place of that, signed afterwards.
#[track_caller]
fn resigned(from: &str, to: &str) -> String {
    sign(&replaced(&Sample::default().template(), from, to), &RSA)
}

const METHOD: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str =
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
const EXC_STEP: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";

#[test]
fn keys_other_than_the_trusted_decide_nothing() {
    let ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    for (pair, method) in [(&*FOREIGN, METHOD), (&*EC, ecdsa)] {
        let key_info = format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
            pair.certificate_base64()
        );
        let sample = Sample {
            signature_method: method,
            key_info,
            ..Sample::default()
        };
        refused(&sample.xml(pair), Code::SignatureInvalid);
    }
}

#[test]
fn keys_may_not_be_elsewhere() {
    for inside in [
        "<ds:RetrievalMethod URI=\"http://127.0.0.1:9/key\"/>",
        "<ds:RetrievalMethod URI=\"#_a\" Type=\"http://www.w3.org/2000/09/xmldsig#X509Data\"/>",
        "<x:KeyInfoReference xmlns:x=\"http://www.w3.org/2009/xmldsig11#\" URI=\"#_a\"/>",
        "<x:EncryptedKey xmlns:x=\"http://www.w3.org/2001/04/xmlenc#\"><x:CipherData><x:CipherReference URI=\"file:///etc/passwd\"/></x:CipherData></x:EncryptedKey>",
    ] {
        let sample = Sample {
            key_info: format!("<ds:KeyInfo>{inside}</ds:KeyInfo>"),
            ..Sample::default()
        };
        sample_refused(&sample, Code::SignaturePlace);
    }
}

#[test]
fn weak_and_confused_algorithms() {
    for method in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2009/xmldsig11#dsa-sha256",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
        "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
        "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
        " http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "none",
        "",
    ] {
        refused(&resigned(METHOD, method), Code::SignatureAlgorithm);
    }
    for digest in [
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
        "http://www.w3.org/2001/04/xmlenc#ripemd160",
        "",
    ] {
        refused(&resigned(SHA256, digest), Code::SignatureAlgorithm);
    }
    // ECDSA said of an RSA signature, and the other way round.
    let ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    let confused = replaced(&Sample::default().xml(&RSA), METHOD, ecdsa);
    refused(&confused, Code::SignatureInvalid);
    let truncated = "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>";
    let plain = format!("<ds:SignatureMethod Algorithm=\"{METHOD}\"/>");
    refused(&resigned(&plain, truncated), Code::SignaturePlace);
}

#[test]
fn canonicalisation_is_exclusive_and_without_comments() {
    for c14n in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "",
    ] {
        let method = format!("<ds:CanonicalizationMethod Algorithm=\"{c14n}\"/>");
        let plain = format!("<ds:CanonicalizationMethod Algorithm=\"{EXC}\"/>");
        refused(&resigned(&plain, &method), Code::SignatureAlgorithm);
        let step = format!("<ds:Transform Algorithm=\"{c14n}\"/>");
        refused(&resigned(EXC_STEP, &step), Code::SignatureAlgorithm);
    }
    let child =
        format!("<ds:CanonicalizationMethod Algorithm=\"{EXC}\"><x/></ds:CanonicalizationMethod>");
    let plain = format!("<ds:CanonicalizationMethod Algorithm=\"{EXC}\"/>");
    refused(&resigned(&plain, &child), Code::SignatureAlgorithm);
}

#[test]
fn transforms_are_exactly_two() {
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>not(ancestor-or-self::saml:NameID)</ds:XPath></ds:Transform>";
    let filter = "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\"/>";
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/></ds:Transform>";
    let base64 = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\"/>";
    let both = format!("{ENVELOPED}{EXC_STEP}");
    for steps in [
        String::new(),
        ENVELOPED.to_owned(),
        EXC_STEP.to_owned(),
        format!("{EXC_STEP}{ENVELOPED}"),
        format!("{ENVELOPED}{ENVELOPED}"),
        format!("{both}{EXC_STEP}"),
        format!("{ENVELOPED}{xpath}"),
        format!("{xpath}{EXC_STEP}"),
        format!("{ENVELOPED}{xpath}{EXC_STEP}"),
        format!("{both}{filter}"),
        format!("{both}{xslt}"),
        format!("{both}{base64}"),
        format!("{ENVELOPED}{xslt}"),
        replaced(
            &both,
            "signature\"/>",
            "signature\"><ds:XPath>1</ds:XPath></ds:Transform>",
        ),
        replaced(&both, "<ds:Transform ", "<x:Transform xmlns:x=\"urn:x\" "),
    ] {
        refused(&resigned(&both, &steps), Code::SignatureAlgorithm);
    }
    let list = format!("<ds:Transforms>{both}</ds:Transforms>");
    let left_out = replaced(&Sample::default().template(), &list, "");
    refused(&left_out, Code::SignaturePlace);
}

#[test]
fn references_are_to_the_parent_and_one() {
    for uri in [
        "",
        "#",
        "_a",
        "#_r",
        "#_other",
        "#_a ",
        "#xpointer(/)",
        "#xpointer(id('_a'))",
        "#_a#_a",
        "http://127.0.0.1:9/x#_a",
        "file:///etc/passwd",
        "Cargo.toml",
        "cid:x",
    ] {
        let reference = format!("URI=\"{uri}\"");
        refused(&resigned("URI=\"#_a\"", &reference), Code::SignaturePlace);
    }
    refused(&resigned(" URI=\"#_a\"", ""), Code::SignaturePlace);
    let honest = Sample::default().xml(&RSA);
    let reference = cut(&honest, "<ds:Reference ", "</ds:Reference>").1;
    for doubled in [
        reference.repeat(2),
        format!("{reference}{}", replaced(&reference, "#_a", "#_r")),
        format!("<ds:Manifest>{reference}</ds:Manifest>"),
    ] {
        refused(
            &replaced(&honest, &reference, &doubled),
            Code::SignaturePlace,
        );
    }
}

/// Verifiers that look attributes up by local name read the first of these: another
/// file is opened, another transform runs, before any signature is checked.
#[test]
fn attributes_of_a_signature_have_no_namespace() {
    let decoy = |name: &str, value: &str| format!("xmlns:q=\"urn:q\" q:{name}=\"{value}\" ");
    for (before, name, value) in [
        ("URI=\"#_a\"", "URI", "Cargo.toml"),
        ("URI=\"#_a\"", "URI", "#_r"),
        (
            "Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped",
            "Algorithm",
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
        ),
        (
            "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"",
            "Algorithm",
            "http://www.w3.org/2000/09/xmldsig#sha1",
        ),
        (
            "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa",
            "Algorithm",
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        ),
    ] {
        let with = format!("{}{before}", decoy(name, value));
        refused(&resigned(before, &with), Code::SignaturePlace);
    }
}

#[test]
fn a_signature_has_its_parts_in_order_and_nothing_else() {
    let honest = Sample::default().xml(&RSA);
    let value = cut(&honest, "<ds:SignatureValue>", "</ds:SignatureValue>").1;
    for (from, to) in [
        (&*value, String::new()),
        (&value, value.repeat(2)),
        (&value, format!("{value}<ds:KeyInfo/><ds:KeyInfo/>")),
        (&value, format!("{value}<ds:Object/>")),
        (&value, format!("{value}<ds:KeyInfo/><ds:Object/>")),
        (&value, format!("{value}<x:KeyInfo xmlns:x=\"urn:x\"/>")),
        ("<ds:SignatureValue>", "<ds:SignatureValue><x/>".to_owned()),
        ("<ds:DigestValue>", "<ds:DigestValue><x/>".to_owned()),
    ] {
        refused(&replaced(&honest, from, &to), Code::SignaturePlace);
    }
    // In a part's place another element, also one that a lenient reader would take for it.
    for part in [
        "SignedInfo",
        "SignatureValue",
        "CanonicalizationMethod",
        "SignatureMethod",
        "Reference",
        "Transforms",
        "DigestMethod",
        "DigestValue",
    ] {
        for other in ["ds:Object", "Object", "q:Object"] {
            let renamed = honest
                .replace(
                    &format!("<ds:{part}"),
                    &format!("<{other} xmlns:q=\"urn:q\""),
                )
                .replace(&format!("</ds:{part}>"), &format!("</{other}>"));
            assert_ne!(renamed, honest, "{part}");
            refused(&renamed, Code::SignaturePlace);
        }
    }
}

/// Two in one element and one around it: none of them is looked at.
#[test]
fn there_are_two_signatures_at_most() {
    let both = Sample {
        signed: Signed::Both,
        ..Sample::default()
    };
    let honest = both.xml(&RSA);
    accepted(&honest);
    let (before, inside) = honest.split_once("<saml:Assertion ").unwrap();
    let (_, again) = cut(inside, "<ds:Signature ", "</ds:Signature>");
    let third = format!(
        "{before}<saml:Assertion {}",
        replaced(inside, &again, &again.repeat(2))
    );
    refused(&third, Code::SignaturePlace);
}

#[test]
fn methods_have_no_parameters() {
    let digest = format!("<ds:DigestMethod Algorithm=\"{SHA256}\"");
    let with = |parameter: &str| {
        resigned(
            &format!("{digest}/>"),
            &format!("{digest}>{parameter}</ds:DigestMethod>"),
        )
    };
    refused(&with("<ds:Object/>"), Code::SignaturePlace);
    let listed = |attribute: &str| {
        let list = format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXC}\"{attribute}/>");
        let times = if attribute.contains("twice") { 2 } else { 1 };
        let step = EXC_STEP.replace("/>", &format!(">{}</ds:Transform>", list.repeat(times)));
        resigned(EXC_STEP, &step)
    };
    let prefixes = |count: usize| {
        let names: Vec<_> = (0..count).map(|n| format!("p{n}")).collect();
        format!(" PrefixList=\"{}\"", names.join(" "))
    };
    accepted(&listed(" PrefixList=\"\""));
    accepted(&listed(&prefixes(64)));
    for other in [
        "",
        " PrefixsLit=\"xs\"",
        " PrefixList=\"twice\"",
        &prefixes(65),
    ] {
        refused(&listed(other), Code::SignatureAlgorithm);
    }
}

#[test]
fn what_was_changed_after_signing_does_not_hold() {
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        let honest = Sample {
            signed,
            ..Sample::default()
        }
        .xml(&RSA);
        for (from, to) in [
            ("ann@example.com", "boss@example.com"),
            ("Singapore HQ ", "Singapore HQ"),
            ("Name=\"department\"", "Name=\"roles\""),
            ("<saml:AttributeStatement>", "<saml:AttributeStatement> "),
            ("SessionIndex=\"s\"", "SessionIndex=\"t\""),
        ] {
            refused(&replaced(&honest, from, to), Code::SignatureInvalid);
        }
        for (element, mark) in [
            ("DigestValue", "<ds:DigestValue>"),
            ("SignatureValue", "<ds:SignatureValue>"),
        ] {
            let at = honest.find(mark).unwrap() + mark.len();
            let first = &honest[at..=at];
            let other = if first == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &honest[..at], &honest[at + 1..]);
            refused(&changed, Code::SignatureInvalid);
            let emptied = cut(&honest, mark, &format!("</ds:{element}>")).1;
            let emptied = replaced(&honest, &emptied, &format!("<ds:{element}></ds:{element}>"));
            refused(&emptied, Code::SignatureInvalid);
        }
    }
}
