//! Plots, as SVG.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::cell::{Cell, Outcome};
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

const CYCLE: Plot =
    Plot { title: "Write, then read it back: p50 in ms, 8 tasks, over the link", file: "cycle.svg" };
const OFFLOAD: Plot = Plot {
    title: "% of reads on replicas that lag 0, 50, 500 ms (from the top): 1000 sessions that think",
    file: "offload.svg",
};

const WIDTH: u32 = 860;
/// The height of what is not bars.
const FRAME: u32 = 100;
/// The width of the names.
const NAMES: u32 = 180;
const FONT: (&str, u32) = ("sans-serif", 14);
const OURS: RGBColor = RGBColor(0x1b, 0x7f, 0x5c);
const OTHERS: RGBColor = RGBColor(0x8a, 0x93, 0xa0);
/// For those who promise nothing.
const UNSAFE: RGBColor = RGBColor(0xd9, 0x8a, 0x5b);

/// A strategy, and its bars from the top.
type Group = (Kind, Vec<f64>);

/// Draws what there are outcomes for.
pub(crate) fn draw(folder: &Path, outcomes: &[Outcome]) -> Result<Vec<Plot>> {
    let is_cycle = |outcome: &&Outcome| {
        outcome.scenario.is_closed(servers::Path::Link, Operation::Cycle, SOME, Company::Nobody)
    };
    let cycle: Vec<_> = outcomes.iter().filter(is_cycle).collect();
    let by_lag: Vec<_> = LAGS
        .into_iter()
        .filter_map(|lag| outcomes.iter().find(|outcome| outcome.scenario.is_sessions(Habit::Thinks, lag)))
        .collect();
    let plots = [
        (CYCLE, groups(&cycle, |cell| Some(cell.took.quantile(0.5).as_secs_f64() * 1e3))),
        (OFFLOAD, groups(&by_lag, |cell| cell.offload().map(|share| 100.0 * share))),
    ];
    let mut drawn = Vec::new();
    for (plot, groups) in plots {
        if !groups.is_empty() {
            bars(&folder.join(plot.file), plot.title, &groups).map_err(|error| anyhow!("{error}"))?;
            drawn.push(plot);
        }
    }
    Ok(drawn)
}

/// A bar for each strategy and outcome.
fn groups(outcomes: &[&Outcome], value: impl Fn(&Cell) -> Option<f64>) -> Vec<Group> {
    let kinds = outcomes.first().map(|outcome| &outcome.scenario.strategies[..]).unwrap_or_default();
    let values = |kind: &Kind| outcomes.iter().filter_map(|outcome| value(outcome.cell(*kind)?)).collect();
    kinds.iter().map(|kind| (*kind, values(kind))).collect()
}

fn bars(path: &Path, title: &str, groups: &[Group]) -> Result<(), Box<dyn std::error::Error>> {
    let longest = groups.iter().flat_map(|(_, values)| values).copied().fold(0.0, f64::max);
    let most = groups.iter().map(|(_, values)| values.len()).max().unwrap_or_default() as u32;
    let size = (WIDTH, FRAME + groups.len() as u32 * (12 + 15 * most));
    let root = SVGBackend::new(path, size).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 18))
        .margin(16)
        .x_label_area_size(30)
        .y_label_area_size(NAMES)
        // Upside down: the first strategy at the top.
        .build_cartesian_2d(0.0..longest * 1.12, groups.len() as f64..0.0)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .light_line_style(WHITE)
        .label_style(FONT)
        .draw()?;
    let text = FONT.into_font().color(&BLACK);
    let (right, left) = (Pos::new(HPos::Right, VPos::Center), Pos::new(HPos::Left, VPos::Center));
    for (row, (kind, values)) in groups.iter().enumerate() {
        let middle = chart.backend_coord(&(0.0, row as f64 + 0.5));
        root.draw(&Text::new(kind.name(), (middle.0 - 8, middle.1), text.pos(right)))?;
        for (number, value) in values.iter().enumerate() {
            let thick = 0.8 / values.len() as f64;
            let top = row as f64 + 0.1 + thick * number as f64;
            let shade = color(*kind).mix(1.0 - 0.25 * number as f64);
            chart.draw_series([Rectangle::new([(0.0, top), (*value, top + thick)], shade.filled())])?;
            let end = chart.backend_coord(&(*value, top + thick / 2.0));
            root.draw(&Text::new(format!("{value:.2}"), (end.0 + 6, end.1), text.pos(left)))?;
        }
    }
    Ok(root.present()?)
}

fn color(kind: Kind) -> RGBColor {
    match (kind, kind.promise()) {
        (Kind::Ryw(_), _) => OURS,
        (_, Promise::ReadYourWrites) => OTHERS,
        (_, Promise::Nothing) => UNSAFE,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cell::Slice;
    use crate::scenario;
    use crate::strategies::Reads;
    use crate::workload::Tally;

    fn outcome(scenario: scenario::Scenario) -> Outcome {
        let cell = |kind: &Kind| {
            let mut tally = Tally::default();
            tally.took.record(Duration::from_millis(5));
            let reads = Reads { primary: 1, replicas: 3 };
            let mut cell = Cell::new(*kind);
            cell.add(Slice { reads, ..Slice::default() }, tally, Tally::default());
            cell.close();
            cell
        };
        Outcome { cells: scenario.strategies.iter().map(cell).collect(), scenario }
    }

    #[test]
    fn every_strategy_is_named_in_the_plots() {
        let folder = tempfile::tempdir().unwrap();
        assert!(draw(folder.path(), &[]).unwrap().is_empty());
        let outcomes: Vec<_> = scenario::all().into_iter().map(outcome).collect();
        let drawn = draw(folder.path(), &outcomes).unwrap();
        assert_eq!(drawn.len(), 2);
        for plot in drawn {
            let svg = std::fs::read_to_string(folder.path().join(plot.file)).unwrap();
            for cell in &outcomes.last().unwrap().cells {
                assert!(svg.contains(cell.kind.name()), "{} lacks {}", plot.file, cell.kind.name());
            }
        }
    }
}
