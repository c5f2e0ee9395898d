//! The forms of an HTML page, as a browser sees them.

use scraper::{ElementRef, Html, Selector};
use url::Url;

/// A form with what it would send if it were submitted untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it goes, made absolute.
    pub action: Url,
    /// Whether it is sent by POST.
    pub post: bool,
    /// Its fields in order, without buttons, files and unticked boxes.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The value of the first field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The same form with this field filled in, or added.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }
}

/// Every form of the page at `url`, in order.
pub fn forms(url: &Url, html: &str) -> Vec<Form> {
    let document = Html::parse_document(html);
    document
        .select(&selector("form"))
        .map(|form| read_form(url, form))
        .collect()
}

fn read_form(url: &Url, form: ElementRef<'_>) -> Form {
    let action = form.attr("action").unwrap_or_default();
    Form {
        action: url.join(action).unwrap(),
        post: form
            .attr("method")
            .is_some_and(|method| method.eq_ignore_ascii_case("post")),
        fields: form
            .select(&selector("input, textarea, select"))
            .filter_map(read_field)
            .collect(),
    }
}

fn read_field(field: ElementRef<'_>) -> Option<(String, String)> {
    let name = field.attr("name").filter(|name| !name.is_empty())?;
    let value = match field.value().name() {
        "textarea" => field.text().collect(),
        "select" => chosen(field)?,
        _ => input_value(field)?.to_owned(),
    };
    Some((name.to_owned(), value))
}

fn input_value(input: ElementRef<'_>) -> Option<&str> {
    match input.attr("type").unwrap_or("text") {
        "submit" | "button" | "image" | "reset" | "file" => None,
        "checkbox" | "radio" if input.attr("checked").is_none() => None,
        "checkbox" | "radio" => Some(input.attr("value").unwrap_or("on")),
        _ => Some(input.attr("value").unwrap_or_default()),
    }
}

fn chosen(select: ElementRef<'_>) -> Option<String> {
    let marked = select.select(&selector("option[selected]")).next();
    let option = marked.or_else(|| select.select(&selector("option")).next())?;
    Some(match option.attr("value") {
        Some(value) => value.to_owned(),
        None => option.text().collect(),
    })
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

mod tests {
    use super::*;

    #[test]
    fn a_form_sends_what_a_browser_would() {
        let page = r#"<form method="POST" action="?go=1&amp;to=2">
            <input name="user" value="a&lt;b"><input type="hidden" name="state" value="x y">
            <input type="checkbox" name="off" value="1"><input type="checkbox" name="on" checked>
            <input type="submit" name="button" value="Go"><input value="nameless">
            <textarea name="note">line</textarea>
            <select name="where"><option value="a">A</option><option selected>B</option></select>
        </form><form action="/second"></form>"#;
        let url = Url::parse("http://127.0.0.1:1/path/page").unwrap();
        let found = forms(&url, page);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].action.as_str(),
            "http://127.0.0.1:1/path/page?go=1&to=2"
        );
        assert!(found[0].post && !found[1].post);
        let fields: Vec<_> = found[0]
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("user", "a<b"),
                ("state", "x y"),
                ("on", "on"),
                ("note", "line"),
                ("where", "B")
            ]
        );
        let filled = found[0].clone().fill("user", "ann").fill("new", "1");
        assert_eq!(
            (filled.field("user"), filled.field("new")),
            (Some("ann"), Some("1"))
        );
    }
}
