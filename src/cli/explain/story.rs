//! An explanation as people read it.

use std::fmt::Write as _;

use crate::{
    admin::{Explanation, FlexView},
    identity::{Decision, Step},
};

/// The whole story as text.
pub(super) fn render(told: &Explanation) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} → {}, as of {}",
        told.idp,
        told.flex,
        told.at.to_rfc3339()
    );
    checks(told, &mut out);
    person(told, &mut out);
    if let Some(decision) = &told.decision {
        decided(decision, &mut out);
    }
    released(told, &mut out);
    ending(told, &mut out);
    out
}

fn checks(told: &Explanation, out: &mut String) {
    if told.stages.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nChecks");
    for stage in &told.stages {
        let mark = match stage.passed {
            Some(true) => "ok    ",
            Some(false) => "FAILED",
            None => "–     ",
        };
        let _ = writeln!(out, "  {mark}  {}", stage.stage.as_str());
        if let Some(why) = &stage.why {
            let _ = writeln!(out, "          {why}");
        }
    }
    for not_tried in &told.not_tried {
        let _ = writeln!(out, "  not tried: {not_tried}");
    }
}

fn person(told: &Explanation, out: &mut String) {
    let Some(name_id) = &told.name_id else { return };
    let _ = writeln!(out, "\nThe identity provider says");
    let format = name_id.format.as_deref().unwrap_or("no Format");
    let _ = writeln!(out, "  NameID {:?} ({format})", name_id.value);
    for attribute in told.attributes.iter() {
        let _ = writeln!(out, "  {} = {}", attribute.name, values(&attribute.values));
    }
}

fn decided(decision: &Decision, out: &mut String) {
    let _ = writeln!(out, "\nThe location");
    for step in &decision.steps {
        let _ = writeln!(out, "  {}", step_text(step));
    }
}

fn step_text(step: &Step) -> String {
    match step {
        Step::AttributeAbsent {
            attribute,
            similar: None,
        } => {
            format!("{attribute} is not there, or blank")
        }
        Step::AttributeAbsent {
            attribute,
            similar: Some(similar),
        } => {
            format!("{attribute} is not there, or blank; did you mean {similar}, which arrived?")
        }
        Step::AttributeRead {
            attribute,
            values: read,
        } => {
            format!("{attribute} is read: {}", values(read))
        }
        Step::RuleTried {
            rule,
            value,
            held,
            because,
        } => {
            let held = if *held { "holds" } else { "does not hold" };
            format!("rule {rule} {held} for {value:?}: {because}")
        }
        Step::RuleAssigned { rule, name } => format!("rule {rule} assigns {name:?}"),
        Step::NameChecked {
            name,
            found: Some(found),
            how,
        } => {
            format!(
                "{name:?} is the defined location {:?}: {how}",
                found.as_str()
            )
        }
        Step::NameChecked {
            name,
            found: None,
            how,
        } => {
            format!("{name:?} is no defined location: {how}")
        }
        Step::NoMatch { cause, detail } => format!("no match ({}): {detail}", cause.as_str()),
        Step::TriesLeftOut { count } => {
            format!("… and {count} more rules that did not hold")
        }
        Step::ValuesLeftOut { count } => format!("… and {count} more values, not looked at"),
    }
}

fn values(values: &[String]) -> String {
    values
        .iter()
        .map(|value| format!("{value:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn released(told: &Explanation, out: &mut String) {
    if told.released.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nFlex would receive");
    for attribute in &told.released {
        let _ = writeln!(out, "  {} = {}", attribute.name, values(&attribute.values));
    }
    for remark in &told.remarks {
        let _ = writeln!(out, "  note: {remark}");
    }
    if let Some(assertion) = &told.assertion {
        let _ = writeln!(out, "\nThe assertion, before it is signed\n  {assertion}");
    }
}

fn ending(told: &Explanation, out: &mut String) {
    let _ = match (&told.refusal, &told.flex_would) {
        (Some(refusal), _) => writeln!(
            out,
            "\nREFUSED: {}\n  {}\n  {}\n  {}",
            refusal.code,
            refusal.code.cause(),
            refusal.detail,
            refusal.code.mend()
        ),
        (None, Some(FlexView::Edges { location, edges })) => writeln!(
            out,
            "\nFlex: flex_location = {location:?}, voice by {}",
            if edges.is_empty() {
                "no edge at all".to_owned()
            } else {
                edges.join(", then ")
            }
        ),
        (None, Some(FlexView::Degraded { location, why })) => writeln!(
            out,
            "\nFlex: flex_location = {location:?}, voice degraded: {why}"
        ),
        (None, Some(FlexView::Cleared)) => {
            writeln!(
                out,
                "\nFlex: flex_location is cleared, voice by the default edge"
            )
        }
        (None, Some(FlexView::Unchanged)) => {
            writeln!(
                out,
                "\nFlex: flex_location stays what the worker has; if that is not defined any more, voice is degraded"
            )
        }
        (None, None) => Ok(()),
    };
}
