//! XML that is canonical by construction.
//!
//! What this writes is its own exclusive canonical form (Exclusive C14N 1.0):
//! no declaration, namespaces declared where they are first used, namespace
//! declarations before attributes, both sorted, no empty-element tags, every
//! character escaped as the specification says. So a digest can be taken over
//! the very bytes that are sent, and nothing can be said that is not escaped.

/// A character that XML 1.0 cannot carry, not even escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the character U+{code:04X} can't be written in XML 1.0", code = u32::from(*.0))]
pub struct Unwritable(pub char);

/// Whether XML 1.0 can carry the character (XML 1.0 §2.2, production 2).
#[must_use]
pub const fn xml_can_carry(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// An element to write. Attributes have no namespace: SAML needs no other here.
#[derive(Debug, Clone)]
pub struct Element {
    prefix: &'static str,
    namespace: &'static str,
    local: &'static str,
    attributes: Vec<(&'static str, String)>,
    content: Vec<Content>,
}

#[derive(Debug, Clone)]
enum Content {
    Element(Element),
    Text(String),
    Canonical(String),
}

impl Element {
    /// An empty element.
    #[must_use]
    pub const fn new(
        (prefix, namespace): (&'static str, &'static str),
        local: &'static str,
    ) -> Self {
        Self {
            prefix,
            namespace,
            local,
            attributes: Vec::new(),
            content: Vec::new(),
        }
    }

    /// With this attribute.
    #[must_use]
    pub fn attribute(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// With this attribute, if there is a value.
    #[must_use]
    pub fn maybe(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    /// With this child behind what it has.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.content.push(Content::Element(child));
        self
    }

    /// With these children behind what it has.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.content
            .extend(children.into_iter().map(Content::Element));
        self
    }

    /// With this text behind what it has.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(Content::Text(text.into()));
        self
    }

    /// With bytes that this writer wrote before, as they are: a signed assertion
    /// whose digest must keep holding. They must declare every prefix they use.
    pub(in crate::saml) fn canonical(mut self, bytes: String) -> Self {
        self.content.push(Content::Canonical(bytes));
        self
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// [`Unwritable`] when a value holds a character that XML cannot carry.
    pub fn write(&self) -> Result<String, Unwritable> {
        Ok(self.write_marking_second()?.0)
    }

    /// The canonical bytes, and the place in them behind the first child, where SAML wants
    /// the signature: right behind the issuer (Core §5.4.1). What is inserted there must
    /// declare every prefix it uses.
    ///
    /// # Errors
    /// [`Unwritable`] when a value holds a character that XML cannot carry.
    pub(in crate::saml) fn write_marking_second(&self) -> Result<(String, usize), Unwritable> {
        let mut out = String::with_capacity(8 * 1024);
        let mut declared = Vec::new();
        self.open_to(&mut out, &mut declared)?;
        let mut second = out.len();
        for (place, content) in self.content.iter().enumerate() {
            content.write_to(&mut out, &mut declared)?;
            if place == 0 {
                second = out.len();
            }
        }
        self.close_to(&mut out);
        Ok((out, second))
    }

    fn write_to(
        &self,
        out: &mut String,
        declared: &mut Vec<(&'static str, &'static str)>,
    ) -> Result<(), Unwritable> {
        let known = declared.len();
        self.open_to(out, declared)?;
        for content in &self.content {
            content.write_to(out, declared)?;
        }
        self.close_to(out);
        declared.truncate(known);
        Ok(())
    }

    fn name_to(&self, out: &mut String) {
        out.push_str(self.prefix);
        out.push(':');
        out.push_str(self.local);
    }

    fn open_to(
        &self,
        out: &mut String,
        declared: &mut Vec<(&'static str, &'static str)>,
    ) -> Result<(), Unwritable> {
        out.push('<');
        self.name_to(out);
        // The innermost declaration of a prefix is the one in force.
        let in_force = declared
            .iter()
            .rev()
            .find(|(prefix, _)| *prefix == self.prefix);
        if in_force.is_none_or(|(_, namespace)| *namespace != self.namespace) {
            out.push_str(" xmlns:");
            out.push_str(self.prefix);
            out.push_str("=\"");
            escape_attribute(self.namespace, out)?;
            out.push('"');
            declared.push((self.prefix, self.namespace));
        }
        let mut attributes: Vec<_> = self.attributes.iter().collect();
        attributes.sort_by_key(|(name, _)| *name);
        for (name, value) in attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape_attribute(value, out)?;
            out.push('"');
        }
        out.push('>');
        Ok(())
    }

    fn close_to(&self, out: &mut String) {
        out.push_str("</");
        self.name_to(out);
        out.push('>');
    }
}

impl Content {
    fn write_to(
        &self,
        out: &mut String,
        declared: &mut Vec<(&'static str, &'static str)>,
    ) -> Result<(), Unwritable> {
        match self {
            Self::Element(child) => child.write_to(out, declared),
            Self::Text(text) => escape_text(text, out),
            Self::Canonical(bytes) => {
                out.push_str(bytes);
                Ok(())
            }
        }
    }
}

/// Text, as canonical XML writes it (Canonical XML 1.0 §2.3).
fn escape_text(text: &str, out: &mut String) -> Result<(), Unwritable> {
    escape(text, out, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

/// An attribute's value, as canonical XML writes it (Canonical XML 1.0 §2.3).
fn escape_attribute(text: &str, out: &mut String) -> Result<(), Unwritable> {
    escape(text, out, |character| match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

/// Copies what stands for itself in whole runs, and writes what stands for the rest.
fn escape(
    text: &str,
    out: &mut String,
    written: impl Fn(char) -> Option<&'static str>,
) -> Result<(), Unwritable> {
    let mut rest = text;
    while let Some((at, character, instead)) = rest.char_indices().find_map(|(at, character)| {
        let instead = written(character);
        (instead.is_some() || !xml_can_carry(character)).then_some((at, character, instead))
    }) {
        out.push_str(&rest[..at]);
        out.push_str(instead.ok_or(Unwritable(character))?);
        rest = &rest[at + character.len_utf8()..];
    }
    out.push_str(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::saml::xml::{Limits, Tree, canonical_subtree};

    const A: (&str, &str) = ("a", "urn:a");
    const B: (&str, &str) = ("b", "urn:b");

    #[test]
    fn declares_where_used_and_sorts() {
        let element = Element::new(A, "root")
            .attribute("Z", "1")
            .attribute("B", "2")
            .child(
                Element::new(B, "x")
                    .child(Element::new(A, "y"))
                    .child(Element::new(B, "z")),
            );
        assert_eq!(
            element.child(Element::new(B, "x")).write().unwrap(),
            "<a:root xmlns:a=\"urn:a\" B=\"2\" Z=\"1\"><b:x xmlns:b=\"urn:b\"><a:y></a:y><b:z></b:z></b:x>\
             <b:x xmlns:b=\"urn:b\"></b:x></a:root>"
        );
    }

    #[test]
    fn a_prefix_of_another_namespace_is_declared_anew() {
        let inner = Element::new(("a", "urn:other"), "x");
        let outer = Element::new(A, "root").child(inner.child(Element::new(A, "y")));
        assert_eq!(
            outer.write().unwrap(),
            "<a:root xmlns:a=\"urn:a\"><a:x xmlns:a=\"urn:other\"><a:y xmlns:a=\"urn:a\"></a:y></a:x></a:root>"
        );
    }

    #[test]
    fn the_place_of_a_signature_is_behind_the_first_child() {
        let child = |name| Element::new(A, name);
        for (children, before) in [
            (&[][..], "<a:root xmlns:a=\"urn:a\">"),
            (&["x"], "<a:root xmlns:a=\"urn:a\"><a:x></a:x>"),
            (&["x", "y"], "<a:root xmlns:a=\"urn:a\"><a:x></a:x>"),
        ] {
            let root = child("root").children(children.iter().map(|name| child(name)));
            let (written, second) = root.write_marking_second().unwrap();
            assert_eq!(&written[..second], before, "{children:?}");
        }
    }

    #[test]
    fn refuses_what_xml_cannot_carry() {
        for character in ['\0', '\u{8}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
            let text = format!("x{character}");
            assert_eq!(
                Element::new(A, "e").text(&*text).write(),
                Err(Unwritable(character))
            );
            assert_eq!(
                Element::new(A, "e").attribute("n", &*text).write(),
                Err(Unwritable(character))
            );
        }
    }

    /// Any text that XML can carry.
    fn carried() -> impl Strategy<Value = String> {
        any::<String>().prop_map(|text| text.chars().filter(|c| xml_can_carry(*c)).collect())
    }

    proptest! {
        /// What is written parses back to what was meant, and is its own canonical form.
        #[test]
        fn what_is_written_is_what_is_meant(text in carried(), value in carried(), inner in carried()) {
            let written = Element::new(A, "root")
                .attribute("V", &*value)
                .child(Element::new(B, "x").attribute("W", &*inner).text(&*inner))
                .text(&*text)
                .write()
                .unwrap();
            let limits = Limits { bytes: usize::MAX, ..Limits::RESPONSE };
            let tree = Tree::parse(&written, &limits).unwrap();
            let child = tree.root().children().next().unwrap();
            prop_assert_eq!(tree.root().attribute("V"), Some(&*value));
            prop_assert_eq!(child.attribute("W"), Some(&*inner));
            prop_assert_eq!(child.text().unwrap(), inner);
            prop_assert_eq!(canonical_subtree(&tree, tree.root(), None, &[]).unwrap(), written);
        }
    }
}
