//! Signs a fixture as its product would: the inner signature first, base64 in its lines.

use std::ops::Range;

use crate::support::forging::ForgingIdp;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// How long a line of base64 is, where a product breaks lines.
const LINE: usize = 76;

/// The document with all of its signatures filled in.
pub fn signed(template: &str, idp: &ForgingIdp, line_end: &str) -> String {
    let certificate = in_lines(&idp.certificate(), line_end);
    let mut xml = template.replace("@CERTIFICATE@", &certificate);
    let places = signatures(&xml);
    assert!(matches!(places.len(), 1 | 2), "{places:?}");
    if let [outer, _] = &places[..] {
        // What covers the other signature can only be made after it.
        let signature = xml[outer.clone()].to_owned();
        xml.replace_range(outer.clone(), "");
        xml = sign_first(&xml, idp, line_end);
        xml.insert_str(outer.start, &signature);
    }
    sign_first(&xml, idp, line_end)
}

fn sign_first(xml: &str, idp: &ForgingIdp, line_end: &str) -> String {
    let mut xml = idp.sign_template(xml);
    let tag = "SignatureValue>";
    let begin = xml.find(tag).unwrap() + tag.len();
    let end = begin + xml[begin..].find('<').unwrap();
    let value = in_lines(xml[begin..end].trim(), line_end);
    xml.replace_range(begin..end, &value);
    xml
}

fn signatures(xml: &str) -> Vec<Range<usize>> {
    let document = roxmltree::Document::parse(xml).unwrap();
    document
        .descendants()
        .filter(|node| node.has_tag_name((DSIG, "Signature")))
        .map(|node| node.range())
        .collect()
}

/// In lines that end so; in one line if there is no such end.
fn in_lines(base64: &str, line_end: &str) -> String {
    if line_end.is_empty() {
        return base64.to_owned();
    }
    let lines: Vec<&str> = (0..base64.len())
        .step_by(LINE)
        .map(|from| &base64[from..base64.len().min(from + LINE)])
        .collect();
    lines.join(line_end)
}
