//! Plots, as SVG.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use crate::cell::Outcome;
use crate::scenario::{Company, LAGS, SOME};
use crate::servers;
use crate::strategies::{Kind, Promise};
use crate::workload::closed::Operation;
use crate::workload::sessions::Habit;

/// A plot that was drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plot {
    pub(crate) title: &'static str,
    pub(crate) file: &'static str,
}

const CYCLE: Plot = Plot { title: "Write, then read it back: p50 over the link, 8 tasks", file: "cycle.svg" };
const OFFLOAD: Plot =
    Plot { title: "Reads served by replicas: 1000 sessions that think, 95 % reads", file: "offload.svg" };

const SIZE: (u32, u32) = (860, 420);
const OURS: RGBColor = RGBColor(0x1b, 0x7f, 0x5c);
const OTHERS: RGBColor = RGBColor(0x8a, 0x93, 0xa0);
/// For those who promise nothing.
const UNSAFE: RGBColor = RGBColor(0xd9, 0x8a, 0x5b);

/// Draws what there are outcomes for.
pub(crate) fn draw(folder: &Path, outcomes: &[Outcome]) -> Result<Vec<Plot>> {
    let mut drawn = Vec::new();
    let cycle = outcomes.iter().find(|outcome| {
        outcome.scenario.is_closed(servers::Path::Link, Operation::Cycle, SOME, Company::Nobody)
    });
    if let Some(cycle) = cycle {
        bars(&folder.join(CYCLE.file), cycle).map_err(|error| anyhow!("{error}"))?;
        drawn.push(CYCLE);
    }
    let by_lag: Vec<_> = LAGS
        .into_iter()
        .filter_map(|lag| outcomes.iter().find(|outcome| outcome.scenario.is_sessions(Habit::Thinks, lag)))
        .collect();
    if by_lag.len() == LAGS.len() {
        lines(&folder.join(OFFLOAD.file), &by_lag).map_err(|error| anyhow!("{error}"))?;
        drawn.push(OFFLOAD);
    }
    Ok(drawn)
}

type Drawn = Result<(), Box<dyn std::error::Error>>;

/// A bar for each strategy.
fn bars(path: &Path, outcome: &Outcome) -> Drawn {
    let bars: Vec<_> =
        outcome.cells.iter().map(|cell| (cell.kind, cell.took.quantile(0.5).as_secs_f64() * 1e3)).collect();
    let longest = bars.iter().map(|(_, millis)| *millis).fold(0.0, f64::max);
    let (root, rows) = (SVGBackend::new(path, SIZE).into_drawing_area(), bars.len() as i32);
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(CYCLE.title, ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(36)
        .y_label_area_size(190)
        .build_cartesian_2d(0.0..longest * 1.12, (0..rows).into_segmented())?;
    let name = |row: &SegmentValue<i32>| match row {
        SegmentValue::CenterOf(row) => label(bars[(rows - 1 - row) as usize].0),
        SegmentValue::Exact(_) | SegmentValue::Last => String::new(),
    };
    let mut mesh = chart.configure_mesh();
    mesh.disable_y_mesh().x_desc("ms").y_labels(bars.len()).y_label_formatter(&name);
    mesh.label_style(("sans-serif", 14)).draw()?;
    for (number, (kind, millis)) in bars.iter().enumerate() {
        let row = rows - 1 - number as i32;
        let mut bar = Rectangle::new(
            [(0.0, SegmentValue::Exact(row)), (*millis, SegmentValue::Exact(row + 1))],
            color(*kind).filled(),
        );
        bar.set_margin(5, 5, 0, 0);
        chart.draw_series([bar])?;
        let text =
            Text::new(format!(" {millis:.2}"), (*millis, SegmentValue::CenterOf(row)), ("sans-serif", 14));
        chart.draw_series([text])?;
    }
    Ok(root.present()?)
}

/// A line for each strategy that reads from replicas at all.
fn lines(path: &Path, by_lag: &[&Outcome]) -> Drawn {
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let last = by_lag.len() - 1;
    let mut chart = ChartBuilder::on(&root)
        .caption(OFFLOAD.title, ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(36)
        .y_label_area_size(56)
        .right_y_label_area_size(190)
        .build_cartesian_2d(0.0..last as f64, 0.0..105.0)?;
    let lag = |place: &f64| match LAGS.get(place.round() as usize) {
        Some(lag) if place.fract() == 0.0 => format!("{lag} ms"),
        _ => String::new(),
    };
    let mut mesh = chart.configure_mesh();
    mesh.x_labels(by_lag.len()).x_label_formatter(&lag).x_desc("replicas lag").y_desc("% of reads");
    mesh.light_line_style(WHITE).label_style(("sans-serif", 14)).draw()?;
    let kinds = by_lag[0].cells.iter().map(|cell| cell.kind);
    for kind in kinds {
        let share = |outcome: &&Outcome| outcome.cell(kind)?.offload();
        let points: Vec<_> = by_lag
            .iter()
            .enumerate()
            .filter_map(|(place, outcome)| Some((place as f64, 100.0 * share(outcome)?)))
            .collect();
        let dots = points.iter().map(|point| Circle::new(*point, 4, color(kind).filled()));
        chart.draw_series(dots)?;
        chart.draw_series(LineSeries::new(points.iter().copied(), color(kind).stroke_width(2)))?;
    }
    chart_names(&root, by_lag)?;
    Ok(root.present()?)
}

/// The names at the right, from the top in the order in which the lines end.
fn chart_names(root: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>, by_lag: &[&Outcome]) -> Drawn {
    let Some(last) = by_lag.last() else { return Ok(()) };
    let mut names: Vec<_> = last.cells.iter().filter_map(|cell| Some((cell.offload()?, cell.kind))).collect();
    names.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (row, (share, kind)) in names.into_iter().enumerate() {
        let text = format!("{:.0} % {}", 100.0 * share, label(kind));
        let place = (SIZE.0 as i32 - 195, 60 + 24 * row as i32);
        root.draw(&Text::new(text, place, ("sans-serif", 14).into_font().color(&color(kind))))?;
    }
    Ok(())
}

fn label(kind: Kind) -> String {
    kind.name().to_owned()
}

fn color(kind: Kind) -> RGBColor {
    match (kind, kind.promise()) {
        (Kind::Ryw(_), _) => OURS,
        (_, Promise::ReadYourWrites) => OTHERS,
        (_, Promise::Nothing) => UNSAFE,
    }
}
