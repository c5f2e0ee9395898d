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
#[path = "tree_tests.rs"]
mod tests;
