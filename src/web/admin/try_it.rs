//! Try it: what a login with this would come to, every step of it.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    Admin, Shared,
    access::Caller,
    asked::{Asked, Sent, came_of},
    forms::Fields,
    frame::{self, Frame, Tab},
    setup::{Pair, pairs},
    words,
};
use crate::{
    admin::{Explanation, FlexView, Trouble, Try},
    identity::Step,
};

#[derive(Template)]
#[template(path = "admin/try.html")]
struct TryPage {
    frame: Frame,
    pairs: Vec<Pair>,
    sample: String,
    attributes: String,
    name_id: String,
    address: String,
    as_of: String,
    time: String,
    problem: Option<String>,
    told: Option<Told>,
}

/// An explanation as the page shows it.
struct Told {
    all: Explanation,
    at: String,
    steps: Vec<StepLine>,
    read: Option<String>,
}

/// A step of the decision: how it went, and what it was.
struct StepLine {
    class: &'static str,
    mark: &'static str,
    text: String,
    more: String,
}

/// `GET /try`
pub(super) async fn ask(State(admin): Shared, Asked { caller, fields }: Asked) -> Response {
    show(&admin, &caller, &fields, None)
}

/// `POST /try`: nothing is changed by it.
pub(super) async fn tell(State(admin): Shared, Sent { caller, fields, .. }: Sent) -> Response {
    let told = match read(&fields) {
        Ok(wanted) => admin.desk.explain(wanted).await,
        Err(trouble) => Err(trouble),
    };
    show(&admin, &caller, &fields, Some(told))
}

fn show(
    admin: &Admin,
    caller: &Caller,
    fields: &Fields,
    told: Option<Result<Explanation, Trouble>>,
) -> Response {
    let (told, trouble, status) = came_of(told);
    let pair = fields.get("login").and_then(|pair| pair.split_once('/'));
    let flex = pair.map(|(flex, _)| flex).or_else(|| fields.get("flex"));
    let idp = pair.map(|(_, idp)| idp).or_else(|| fields.get("idp"));
    let text = |name| fields.exact(name).to_owned();
    let template = TryPage {
        frame: Frame::new(Tab::Try, caller),
        pairs: pairs(
            &admin.desk.bridge(),
            flex.unwrap_or_default(),
            idp.unwrap_or_default(),
        ),
        sample: text("sample"),
        attributes: text("attributes"),
        name_id: text("name_id"),
        address: text("address"),
        as_of: fields.get("as_of").unwrap_or("now").to_owned(),
        time: text("time"),
        problem: trouble.as_ref().map(|trouble| {
            let mut detail = trouble.detail.clone();
            if let Some(first) = detail.get_mut(0..1) {
                first.make_ascii_uppercase();
            }
            format!("{detail}. {}", trouble.mend)
        }),
        told: told.map(tale),
    };
    frame::page(status, &template)
}

/// What the form says.
fn read(fields: &Fields) -> Result<Try, Trouble> {
    let pair = fields.get("login").and_then(|pair| pair.split_once('/'));
    let name = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let unknown = |_| Trouble::invalid("there is no such login", "Choose one from the list.");
    let (flex, idp) = (
        name(pair.map(|(flex, _)| flex)),
        name(pair.map(|(_, idp)| idp)),
    );
    let as_of = match fields.get("as_of") {
        Some("at") => fields.read("time")?.unwrap_or_default(),
        _ => fields.read("as_of")?.unwrap_or_default(),
    };
    Ok(Try {
        flex: pair.map(|_| flex.parse().map_err(unknown)).transpose()?,
        idp: pair.map(|_| idp.parse().map_err(unknown)).transpose()?,
        sample: fields.get("sample").map(str::to_owned),
        attributes: fields.get("attributes").map(typed).transpose()?,
        name_id: fields.get("name_id").map(str::to_owned),
        address: fields.read("address")?,
        as_of,
    })
}

/// One attribute a line: `name = value`. A name that is there again has several values.
fn typed(text: &str) -> Result<BTreeMap<String, Vec<String>>, Trouble> {
    let mut all = BTreeMap::<String, Vec<String>>::new();
    for (place, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            let detail = format!("line {} of the attributes has no “=”", place + 1);
            return Err(Trouble::invalid(detail, "Write department = Sales."));
        };
        let values = all.entry(name.trim().to_owned()).or_default();
        values.push(value.trim().to_owned());
    }
    Ok(all)
}

fn tale(all: Explanation) -> Told {
    let steps = all
        .decision
        .as_ref()
        .map(|decision| decision.steps.iter().map(step).collect());
    Told {
        at: words::time(all.at),
        steps: steps.unwrap_or_default(),
        read: all
            .decision
            .as_ref()
            .and_then(|decision| decision.attribute.clone()),
        all,
    }
}

impl Told {
    fn was_read(&self, name: &str) -> bool {
        self.read.as_deref() == Some(name)
    }
}

fn quoted(values: &[String]) -> String {
    let quoted = values.iter().map(|value| format!("“{value}”"));
    quoted.collect::<Vec<_>>().join(", ")
}

fn step(step: &Step) -> StepLine {
    let line = |class, mark, text, more: &str| StepLine {
        class,
        mark,
        text,
        more: more.to_owned(),
    };
    match step {
        Step::AttributeAbsent { attribute, similar } => {
            let more = similar
                .as_ref()
                .map(|similar| format!("“{similar}” arrived; is it the one that is meant?"));
            let text = format!("The attribute “{attribute}” is not there, or blank");
            line("off", "–", text, &more.unwrap_or_default())
        }
        Step::AttributeRead { attribute, values } => {
            let text = format!("The attribute “{attribute}” is read: {}", quoted(values));
            line("good", "→", text, "")
        }
        Step::RuleTried {
            rule,
            value,
            held: true,
            because,
        } => line(
            "good",
            "✓",
            format!("Rule {rule} holds for “{value}”"),
            because,
        ),
        Step::RuleTried {
            rule,
            value,
            held: false,
            because,
        } => line(
            "off",
            "–",
            format!("Rule {rule} does not hold for “{value}”"),
            because,
        ),
        Step::TriesLeftOut { count } => line(
            "off",
            "…",
            format!("{count} more rules that did not hold"),
            "",
        ),
        Step::ValuesLeftOut { count } => line(
            "warn",
            "…",
            format!("{count} more values, which are not looked at"),
            "",
        ),
        Step::RuleAssigned { rule, name } => {
            line("good", "→", format!("Rule {rule} assigns “{name}”"), "")
        }
        Step::NameChecked {
            name,
            found: Some(found),
            how,
        } => {
            let text = format!("“{name}” is the defined location “{}”", found.as_str());
            line("good", "✓", text, how)
        }
        Step::NameChecked {
            name,
            found: None,
            how,
        } => line("bad", "✗", format!("“{name}” is no defined location"), how),
        Step::NoMatch { detail, .. } => line("warn", "!", "No location matches".to_owned(), detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_typed_one_a_line() {
        let typed = typed("a = 1\n\n b=2=3\na=4\n").unwrap();
        assert_eq!(typed["a"], ["1", "4"]);
        assert_eq!(typed["b"], ["2=3"]);
        assert!(
            super::typed("a = 1\nb")
                .unwrap_err()
                .detail
                .contains("line 2")
        );
    }
}
