//! The forms of an HTML page, as a browser would fill them in and send them.

use std::collections::BTreeMap;

use html5gum::{DefaultEmitter, HtmlString, Spanned, StartTag, Token, Tokenizer};

/// A form of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// Where it is sent; empty is the page itself.
    pub(super) action: String,
    /// Whether it is posted.
    pub(super) post: bool,
    /// What is sent whichever button is pressed, in order.
    pub(super) fields: Vec<(String, String)>,
    /// Its buttons: what pressing one adds. A button without a name adds nothing.
    pub(super) buttons: Vec<Option<(String, String)>>,
    /// Whether a person has to fill something in.
    pub(super) asks: bool,
}

/// What of a page matters to somebody who walks through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The text of its first heading.
    pub(super) heading: String,
    /// Its forms, in order.
    pub(super) forms: Vec<Form>,
}

type Attributes = BTreeMap<HtmlString, Spanned<HtmlString, ()>>;

/// Reads a page. Character references are resolved, and what stands in a script
/// or a style is no markup, as HTML says.
pub(super) fn read(html: &str) -> Page {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut page = Page::default();
    let mut open = false;
    let mut heading = false;
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) if &**tag.name == b"form" && !open => {
                open = true;
                page.forms.push(form(&tag.attributes));
            }
            Token::StartTag(tag) if &**tag.name == b"h1" => heading = page.heading.is_empty(),
            Token::StartTag(tag) => {
                if let (true, Some(form)) = (open, page.forms.last_mut()) {
                    form.take(&tag);
                }
            }
            Token::EndTag(tag) if &**tag.name == b"form" => open = false,
            Token::EndTag(tag) if &**tag.name == b"h1" => heading = false,
            Token::String(text) if heading => {
                page.heading.push_str(&String::from_utf8_lossy(&text.value));
            }
            _ => {}
        }
    }
    page
}

fn value(attributes: &Attributes, name: &[u8]) -> Option<String> {
    let found = attributes.get(name)?;
    Some(String::from_utf8_lossy(&found.value).into_owned())
}

fn form(attributes: &Attributes) -> Form {
    Form {
        action: value(attributes, b"action").unwrap_or_default(),
        post: value(attributes, b"method")
            .is_some_and(|method| method.eq_ignore_ascii_case("post")),
        ..Form::default()
    }
}

impl Form {
    /// A tag that stands in the form.
    fn take(&mut self, tag: &StartTag<()>) {
        let attributes = &tag.attributes;
        if attributes.contains_key(&b"disabled"[..]) {
            return;
        }
        let kind = value(attributes, b"type").unwrap_or_default();
        let kind = kind.to_ascii_lowercase();
        let name = value(attributes, b"name").filter(|name| !name.is_empty());
        let pair = name.map(|name| (name, value(attributes, b"value").unwrap_or_default()));
        match (&**tag.name, &*kind) {
            (b"button", "" | "submit") | (b"input", "submit") => self.buttons.push(pair),
            (b"button", _) | (b"input", "button" | "reset" | "image") => {}
            (b"input", "hidden") => self.fields.extend(pair),
            (b"input" | b"select" | b"textarea", _) => {
                self.asks = true;
                self.fields.extend(pair);
            }
            _ => {}
        }
    }

    /// Whether it has this button.
    pub(super) fn has_button(&self, name: &str, value: &str) -> bool {
        let wanted = |button: &Option<(String, String)>| {
            let button = button.as_ref();
            button.is_some_and(|(own, is)| own == name && is == value)
        };
        self.buttons.iter().any(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_form_that_sends_itself() {
        let page = read(
            r#"<!doctype html><title>x</title><style>a{content:"<form>"}</style>
            <script>"<form action=wrong>"</script><!-- <form> -->
            <h1>Signing &amp; sending</h1>
            <FORM METHOD=Post action="http://a.example/acs?x=1&amp;y=2">
            <input type="hidden" name="SAMLResponse" value="PGE&#43;&quot;&lt;é&gt;">
            <input TYPE=hidden name='RelayState' value=''>
            <input type=hidden value=nameless><input type=hidden name=off value=x disabled>
            <div><button>Continue</button></div></FORM>
            <input name=outside value=x>"#,
        );
        assert_eq!(page.heading, "Signing & sending");
        let [form] = &page.forms[..] else {
            panic!("{:?}", page.forms)
        };
        assert_eq!(form.action, "http://a.example/acs?x=1&y=2");
        assert!(form.post && !form.asks);
        assert_eq!(
            form.fields,
            [pair("SAMLResponse", "PGE+\"<é>"), pair("RelayState", "")]
        );
        assert_eq!(form.buttons, [None]);
    }

    #[test]
    fn buttons_and_questions() {
        let page = read(
            r"<form method=post action=/a><input type=hidden name=t value=1>
            <button name=person value='a&amp;b'>A</button><button type=button name=no>no</button>
            <input type=submit name=person value=c></form>
            <form action=/search><input name=q></form>",
        );
        assert!(page.forms[0].has_button("person", "a&b"));
        assert!(page.forms[0].has_button("person", "c"));
        assert!(!page.forms[0].has_button("no", ""));
        assert!(!page.forms[0].asks);
        assert!(page.forms[1].asks && !page.forms[1].post);
    }

    #[test]
    fn no_page_is_too_broken() {
        for html in [
            "",
            "<",
            "<form",
            "<form><form>",
            "</form>",
            "<h1>",
            "\u{0}<form action=\u{0}>",
        ] {
            read(html);
        }
    }
}
