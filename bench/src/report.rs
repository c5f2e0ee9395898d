//! The table that is printed and kept, and its plot.

use std::{fmt::Write as _, path::Path, time::Duration};

use anyhow::{Context, Result};
use plotters::prelude::*;

use crate::load::{Outcome, Shape};

/// One measured run.
pub struct Row {
    /// What was measured.
    pub subject: String,
    pub shape: Shape,
    pub outcome: Outcome,
    /// CPU of the bridge's processes.
    pub cpu: Duration,
    /// Their peak memory so far, in bytes.
    pub peak: u64,
    /// The floor, measured beside this run.
    pub floor: Duration,
}

impl Row {
    fn cpu_per_login(&self) -> f64 {
        self.cpu.as_secs_f64() * 1_000.0 / (self.outcome.latency.len().max(1) as f64)
    }

    fn times_floor(&self) -> f64 {
        self.cpu_per_login() / (self.floor.as_secs_f64() * 1_000.0)
    }
}

/// The table as Markdown.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| bridge | load | logins | failed | logins/s | p50 ms | p90 ms | p99 ms | max ms | CPU ms/login | × floor | peak MiB |\n|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let outcome = &row.outcome;
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.0} | {:.1} | {:.1} | {:.1} | {:.1} | {:.3} | {:.2} | {:.0} |",
            row.subject,
            row.shape,
            outcome.latency.len(),
            outcome.failed,
            outcome.rate(),
            outcome.milliseconds(0.5),
            outcome.milliseconds(0.9),
            outcome.milliseconds(0.99),
            outcome.milliseconds(1.0),
            row.cpu_per_login(),
            row.times_floor(),
            row.peak as f64 / f64::from(1 << 20),
        );
    }
    let mut floors: Vec<f64> = rows
        .iter()
        .map(|row| row.floor.as_secs_f64() * 1_000.0)
        .collect();
    floors.sort_by(f64::total_cmp);
    if let (Some(least), Some(most)) = (floors.first(), floors.last()) {
        let _ = writeln!(
            text,
            "\nThe floor (two RSA-2048 signatures and one verification by aws-lc, on each core at once), measured beside each run: {least:.3} to {most:.3} ms. `× floor` is CPU a login over the floor of the same run."
        );
    }
    for row in rows {
        if let Some(reason) = &row.outcome.first_failure {
            let line: String = reason.chars().take(300).collect();
            let _ = writeln!(
                text,
                "\n{}, {}: first failure: {line}",
                row.subject, row.shape
            );
        }
    }
    text
}

/// Draws p50 and p99 against the logins a second that were asked for, for each bridge.
pub fn plot(rows: &[Row], path: &Path) -> Result<()> {
    let open: Vec<&Row> = rows
        .iter()
        .filter(|row| matches!(row.shape, Shape::Open(_)))
        .collect();
    let Some(most_rate) = open.iter().map(|row| rate(row)).max_by(f64::total_cmp) else {
        return Ok(());
    };
    let most = open
        .iter()
        .map(|row| row.outcome.milliseconds(0.99))
        .fold(1.0, f64::max);
    let root = SVGBackend::new(path, (760, 420)).into_drawing_area();
    root.fill(&WHITE).context("plot")?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Latency against load", ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..most_rate * 1.05, (0.5..most * 1.5).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("logins a second, asked for")
        .y_desc("milliseconds")
        .light_line_style(WHITE)
        .draw()?;
    let mut subjects: Vec<&str> = open.iter().map(|row| &*row.subject).collect();
    subjects.dedup();
    for (place, subject) in subjects.iter().enumerate() {
        for (quantile, name) in [(0.5, "p50"), (0.99, "p99")] {
            let points: Vec<(f64, f64)> = open
                .iter()
                .filter(|row| row.subject == *subject)
                .map(|row| (rate(row), row.outcome.milliseconds(quantile).max(0.5)))
                .collect();
            let colour = Palette99::pick(place * 2 + usize::from(quantile > 0.9)).to_rgba();
            let style = colour.stroke_width(2);
            chart
                .draw_series(LineSeries::new(points.clone(), style))?
                .label(format!("{subject} {name}"))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
            chart.draw_series(
                points
                    .iter()
                    .map(|point| Circle::new(*point, 3, colour.filled())),
            )?;
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()?;
    root.present()?;
    Ok(())
}

fn rate(row: &Row) -> f64 {
    match row.shape {
        Shape::Open(rate) => rate,
        Shape::Closed(_) => 0.0,
    }
}
