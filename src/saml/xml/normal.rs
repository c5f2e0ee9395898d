//! The white space that XML normalises before anyone reads it.
//!
//! The parser of the tree leaves this to its caller. Without it a document with
//! a line break inside an attribute would have another canonical form here than
//! where it was signed.

use std::borrow::Cow;

/// Line ends become `\n` (XML 1.0 §2.11), literal tabs and line ends in
/// attribute values become spaces (§3.3.3). Character references stay.
///
/// What is not well-formed comes out not well-formed.
#[must_use]
pub fn normalised(text: &str) -> Cow<'_, str> {
    if !holds_any(text, b"\t\r\n") {
        return Cow::Borrowed(text);
    }
    let text = if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    };
    let places = breaks_in_attributes(&text);
    if places.is_empty() {
        return text;
    }
    let mut normal = String::with_capacity(text.len());
    let mut from = 0;
    for place in places {
        normal.push_str(text.get(from..place).unwrap_or_default());
        normal.push(' ');
        from = place + 1;
    }
    normal.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(normal)
}

/// Whether one of these ASCII characters is in it. One quick look for each is quicker than a
/// look at each character.
#[must_use]
pub fn holds_any(text: &str, characters: &[u8]) -> bool {
    let mut characters = characters.iter();
    characters.any(|character| text.as_bytes().contains(character))
}

/// Where tabs and line breaks stand in attribute values: byte positions.
fn breaks_in_attributes(text: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('<')) {
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        at += match end_of_opaque(rest) {
            Some(length) => length,
            None => tag(rest, at, &mut places),
        };
    }
    places
}

/// The length of what holds no attributes, if `rest` begins with such.
fn end_of_opaque(rest: &str) -> Option<usize> {
    [("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>")]
        .into_iter()
        .find(|(begin, _)| rest.starts_with(begin))
        .map(|(_, end)| rest.find(end).map_or(rest.len(), |at| at + end.len()))
}

/// Notes the breaks in the attributes of a tag; returns its length.
fn tag(rest: &str, offset: usize, places: &mut Vec<usize>) -> usize {
    let mut quote = None;
    for (position, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return position + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (Some(_), b'\t' | b'\n') => places.push(offset + position),
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_line_ends_and_attributes_change() {
        for (text, normal) in [
            ("<a>x\r\ny\rz\n\t</a>", "<a>x\ny\nz\n\t</a>"),
            ("<a\n\tb='c\n\td'\n/>", "<a\n\tb='c  d'\n/>"),
            ("<a b='\"\n>' c=\"'\r\n>\"/>\t", "<a b='\" >' c=\"' >\"/>\t"),
            ("<a b='&#10;&#9;'/>", "<a b='&#10;&#9;'/>"),
            (
                "<![CDATA[<a b='\n']]><a b='\n'/>",
                "<![CDATA[<a b='\n']]><a b=' '/>",
            ),
            (
                "<!-- ' --><a b='\n'/><?x ' ?>",
                "<!-- ' --><a b=' '/><?x ' ?>",
            ),
            ("it's\t<a b='é\n東'/>", "it's\t<a b='é 東'/>"),
            ("<a b='\t", "<a b=' "),
            ("<![CDATA[\t", "<![CDATA[\t"),
        ] {
            assert_eq!(normalised(text), normal);
        }
    }

    proptest! {
        #[test]
        fn it_changes_white_space_only(text in "[<>'\"a=é \t\r\n!\\-\\[?]{0,60}") {
            let normal = normalised(&text);
            let bare = |text: &str| text.split(['\r', '\n', '\t', ' ']).collect::<String>();
            prop_assert_eq!(bare(&normal), bare(&text));
            prop_assert_eq!(&normalised(&normal), &normal);
        }
    }
}
