//! The samples as three small curves over one another.

use std::path::Path;

use anyhow::{Context, Result};
use plotters::{coord::Shift, prelude::*};

use super::sample::Sample;

/// One curve.
struct Curve {
    name: &'static str,
    value: fn(&Sample) -> f64,
}

const CURVES: [Curve; 3] = [
    Curve {
        name: "memory, MiB",
        value: |one| one.resident as f64 / 1_048_576.0,
    },
    Curve {
        name: "file descriptors",
        value: |one| one.descriptors as f64,
    },
    Curve {
        name: "journal, MiB",
        value: |one| one.journal as f64 / 1_048_576.0,
    },
];

pub fn draw(samples: &[Sample], path: &Path) -> Result<()> {
    let root = SVGBackend::new(path, (760, 480)).into_drawing_area();
    root.fill(&WHITE).context("plot")?;
    for (area, curve) in root.split_evenly((CURVES.len(), 1)).iter().zip(&CURVES) {
        one(area, samples, curve)?;
    }
    root.present()?;
    Ok(())
}

fn one(area: &DrawingArea<SVGBackend<'_>, Shift>, samples: &[Sample], curve: &Curve) -> Result<()> {
    let points = || {
        samples
            .iter()
            .map(|one| (one.logins as f64 / 1_000.0, (curve.value)(one)))
    };
    let right = points().map(|(x, _)| x).fold(1.0, f64::max);
    let top = points().map(|(_, y)| y).fold(1.0, f64::max) * 1.2;
    let mut chart = ChartBuilder::on(area)
        .caption(curve.name, ("sans-serif", 14))
        .margin(6)
        .x_label_area_size(34)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..right, 0.0..top)?;
    chart
        .configure_mesh()
        .x_desc("thousand logins")
        .y_labels(4)
        .light_line_style(WHITE)
        .draw()?;
    chart.draw_series(LineSeries::new(points(), BLUE.stroke_width(2)))?;
    Ok(())
}
