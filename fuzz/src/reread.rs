//! The gate's promises, read again by another parser (`roxmltree`), which knows nothing of the gate.

use std::collections::HashSet;

use flexbridge::saml::xml::normalised;
use roxmltree::{Document, Node};

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXC: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// What the gate let through must look like this to anybody.
pub fn hold(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("UTF-8");
    let text = normalised(text);
    let document = Document::parse(&text).expect("well-formed to others, too");
    let root = document.root_element();
    assert!(root.has_tag_name((PROTOCOL, "Response")));
    let mut ids = HashSet::new();
    let mut assertions = Vec::new();
    for node in document.descendants() {
        assert!(
            !node.is_comment() && !node.is_pi(),
            "a comment or instruction"
        );
        if node.is_element() {
            element(node, &mut ids, &mut assertions);
        }
    }
    let [assertion] = *assertions else {
        panic!("{} assertions", assertions.len());
    };
    assert_eq!(assertion.parent(), Some(root));
    signatures(root, assertion);
}

fn element<'a, 'input>(
    node: Node<'a, 'input>,
    ids: &mut HashSet<&'a str>,
    assertions: &mut Vec<Node<'a, 'input>>,
) {
    assert!(node.ancestors().count() <= 66, "deeper than 64");
    for attribute in node.attributes() {
        if attribute.name().eq_ignore_ascii_case("id") {
            assert!(ids.insert(attribute.value()), "the same ID twice");
        }
    }
    for namespace in node.namespaces() {
        assert!(namespace.uri().contains(':') || namespace.uri().is_empty());
    }
    let name = node.tag_name();
    if matches!(name.name(), "Assertion" | "EncryptedAssertion") {
        assert_eq!(name.namespace(), Some(ASSERTION));
        assertions.push(node);
    }
}

fn signatures(root: Node<'_, '_>, assertion: Node<'_, '_>) {
    let is_signature = |node: &Node<'_, '_>| node.has_tag_name((DSIG, "Signature"));
    let found: Vec<_> = root.descendants().filter(is_signature).collect();
    let encrypted = assertion.has_tag_name((ASSERTION, "EncryptedAssertion"));
    assert!(found.len() <= 2 && (encrypted || !found.is_empty()));
    let mut parents = HashSet::new();
    for signature in found {
        let parent = signature.parent().expect("an element above");
        assert!(parent == root || parent == assertion && !encrypted);
        assert!(parents.insert(parent.id()), "two signatures of one element");
        let id = parent.attribute("ID").expect("what is signed has an ID");
        assert!(!id.contains(['(', '/', ' ', '\'', '"']));
        let inside = |name: &'static str| {
            let all = signature.descendants();
            all.filter(move |node| node.has_tag_name((DSIG, name)))
        };
        let references: Vec<_> = inside("Reference").collect();
        assert_eq!(references.len(), 1);
        assert_eq!(references[0].attribute("URI"), Some(&*format!("#{id}")));
        let transforms: Vec<_> = inside("Transform").map(algorithm).collect();
        assert_eq!(transforms, [ENVELOPED, EXC]);
        assert!(inside("CanonicalizationMethod").map(algorithm).eq([EXC]));
        let methods: Vec<_> = inside("SignatureMethod")
            .chain(inside("DigestMethod"))
            .map(algorithm)
            .collect();
        assert_eq!(methods.len(), 2);
        for method in methods {
            assert!(
                method.contains("sha256") || method.contains("sha384") || method.contains("sha512"),
                "{method}"
            );
            assert!(!method.contains("hmac"), "{method}");
        }
        assert_eq!(inside("Object").count(), 0);
    }
}

fn algorithm<'a>(node: Node<'a, '_>) -> &'a str {
    node.attribute("Algorithm").expect("it names an algorithm")
}

/// The NameID and the values of every attribute, in order, as this parser reads them.
pub fn person(xml: &str) -> (String, Vec<(String, Vec<String>)>) {
    let document = Document::parse(xml).expect("what was written is XML");
    let named = |name: &'static str| {
        let all = document.descendants();
        all.filter(move |node| node.has_tag_name((ASSERTION, name)))
    };
    let text = |node: Node<'_, '_>| {
        assert!(node.children().all(|child| child.is_text()));
        node.children()
            .filter_map(|child| child.text())
            .collect::<String>()
    };
    let name_id: Vec<String> = named("NameID").map(text).collect();
    let attributes = named("Attribute").map(|node| {
        let values = node.children().filter(Node::is_element).map(text).collect();
        (node.attribute("Name").expect("a name").to_owned(), values)
    });
    (name_id.concat(), attributes.collect())
}
