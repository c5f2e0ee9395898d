//! What a tree refuses, and how its names are compared.

use super::*;

fn parse(text: &str) -> Result<Tree<'_>, XmlError> {
    Tree::parse(text, &Limits::RESPONSE)
}

#[test]
fn names_are_compared_whole() {
    let tree = parse("<p:a xmlns:p='urn:x' xmlns:q='urn:y' q:ID='1' ID='2'><a/></p:a>").unwrap();
    let root = tree.root();
    assert!(root.is("urn:x", "a") && !root.is("urn:y", "a"));
    assert_eq!(root.attribute("ID"), Some("2"));
    assert_eq!(root.attribute_ns("urn:y", "ID"), Some("1"));
    assert!(root.only_child("urn:x", "a").is_none());
}

#[test]
fn text_is_never_cut() {
    let tree = parse("<a>x<![CDATA[<y>]]>&amp;z</a>").unwrap();
    assert_eq!(tree.root().text().unwrap(), "x<y>&z");
    let tree = parse("<a>x<b/>y</a>").unwrap();
    assert_eq!(tree.root().text(), None);
}

#[test]
fn relative_namespaces_and_repeated_ids_are_refused() {
    for text in [
        "<a xmlns='rel/ative'/>",
        "<a xmlns:p='x'/>",
        "<a ID='1'><b ID='1'/></a>",
        "<a ID='1'><b Id='1'/></a>",
        "<a xml:id='1'><b AssertionID='1'/></a>",
        "<a ID='1' xmlns:q='urn:q'><b q:ID='1'/></a>",
        "<a ID='1' xmlns:q='urn:q' q:iD='1'/>",
    ] {
        assert!(matches!(parse(text), Err(XmlError::Forbidden(_))), "{text}");
    }
}

/// The longest is let in, however it is declared, and one byte more is not.
#[test]
fn a_namespace_name_has_its_bound() {
    let name = |length: usize| format!("urn:{}", "x".repeat(length - 4));
    for declares in ["xmlns", "xmlns:p"] {
        let with = |length| format!("<a {declares}='{}'/>", name(length));
        assert!(parse(&with(256)).is_ok(), "{declares}");
        assert_eq!(
            parse(&with(257)).err(),
            Some(XmlError::Forbidden(
                "a namespace name over 256 bytes".to_owned()
            )),
            "{declares}"
        );
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "",
        "x",
        "<a>",
        "<a/><b/>",
        "<a/>x",
        "<a x='1' x='2'/>",
        "<p:a/>",
        "<:a/>",
        "<a:/>",
        "<p:a:b xmlns:p='urn:x'/>",
        "<a :b='1'/>",
        "<a b:='1'/>",
        "<a xmlns:p='urn:x' p:1='1'/>",
        "<p:-a xmlns:p='urn:x'/>",
        "<xmlns:a/>",
        "<p:.a xmlns:p='urn:x'/>",
        "<p:\u{b7}a xmlns:p='urn:x'/>",
        "<a>&x;</a>",
        "<a>\u{1}</a>",
        "<a xmlns:p=''/>",
        "<a xmlns:xml='urn:x'/>",
        "<a xmlns:xmlns='urn:x'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

/// The parser refuses some of these already; each must be seen here as well.
#[test]
fn each_name_is_judged_by_itself() {
    for (prefix, local, whole) in [
        (None, "a", true),
        (Some("p"), "a", true),
        (Some(""), "a", false),
        (Some("p"), "", false),
        (Some("p:q"), "a", false),
        (None, "a:b", false),
    ] {
        let name = QName {
            namespace_uri: None,
            prefix: prefix.map(Into::into),
            local_name: local.into(),
        };
        assert_eq!(is_whole(&name), whole, "{prefix:?} {local}");
    }
    let long = format!("urn:{}", "x".repeat(LONGEST_NAMESPACE));
    for (prefix, uri, told) in [
        ("", "", ""),
        ("p", "u+r-n.1:x", ""),
        ("xml", XML_NS, ""),
        ("", XML_NS, "may not be"),
        ("p", XMLNS_NS, "may not be"),
        ("xml", "urn:x", "may not be"),
        ("p", "", "may not be"),
        ("p", &long, "over 256 bytes"),
        ("", "x", "no absolute URI"),
        ("", "1urn:x", "no absolute URI"),
        ("", "u rn:x", "no absolute URI"),
    ] {
        let problem = check_declaration(prefix, uri).err();
        let problem = problem.map_or_else(String::new, |problem| problem.to_string());
        assert!(problem.contains(told), "{prefix} {uri}: {problem}");
        assert_eq!(
            problem.is_empty(),
            told.is_empty(),
            "{prefix} {uri}: {problem}"
        );
    }
    for name in ["ID", "iD", "AssertionID", "ResponseID", "RequestID"] {
        assert!(names_an_id(name), "{name}");
    }
    assert!(!names_an_id("AssertionIDRef"));
    let (one, other) = (parse("<a/>").unwrap(), parse("<a/>").unwrap());
    assert!(one.root() == one.root() && one.root() != other.root());
}
