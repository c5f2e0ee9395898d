//! What is wrong with the lists of locations: what `locations lint` says.

use super::{Finding, PATIENCE, Patient};
use crate::{
    admin::locations::{Findings, lint_whole},
    locations,
};

/// How much is told of one list; `locations lint` tells all of it.
const MOST: usize = 20;

/// Said already, each with its own line.
const SAID: [&str; 2] = ["list.unavailable", "rule.assigns"];

/// To be called when the lists were asked for.
pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let report = lint_whole(patient.parts.bridge.flex.values(), PATIENCE).await;
    let accounts = report.accounts.iter().flat_map(|linted| {
        let name = format!("flex.{}.locations.lint", linted.flex);
        of_list(&name, &linted.found)
    });
    let between = if report.between.findings.is_empty() {
        Vec::new()
    } else {
        of_list("flex.locations.lint", &report.between)
    };
    accounts.chain(between).collect()
}

/// Logins go on whatever is wrong with a list, so that nothing here is more than a warning.
fn of_list(name: &str, found: &Findings) -> Vec<Finding> {
    let told = found.findings.iter();
    let told: Vec<&locations::Finding> = told.filter(|one| !SAID.contains(&one.code)).collect();
    if told.is_empty() {
        let unknown = found.findings.iter().any(|one| one.code == SAID[0]);
        let fine = || Finding::ok(name, "nothing is wrong with the list");
        return if unknown { Vec::new() } else { vec![fine()] };
    }
    let one = |finding: &&locations::Finding| {
        let of = finding.name.as_ref();
        let of = of.map_or_else(String::new, |of| format!(" “{of}”"));
        let seen = format!("{}{of}: {}", finding.code, finding.message);
        Finding::warning(name, seen, &finding.mend)
    };
    let mut all: Vec<Finding> = told.iter().take(MOST).map(one).collect();
    let more = told.len().saturating_sub(MOST) + found.more;
    if more > 0 {
        let mend = "Look at all of them with `flexbridge locations lint`.";
        all.push(Finding::warning(name, format!("and {more} more"), mend));
    }
    all
}
