//! A document and what somebody did to it after it was signed: the input is both, so that the
//! fuzzer changes either.

use std::borrow::Cow;

/// Stands between the document and the edits; no text holds it.
const END: u8 = 0xff;

/// The document, and the edits.
pub fn split(data: &[u8]) -> Option<(&str, &[u8])> {
    let end = data.iter().position(|&byte| byte == END);
    let text = std::str::from_utf8(&data[..end.unwrap_or(data.len())]).ok()?;
    Some((text, end.map_or(&[], |end| &data[end + 1..])))
}

/// What is left of `text` after the edits, five bytes each: what, where (two bytes), how much, with what.
pub fn apply<'t>(text: &'t str, edits: &[u8]) -> Cow<'t, [u8]> {
    if edits.len() < 5 {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = text.as_bytes().to_vec();
    for edit in edits.chunks_exact(5).take(8) {
        let [what, high, low, count, with] = *edit else {
            continue;
        };
        let from = usize::from(u16::from_be_bytes([high, low])) % bytes.len().max(1);
        let to = (from + usize::from(count)).min(bytes.len());
        match what % 5 {
            0 if from < bytes.len() => bytes[from] = with,
            1 => drop(bytes.drain(from..to)),
            2 => {
                let again = bytes[from..to].to_vec();
                let at = usize::from(with) * bytes.len() / 256;
                bytes.splice(at..at, again);
            }
            3 => {
                let again = bytes[from..to].to_vec();
                bytes.splice(from..from, again);
            }
            _ => bytes.insert(from, with),
        }
    }
    Cow::Owned(bytes)
}
