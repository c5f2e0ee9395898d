//! What Flex's AuthnRequest asks beyond signing somebody in (Core §3.4.1).

use crate::{
    identity::{Refusal, RefusalCode},
    saml::{
        Asks, Comparison, is_class,
        names::{ASSERTION_NS, PROTOCOL_NS},
        xml::Node,
    },
};

/// Classes beyond these are not looked at; Flex names one.
const MOST_READ: usize = 16;

/// Reads `ForceAuthn`, `IsPassive` and `RequestedAuthnContext`. Declarations by
/// reference and classes that can't be any are passed over: nothing could be made of them.
pub(super) fn read_asks(request: Node<'_, '_>) -> Result<Asks, Refusal> {
    let mut asks = Asks {
        force_authn: flag(request, "ForceAuthn")?,
        is_passive: flag(request, "IsPassive")?,
        ..Asks::default()
    };
    let Some(context) = request.only_child(PROTOCOL_NS, "RequestedAuthnContext") else {
        return Ok(asks);
    };
    asks.comparison = Comparison::parse(context.attribute("Comparison"))
        .ok_or_else(|| malformed("Comparison is not one of SAML's four"))?;
    asks.classes = context
        .children_named(ASSERTION_NS, "AuthnContextClassRef")
        .take(MOST_READ)
        .filter_map(Node::trimmed_text)
        .filter(|class| is_class(class))
        .collect();
    Ok(asks)
}

/// An `xs:boolean`; absent is no.
fn flag(request: Node<'_, '_>, name: &str) -> Result<bool, Refusal> {
    match request.attribute(name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(malformed(&format!("{name} is neither true nor false"))),
    }
}

fn malformed(detail: &str) -> Refusal {
    Refusal::new(RefusalCode::RequestMalformed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::xml::{Limits, Tree};

    fn read(attributes: &str, inside: &str) -> Result<Asks, Refusal> {
        let xml = format!(
            "<p:AuthnRequest xmlns:p='{PROTOCOL_NS}' xmlns:a='{ASSERTION_NS}' {attributes}>{inside}</p:AuthnRequest>"
        );
        let tree = Tree::parse(&xml, &Limits::REQUEST).unwrap();
        read_asks(tree.root())
    }

    #[test]
    fn flags_are_read_as_xml_schema_writes_them() {
        for (text, yes) in [("true", true), ("1", true), ("false", false), ("0", false)] {
            let asks = read(&format!("ForceAuthn='{text}'"), "").unwrap();
            assert_eq!((asks.force_authn, asks.is_passive), (yes, false), "{text}");
            let asks = read(&format!("IsPassive='{text}'"), "").unwrap();
            assert_eq!((asks.force_authn, asks.is_passive), (false, yes), "{text}");
        }
        assert_eq!(read("", "").unwrap(), Asks::default());
        for text in ["True", "yes", "", "2"] {
            let refused = read(&format!("ForceAuthn='{text}'"), "").unwrap_err();
            assert_eq!(refused.code, RefusalCode::RequestMalformed, "{text}");
        }
    }

    #[test]
    fn the_context_is_read_whole_or_refused() {
        let class = |name: &str| format!("<a:AuthnContextClassRef>{name}</a:AuthnContextClassRef>");
        let context = |comparison: &str, inside: String| {
            format!("<p:RequestedAuthnContext {comparison}>{inside}</p:RequestedAuthnContext>")
        };
        let both = class(" urn:a ") + &class("no class") + &class("urn:b");
        let asks = read("", &context("", both.clone())).unwrap();
        assert_eq!(asks.classes, ["urn:a", "urn:b"]);
        assert_eq!(asks.comparison, Comparison::Exact);
        let asks = read("", &context("Comparison='better'", both)).unwrap();
        assert_eq!(asks.comparison, Comparison::Better);
        assert!(read("", &context("Comparison='best'", class("urn:a"))).is_err());
        let many = (0..100)
            .map(|number| class(&format!("urn:{number}")))
            .collect();
        assert_eq!(
            read("", &context("", many)).unwrap().classes.len(),
            MOST_READ
        );
    }
}
