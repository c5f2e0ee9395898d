//! Whatever tree of elements is written: it is its own canonical form, and reads back as meant.

use flexbridge::saml::xml::{Element, Limits, Tree, canonical_subtree, xml_can_carry};

const NAMES: [(&str, &str); 4] = [
    ("a", "urn:a"),
    ("b", "urn:b"),
    ("saml", "urn:oasis:names:tc:SAML:2.0:assertion"),
    ("a", "urn:other"),
];
const LOCAL: [&str; 4] = ["x", "Value", "X", "y"];
const ATTRIBUTES: [&str; 4] = ["ID", "Name", "a", "Z"];

/// One script: how the tree grows, with the texts in it.
pub fn run(script: &[u8]) {
    let mut rest = script;
    let (element, carried) = element(&mut rest, 0);
    let limits = Limits {
        bytes: usize::MAX,
        ..Limits::RESPONSE
    };
    let Ok(written) = element.write() else {
        assert!(!carried, "XML can carry all of it");
        return;
    };
    assert!(carried, "XML can't carry all of it");
    let Ok(tree) = Tree::parse(&written, &limits) else {
        // The same ID twice, or beyond the bounds; well-formed it is.
        assert!(roxmltree::Document::parse(&written).is_ok(), "{written}");
        return;
    };
    let canonical = canonical_subtree(&tree, tree.root(), None, &[]).expect("canonical");
    assert_eq!(canonical, written);
    let again = roxmltree::Document::parse(&written).expect("well-formed to others, too");
    let mut rest = script;
    same(again.root_element(), &mut rest, 0);
}

fn next(script: &mut &[u8]) -> u8 {
    match script.split_first() {
        Some((first, rest)) => {
            *script = rest;
            *first
        }
        None => 0,
    }
}

fn text(script: &mut &[u8]) -> String {
    let length = usize::from(next(script)).min(script.len());
    let (text, rest) = script.split_at(length);
    *script = rest;
    String::from_utf8_lossy(text).into_owned()
}

/// An element, and whether XML can carry every text in it.
fn element(script: &mut &[u8], depth: usize) -> (Element, bool) {
    let head = usize::from(next(script));
    let mut element = Element::new(NAMES[head % 4], LOCAL[head / 4 % 4]);
    let mut carried = true;
    for name in &ATTRIBUTES[..head / 16 % 4] {
        let value = text(script);
        carried &= value.chars().all(xml_can_carry);
        element = element.attribute(name, value);
    }
    let value = text(script);
    carried &= value.chars().all(xml_can_carry);
    element = element.text(value);
    for _ in 0..head / 64 {
        if depth < 40 && !script.is_empty() {
            let (child, fine) = self::element(script, depth + 1);
            carried &= fine;
            element = element.child(child);
        }
    }
    (element, carried)
}

fn same(node: roxmltree::Node<'_, '_>, script: &mut &[u8], depth: usize) {
    let head = usize::from(next(script));
    assert!(node.has_tag_name((NAMES[head % 4].1, LOCAL[head / 4 % 4])));
    for name in &ATTRIBUTES[..head / 16 % 4] {
        assert_eq!(node.attribute(*name), Some(&*text(script)));
    }
    assert_eq!(node.attributes().count(), head / 16 % 4);
    let read: String = node
        .children()
        .filter_map(|child| child.text().filter(|_| child.is_text()))
        .collect();
    assert_eq!(read, text(script));
    let mut children = node.children().filter(roxmltree::Node::is_element);
    for _ in 0..head / 64 {
        if depth < 40 && !script.is_empty() {
            same(children.next().expect("a child"), script, depth + 1);
        }
    }
    assert!(children.next().is_none());
}
