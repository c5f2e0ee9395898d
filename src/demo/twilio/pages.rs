//! Lists in pages, as TaskRouter gives them: the caller follows `meta.next_page_url`.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Fault, workers::Worker};

const USUAL_SIZE: usize = 50;
const LARGEST_SIZE: usize = 1000;

/// Which part of a list is wanted.
pub(super) struct Page {
    size: usize,
    number: usize,
    /// Behind (`PA`) or before (`PB`) the worker of this SID.
    token: Option<(Side, String)>,
}

#[derive(Clone, Copy)]
enum Side {
    After,
    Before,
}

impl Page {
    pub(super) fn read(parameters: &HashMap<String, String>) -> Result<Self, Fault> {
        let number = |name: &str, usual: usize, least: usize, most: usize| {
            parameters.get(name).map_or(Ok(usual), |text| {
                text.parse()
                    .ok()
                    .filter(|number| (least..=most).contains(number))
                    .ok_or_else(|| Fault::parameter(format!("{name} must be {least} to {most}.")))
            })
        };
        let token = match parameters.get("PageToken") {
            None => None,
            Some(text) => Some(read_token(text)?),
        };
        Ok(Self {
            size: number("PageSize", USUAL_SIZE, 1, LARGEST_SIZE)?,
            number: number("Page", 0, 0, usize::MAX)?,
            token,
        })
    }

    /// The page's part of `all`.
    pub(super) fn of<'a>(&self, all: &'a [&'a Worker]) -> Result<&'a [&'a Worker], Fault> {
        let place = |sid: &str| {
            all.iter()
                .position(|worker| worker.sid == sid)
                .ok_or_else(unknown_token)
        };
        let (from, to) = match &self.token {
            None => (0, self.size),
            Some((Side::After, sid)) => {
                let from = place(sid)? + 1;
                (from, from.saturating_add(self.size))
            }
            Some((Side::Before, sid)) => {
                let to = place(sid)?;
                (to.saturating_sub(self.size), to)
            }
        };
        Ok(&all[from..to.min(all.len())])
    }

    /// `meta` of the answer; `filters` is the encoded query without the page's own words.
    pub(super) fn meta(
        &self,
        all: &[&Worker],
        part: &[&Worker],
        url: &str,
        filters: &str,
    ) -> Value {
        let address = |page: usize, token: Option<String>| {
            let joint = if filters.is_empty() { "" } else { "&" };
            let token = token.map_or_else(String::new, |token| format!("&PageToken={token}"));
            format!(
                "{url}?{filters}{joint}PageSize={}&Page={page}{token}",
                self.size
            )
        };
        let same = |one: Option<&&Worker>, other: Option<&&Worker>| {
            one.map(|worker| &worker.sid) == other.map(|worker| &worker.sid)
        };
        let next = part
            .last()
            .filter(|_| !same(part.last(), all.last()))
            .map(|last| address(self.number + 1, Some(format!("PA{}", last.sid))));
        let previous = part
            .first()
            .filter(|_| !same(part.first(), all.first()))
            .map(|first| {
                address(
                    self.number.saturating_sub(1),
                    Some(format!("PB{}", first.sid)),
                )
            });
        let token = self.token.as_ref().map(|(side, sid)| match side {
            Side::After => format!("PA{sid}"),
            Side::Before => format!("PB{sid}"),
        });
        json!({
            "page": self.number,
            "page_size": self.size,
            "first_page_url": address(0, None),
            "previous_page_url": previous,
            "url": address(self.number, token),
            "next_page_url": next,
            "key": "workers",
        })
    }
}

fn read_token(text: &str) -> Result<(Side, String), Fault> {
    let after = text.strip_prefix("PA").map(|sid| (Side::After, sid));
    after
        .or_else(|| text.strip_prefix("PB").map(|sid| (Side::Before, sid)))
        .map(|(side, sid)| (side, sid.to_owned()))
        .ok_or_else(unknown_token)
}

fn unknown_token() -> Fault {
    Fault::parameter("PageToken is not one of this list.")
}
