//! One strict tree, and a view of its nodes that compares whole names only.

use uppsala::{Document, NodeId, NodeKind, Parser, QName};

use super::{
    name::{begins_a_name, is_absolute_uri},
    scan::{Limits, XmlError, scan},
};

/// The longest namespace name, in bytes; real ones are under 100.
const LONGEST_NAMESPACE: usize = 256;
const XML_NS: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NS: &str = "http://www.w3.org/2000/xmlns/";

/// Whether some reader, somewhere, takes an attribute of this local name for an
/// identifier, whatever its prefix: readers that ignore prefixes are the ones to fear.
fn names_an_id(local_name: &str) -> bool {
    local_name.eq_ignore_ascii_case("id")
        || matches!(local_name, "AssertionID" | "ResponseID" | "RequestID")
}

/// A document that passed the scan, parsed once: no DTD, absolute namespaces, unique identifiers.
pub struct Tree<'a> {
    document: Document<'a>,
    root: NodeId,
}

impl<'a> Tree<'a> {
    /// Scans and parses.
    ///
    /// # Errors
    /// [`XmlError`] at the first thing that is not well-formed or may not be.
    pub fn parse(text: &'a str, limits: &Limits) -> Result<Self, XmlError> {
        scan(text, limits)?;
        let depth = u32::try_from(limits.depth).unwrap_or(u32::MAX);
        let document = Parser::new()
            .with_forbid_dtd(true)
            .with_max_depth(depth)
            .with_max_entity_expansion(limits.bytes)
            .parse(text)
            .map_err(XmlError::malformed)?;
        let root = document
            .document_element()
            .ok_or_else(|| XmlError::Malformed("no element".to_owned()))?;
        let tree = Self { document, root };
        tree.check_names()?;
        Ok(tree)
    }

    /// The document element.
    #[must_use]
    pub fn root(&self) -> Node<'_, 'a> {
        Node {
            document: &self.document,
            id: self.root,
        }
    }

    /// The document, for the verifier and the canonicaliser.
    pub(in crate::saml) fn document(&self) -> &Document<'a> {
        &self.document
    }

    fn check_names(&self) -> Result<(), XmlError> {
        let mut seen = std::collections::HashSet::new();
        for node in self.root().descendants() {
            let Some(element) = self.document.element(node.id) else {
                continue;
            };
            for (prefix, uri) in &element.namespace_declarations {
                check_declaration(prefix, uri)?;
            }
            let attributes = element.attributes.iter().map(|attribute| &attribute.name);
            let reserved = element.name.prefix.as_deref() == Some("xmlns");
            if reserved
                || !std::iter::once(&element.name)
                    .chain(attributes)
                    .all(is_whole)
            {
                let detail = "a name with a colon too many, or beside it what begins no name";
                return Err(XmlError::Malformed(detail.to_owned()));
            }
            for attribute in &element.attributes {
                if names_an_id(&attribute.name.local_name) && !seen.insert(&*attribute.value) {
                    return Err(XmlError::Forbidden("the same ID twice".to_owned()));
                }
            }
        }
        Ok(())
    }
}

/// Whether a name is one that Namespaces in XML 1.0 §4 knows: at most one colon, and
/// a name of its own on either side of it. Readers differ in what they make of others.
fn is_whole(name: &QName<'_>) -> bool {
    let whole = |part: &str| part.starts_with(begins_a_name) && !part.contains(':');
    name.prefix.as_deref().is_none_or(whole) && whole(&name.local_name)
}

/// What Namespaces in XML 1.0 §3 demands of a declaration, and that its name is no relative one.
fn check_declaration(prefix: &str, uri: &str) -> Result<(), XmlError> {
    let reserved = [XML_NS, XMLNS_NS].contains(&uri) || matches!(prefix, "xml" | "xmlns");
    if reserved && (prefix, uri) != ("xml", XML_NS) || uri.is_empty() && !prefix.is_empty() {
        let detail = "a namespace declaration that may not be";
        return Err(XmlError::Malformed(detail.to_owned()));
    }
    // Canonicalisation repeats a name wherever it is used: long ones would multiply.
    if uri.len() > LONGEST_NAMESPACE {
        let detail = format!("a namespace name over {LONGEST_NAMESPACE} bytes");
        return Err(XmlError::Forbidden(detail));
    }
    if !uri.is_empty() && !is_absolute_uri(uri) {
        let detail = "a namespace name that is no absolute URI";
        return Err(XmlError::Forbidden(detail.to_owned()));
    }
    Ok(())
}

/// An element of a [`Tree`].
#[derive(Clone, Copy)]
pub struct Node<'d, 'a> {
    document: &'d Document<'a>,
    id: NodeId,
}

impl<'d, 'a> Node<'d, 'a> {
    /// Its place in the document, for the verifier and the canonicaliser.
    pub(in crate::saml) fn id(self) -> NodeId {
        self.id
    }

    /// Whether its name is exactly this: namespace and local part.
    #[must_use]
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.document
            .element(self.id)
            .is_some_and(|element| element.name.matches(Some(namespace), local))
    }

    /// Its namespace, if it has one.
    #[must_use]
    pub fn namespace(self) -> Option<&'d str> {
        self.document
            .element(self.id)?
            .name
            .namespace_uri
            .as_deref()
    }

    /// Its local name.
    #[must_use]
    pub fn local_name(self) -> &'d str {
        self.document
            .element(self.id)
            .map_or("", |element| &element.name.local_name)
    }

    /// The attribute of that name and no namespace.
    #[must_use]
    pub fn attribute(self, name: &str) -> Option<&'d str> {
        self.document
            .element(self.id)?
            .attributes
            .iter()
            .find(|attribute| attribute.name.matches(None, name))
            .map(|attribute| &*attribute.value)
    }

    /// The attribute of that namespace and name.
    #[must_use]
    pub fn attribute_ns(self, namespace: &str, name: &str) -> Option<&'d str> {
        self.document
            .element(self.id)?
            .attributes
            .iter()
            .find(|attribute| attribute.name.matches(Some(namespace), name))
            .map(|attribute| &*attribute.value)
    }

    /// Whether one of its attributes has a namespace. Namespace declarations don't count.
    #[must_use]
    pub fn has_attributes_of_namespaces(self) -> bool {
        self.document.element(self.id).is_some_and(|element| {
            let mut attributes = element.attributes.iter();
            attributes.any(|attribute| attribute.name.namespace_uri.is_some())
        })
    }

    /// Its child elements.
    pub fn children(self) -> impl Iterator<Item = Node<'d, 'a>> {
        let document = self.document;
        document
            .children_iter(self.id)
            .filter(|&id| document.element(id).is_some())
            .map(move |id| Node { document, id })
    }

    /// Its child elements of exactly this name.
    pub fn children_named(
        self,
        namespace: &'static str,
        local: &'static str,
    ) -> impl Iterator<Item = Node<'d, 'a>> {
        self.children()
            .filter(move |child| child.is(namespace, local))
    }

    /// Its one child of exactly this name; `None` when there is none, or several.
    #[must_use]
    pub fn only_child(self, namespace: &'static str, local: &'static str) -> Option<Node<'d, 'a>> {
        let mut named = self.children_named(namespace, local);
        named.next().filter(|_| named.next().is_none())
    }

    /// The element that it stands in.
    #[must_use]
    pub fn parent(self) -> Option<Node<'d, 'a>> {
        let id = self.document.parent(self.id)?;
        self.document.element(id)?;
        Some(Node {
            document: self.document,
            id,
        })
    }

    /// Itself and every element below it, in document order.
    pub fn descendants(self) -> impl Iterator<Item = Node<'d, 'a>> {
        let document = self.document;
        std::iter::once(self.id)
            .chain(document.descendants(self.id))
            .filter(|&id| document.element(id).is_some())
            .map(move |id| Node { document, id })
    }

    /// Its text, whole; `None` when an element stands in it.
    #[must_use]
    pub fn text(self) -> Option<String> {
        let mut text = String::new();
        for child in self.document.children_iter(self.id) {
            match self.document.node_kind(child)? {
                NodeKind::Text(part) | NodeKind::CData(part) => text.push_str(part),
                NodeKind::Comment(_) => {}
                _ => return None,
            }
        }
        Some(text)
    }

    /// Its text without white space around it; `None` when an element stands in it or nothing is left.
    #[must_use]
    pub fn trimmed_text(self) -> Option<String> {
        let text = self.text()?;
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| trimmed.to_owned())
    }

    /// The bytes of the source that it came from.
    #[must_use]
    pub fn source_range(self) -> Option<std::ops::Range<usize>> {
        self.document.node_range(self.id)
    }
}

impl PartialEq for Node<'_, '_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.id == other.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Tree<'_>, XmlError> {
        Tree::parse(text, &Limits::RESPONSE)
    }

    #[test]
    fn names_are_compared_whole() {
        let tree =
            parse("<p:a xmlns:p='urn:x' xmlns:q='urn:y' q:ID='1' ID='2'><a/></p:a>").unwrap();
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
}
