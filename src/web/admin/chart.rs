//! Logins over time as bars: an SVG whose every number is worked out here.

use super::words;
use crate::admin::{History, Span};

const LEFT: f64 = 46.0;
const RIGHT: f64 = 716.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 152.0;
/// How much of a stretch's width its bar takes.
const FILLED: f64 = 0.72;
/// How many stretches have their time written below, about.
const LABELS: usize = 6;

/// A chart, ready to be written.
pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    pub(super) lines: Vec<GridLine>,
    pub(super) rows: Vec<Row>,
    pub(super) empty: bool,
}

/// A stretch's bar: refused stands on top of accepted.
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) accepted_y: String,
    pub(super) accepted_height: String,
    pub(super) refused_y: String,
    pub(super) refused_height: String,
    pub(super) column_x: String,
    pub(super) column_width: String,
    pub(super) middle: String,
    pub(super) label: Option<String>,
    pub(super) title: String,
}

/// A line across, with its count.
pub(super) struct GridLine {
    pub(super) y: String,
    pub(super) text: String,
}

/// A row of the table that says the same.
pub(super) struct Row {
    pub(super) from: String,
    pub(super) accepted: String,
    pub(super) refused: String,
}

/// The chart of a history.
#[expect(clippy::cast_precision_loss, reason = "counts of logins, drawn")]
pub(super) fn chart(history: &History) -> Chart {
    let most = history
        .stretches
        .iter()
        .map(|one| one.accepted + one.refused);
    let top = round_up(most.max().unwrap_or(0));
    let height = |count: u64| (BOTTOM - TOP) * count as f64 / top as f64;
    let column = (RIGHT - LEFT) / history.stretches.len().max(1) as f64;
    let every = history.stretches.len().div_ceil(LABELS).max(1);
    let bars = history.stretches.iter().enumerate().map(|(place, one)| {
        let (accepted, refused) = (height(one.accepted), height(one.refused));
        let start = LEFT + column * place as f64;
        let from = words::time(one.from);
        Bar {
            x: number(start + column * (1.0 - FILLED) / 2.0),
            width: number(column * FILLED),
            accepted_y: number(BOTTOM - accepted),
            accepted_height: number(accepted),
            refused_y: number(BOTTOM - accepted - refused),
            refused_height: number(refused),
            column_x: number(start),
            column_width: number(column),
            middle: number(start + column / 2.0),
            label: place.is_multiple_of(every).then(|| match history.span {
                Span::Day => one.from.format("%H:%M").to_string(),
                Span::Week | Span::Month => one.from.format("%b %-d").to_string(),
            }),
            title: format!(
                "{from}: {} accepted, {} refused",
                words::count(one.accepted),
                words::count(one.refused)
            ),
        }
    });
    let lines = [0, top / 2, top].into_iter().map(|count| GridLine {
        y: number(BOTTOM - height(count)),
        text: words::count(count),
    });
    let rows = history.stretches.iter().map(|one| Row {
        from: words::time(one.from),
        accepted: words::count(one.accepted),
        refused: words::count(one.refused),
    });
    Chart {
        bars: bars.collect(),
        lines: lines.collect(),
        rows: rows.collect(),
        empty: history.accepted + history.refused == 0,
    }
}

/// The next even 1, 2 or 5 of a power of ten, and never nothing.
fn round_up(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for times in [2, 4, 10] {
            let round = power.saturating_mul(times);
            if round >= most {
                return round;
            }
        }
        power = power.saturating_mul(10);
    }
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{admin::Stretch, clock::Timestamp};

    #[test]
    fn the_scale_is_round_and_holds_the_most() {
        for (most, top) in [
            (0, 2),
            (2, 2),
            (3, 4),
            (5, 10),
            (11, 20),
            (99, 100),
            (401, 1_000),
        ] {
            assert_eq!(round_up(most), top, "{most}");
        }
        assert!(round_up(u64::MAX) == u64::MAX);
    }

    #[test]
    fn bars_stand_on_each_other_within_the_frame() {
        let stretch = |accepted, refused| Stretch {
            from: Timestamp::UNIX_EPOCH,
            accepted,
            refused,
        };
        let history = History {
            span: Span::Day,
            step_seconds: 3_600,
            stretches: vec![stretch(0, 0), stretch(6, 4)],
            accepted: 6,
            refused: 4,
            no_match: 0,
        };
        let chart = chart(&history);
        let bar = &chart.bars[1];
        let value = |text: &str| text.parse::<f64>().unwrap();
        assert!(
            (value(&bar.refused_y) - TOP).abs() < 0.2,
            "{}",
            bar.refused_y
        );
        let meets = value(&bar.refused_y) + value(&bar.refused_height);
        assert!((meets - value(&bar.accepted_y)).abs() < 0.2);
        assert!(!chart.empty && chart.rows.len() == 2);
    }
}
