//! The first look at a stranger's XML: bounds and forbidden constructs, before any tree is built.

use quick_xml::{
    Reader,
    events::{BytesDecl, BytesStart, Event},
};

use super::writer::xml_can_carry;

/// How much of each there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The text, in bytes.
    pub bytes: usize,
    /// Elements inside each other.
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
    /// Attributes and namespace declarations of one element.
    pub attributes: usize,
    /// Namespace declarations in all.
    pub namespaces: usize,
    /// Whether comments may stand in it. Never in a message; metadata files have them.
    pub comments: bool,
}

impl Limits {
    /// A response: a large one has a thousand groups.
    pub const RESPONSE: Self = Self {
        bytes: 256 * 1024,
        depth: 64,
        elements: 8_192,
        attributes: 64,
        namespaces: 4_096,
        comments: false,
    };
    /// A request: Flex's have under 1 KiB.
    pub const REQUEST: Self = Self {
        bytes: 64 * 1024,
        depth: 32,
        elements: 256,
        attributes: 64,
        namespaces: 256,
        comments: false,
    };
    /// Metadata of one identity provider.
    pub const METADATA: Self = Self {
        bytes: 4 * 1024 * 1024,
        depth: 64,
        elements: 65_536,
        attributes: 64,
        namespaces: 65_536,
        comments: true,
    };
}

/// Why a text was not accepted as XML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// It is larger than it may be.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// It is not well-formed.
    #[error("not well-formed XML: {0}")]
    Malformed(String),
    /// It is well-formed and holds what may not be there.
    #[error("{0}")]
    Forbidden(String),
}

impl XmlError {
    /// As the parser says it, cut short: it quotes what a stranger wrote.
    pub(super) fn malformed(error: impl std::fmt::Display) -> Self {
        Self::Malformed(error.to_string().chars().take(200).collect())
    }
}

fn forbidden<T>(what: impl Into<String>) -> Result<T, XmlError> {
    Err(XmlError::Forbidden(what.into()))
}

/// Counts and refuses, reading once and building nothing.
///
/// # Errors
/// [`XmlError`], at the first thing that may not be.
pub fn scan(text: &str, limits: &Limits) -> Result<(), XmlError> {
    if text.len() > limits.bytes {
        return Err(XmlError::TooLarge(limits.bytes));
    }
    if !is_xml_text(text) {
        let detail = "a character that XML does not know";
        return Err(XmlError::Malformed(detail.to_owned()));
    }
    let mut reader = Reader::from_str(text);
    let mut counts = Counts::default();
    loop {
        let event = reader.read_event().map_err(XmlError::malformed)?;
        match event {
            Event::Start(start) => counts.element(&start, limits, true)?,
            Event::Empty(start) => counts.element(&start, limits, false)?,
            Event::End(_) => counts.depth = counts.depth.saturating_sub(1),
            Event::DocType(_) => return forbidden("a DOCTYPE"),
            Event::PI(_) => return forbidden("a processing instruction"),
            Event::Comment(_) if !limits.comments => return forbidden("a comment"),
            Event::Decl(declaration) => check_declaration(&declaration)?,
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {}
        }
    }
}

/// Whether all of it are characters that a document may hold. Parsers don't look everywhere, and
/// where they look differs.
fn is_xml_text(text: &str) -> bool {
    /// With what U+FFFE and U+FFFF begin in UTF-8; what else XML can't carry are control characters.
    const BEGINS: u8 = 0xef;
    let suspicious = |byte: &u8| *byte < b' ' || *byte == BEGINS;
    !text.as_bytes().iter().any(suspicious) || text.chars().all(xml_can_carry)
}

#[derive(Default)]
struct Counts {
    depth: usize,
    elements: usize,
    namespaces: usize,
}

impl Counts {
    fn element(
        &mut self,
        start: &BytesStart<'_>,
        limits: &Limits,
        opens: bool,
    ) -> Result<(), XmlError> {
        self.elements += 1;
        if self.elements > limits.elements {
            return forbidden(format!("more than {} elements", limits.elements));
        }
        if self.depth >= limits.depth {
            return forbidden(format!("elements nested deeper than {}", limits.depth));
        }
        self.depth += usize::from(opens);
        let mut attributes = 0;
        // Duplicates are for the tree to refuse; counting must not cost a comparison each.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(XmlError::malformed)?;
            attributes += 1;
            if attributes > limits.attributes {
                return forbidden(format!(
                    "an element with more than {} attributes",
                    limits.attributes
                ));
            }
            self.namespaces += usize::from(attribute.key.as_namespace_binding().is_some());
        }
        if self.namespaces > limits.namespaces {
            return forbidden(format!(
                "more than {} namespace declarations",
                limits.namespaces
            ));
        }
        Ok(())
    }
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    if declaration.version().map_err(XmlError::malformed)?.as_ref() != "1.0" {
        return forbidden("an XML version other than 1.0");
    }
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(encoding)) if encoding.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(Ok(_)) => forbidden("an encoding other than UTF-8"),
        Some(Err(error)) => Err(XmlError::malformed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Limits {
        Limits {
            bytes: 400,
            depth: 3,
            elements: 5,
            attributes: 3,
            namespaces: 2,
            comments: false,
        }
    }

    #[test]
    fn plain_xml_passes() {
        for text in [
            "<a/>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a x='1'><b>t &amp; u</b></a>",
            "<?xml version='1.0'?><a><![CDATA[x]]></a>",
            "<a x='\t\r\n \u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{10ffff}'/>",
        ] {
            assert_eq!(scan(text, &small()), Ok(()), "{text}");
        }
    }

    /// At each bound it passes, and one beyond it does not.
    #[test]
    fn each_bound_is_where_it_is_said_to_be() {
        let elements = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count - 1));
        let depth = |count: usize| format!("{}{}", "<a>".repeat(count), "</a>".repeat(count));
        let numbered = |count: usize, write: fn(usize) -> String| {
            format!("<a{}/>", (0..count).map(write).collect::<String>())
        };
        let attributes = |count| numbered(count, |n| format!(" p{n}=''"));
        let namespaces = |count: usize| {
            let one = numbered(1, |_| " xmlns:p='urn:x'".to_owned());
            format!("<r>{}</r>", one.repeat(count))
        };
        let bytes = |count: usize| format!("<a>{}</a>", "x".repeat(count - 7));
        let bounds = [Limits::RESPONSE, Limits::REQUEST, Limits::METADATA];
        for limits in bounds {
            for (at, beyond) in [
                (elements(limits.elements), elements(limits.elements + 1)),
                (depth(limits.depth), depth(limits.depth + 1)),
                (
                    attributes(limits.attributes),
                    attributes(limits.attributes + 1),
                ),
                (bytes(limits.bytes), bytes(limits.bytes + 1)),
            ] {
                assert_eq!(scan(&at, &limits), Ok(()), "{at:.60}");
                assert!(scan(&beyond, &limits).is_err(), "{beyond:.60}");
            }
            // So many declarations need as many elements.
            let limits = Limits {
                elements: usize::MAX,
                ..limits
            };
            assert_eq!(scan(&namespaces(limits.namespaces), &limits), Ok(()));
            assert!(scan(&namespaces(limits.namespaces + 1), &limits).is_err());
        }
    }

    #[test]
    fn what_may_not_be_is_refused_and_named() {
        let wide = format!("<a>{}</a>", "<b/>".repeat(5));
        for (text, named) in [
            ("<!DOCTYPE a><a/>", "DOCTYPE"),
            ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "DOCTYPE"),
            ("<a><?php x?></a>", "processing instruction"),
            ("<?xml-stylesheet href='x'?><a/>", "processing instruction"),
            ("<a>x<!-- y -->z</a>", "comment"),
            ("<?xml version='1.1'?><a/>", "version"),
            ("<?xml version='1.0' encoding='UTF-7'?><a/>", "encoding"),
            ("<a><b><c><d/></c></b></a>", "deeper"),
            (&wide, "elements"),
            ("<a p='1' q='2' r='3' s='4'/>", "attributes"),
            (
                "<a xmlns:p='u:1' xmlns:q='u:2'><b xmlns='u:3'/></a>",
                "namespace declarations",
            ),
        ] {
            match scan(text, &small()) {
                Err(XmlError::Forbidden(what)) => assert!(what.contains(named), "{text}: {what}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(
            scan(&"x".repeat(401), &small()),
            Err(XmlError::TooLarge(400))
        );
        for malformed in [
            "<a></b>",
            "<a x='\0'/>",
            "<a x='\0&#13;'/>",
            "<a>\u{1f}</a>",
            "<a \u{1}/>",
            "<a><![CDATA[\u{b}]]></a>",
            "<a x='\u{fffe}&#13;'/>",
            "<a>\u{ffff}</a>",
        ] {
            let scanned = scan(malformed, &small());
            assert!(
                matches!(scanned, Err(XmlError::Malformed(_))),
                "{malformed:?}"
            );
        }
    }
}
