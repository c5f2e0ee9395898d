//! Problems as people and programs read them: with file, line, column, the line itself and a mend.

use std::{fmt::Write, ops::Range};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::found::shown;
use crate::settings::{Problem, Severity};

/// More problems than this in one file are counted, not shown.
const MOST: usize = 100;

/// The longest piece of one line that is shown, in bytes.
const WIDEST: usize = 400;

/// A place in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The bytes, in the whole file.
    #[serde(skip)]
    span: Range<usize>,
}

/// A problem and where it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// The file.
    pub file: String,
    /// Where in it; absent when it is about the whole file.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What is wrong and how to mend it.
    #[serde(flatten)]
    pub problem: Problem,
}

/// Everything that was found in one file, errors first, then in the file's order.
#[derive(Debug, Clone)]
pub struct Report {
    /// The text with everything hidden that may be a secret.
    text: String,
    problems: Vec<Placed>,
}

impl Report {
    /// Puts `problems` in order. `text` must hold nothing that may not be shown.
    pub(super) fn new(
        file: &str,
        text: String,
        problems: impl IntoIterator<Item = (Problem, Option<Range<usize>>)>,
    ) -> Self {
        let lines = line_starts(&text);
        let mut problems: Vec<_> = problems
            .into_iter()
            .map(|(problem, span)| Placed {
                file: shown(file),
                place: span.and_then(|span| place(&text, &lines, span)),
                problem,
            })
            .collect();
        problems.sort_by(|a, b| {
            let key = |placed: &Placed| {
                let start = placed.place.as_ref().map_or(0, |place| place.span.start);
                (placed.problem.severity, start)
            };
            key(a)
                .cmp(&key(b))
                .then_with(|| a.problem.path.cmp(&b.problem.path))
                .then_with(|| a.problem.message.cmp(&b.problem.message))
        });
        problems.dedup();
        Self { text, problems }
    }

    /// Keeps only the problems for which `keep` holds.
    pub fn retain(&mut self, keep: impl Fn(&Problem) -> bool) {
        self.problems.retain(|placed| keep(&placed.problem));
    }

    /// Each problem.
    #[must_use]
    pub fn problems(&self) -> &[Placed] {
        &self.problems
    }

    /// How many problems stop the start, and how many only warn.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let errors = self
            .problems
            .iter()
            .filter(|placed| placed.problem.severity == Severity::Error)
            .count();
        (errors, self.problems.len() - errors)
    }

    /// The problems as text, with colours for a terminal if `colour`.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let mut text = String::new();
        for placed in self.problems.iter().take(MOST) {
            text.push_str(&self.render_one(placed, &renderer));
            text.push_str("\n\n");
        }
        if let Some(more) = self
            .problems
            .len()
            .checked_sub(MOST)
            .filter(|more| *more > 0)
        {
            // Writing to a String does not fail.
            let _ = write!(text, "… and {more} more\n\n");
        }
        text
    }

    fn render_one(&self, placed: &Placed, renderer: &Renderer) -> String {
        let problem = &placed.problem;
        let level = match problem.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let path = shown(&problem.path.to_string());
        let message = plain(&problem.message);
        let title = match path.as_str() {
            "" => message,
            path => format!("{path}: {message}"),
        };
        let mut group = Group::with_title(level.primary_title(title));
        group = match &placed.place {
            None => group.element(Origin::path(&*placed.file)),
            Some(place) => {
                let (line, span) = self.line(place);
                group.element(
                    Snippet::source(line)
                        .path(&*placed.file)
                        .line_start(place.line)
                        .annotation(AnnotationKind::Primary.span(span)),
                )
            }
        };
        group = group.element(Level::HELP.message(plain(&sentence(&problem.mend))));
        renderer.render(&[group])
    }

    /// The line of `place`, alone and not too long, and the span within it.
    fn line(&self, place: &Place) -> (&str, Range<usize>) {
        let Range { start, end } = place.span;
        let from = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let to = self.text[start..]
            .find('\n')
            .map_or(self.text.len(), |at| start + at);
        let to = floor(&self.text, to.min(from.max(start) + WIDEST));
        let line = self.text[from..to].trim_end_matches('\r');
        let start = (start - from).min(line.len());
        let end = (end.max(start + from) - from).min(line.len());
        (line, start..end)
    }
}

/// `text` without what a terminal would obey.
fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn line_starts(text: &str) -> Vec<usize> {
    let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(after_breaks).collect()
}

fn place(text: &str, lines: &[usize], span: Range<usize>) -> Option<Place> {
    let start = floor(text, span.start.min(text.len()));
    let end = floor(text, span.end.clamp(start, text.len()));
    let line = lines.partition_point(|line| *line <= start);
    let line_start = *lines.get(line.checked_sub(1)?)?;
    Some(Place {
        line,
        column: 1 + text.get(line_start..start)?.chars().count(),
        span: start..end,
    })
}
/// A mend as a sentence: the parts write it as they speak, in the middle of theirs.
fn sentence(mend: &str) -> String {
    let mut letters = mend.chars();
    let mut text: String = match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => return String::new(),
    };
    if !text.ends_with(['.', '!', '?', '…']) {
        text.push('.');
    }
    text
}
