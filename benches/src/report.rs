//! Tables, for people.

use std::time::Duration;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::cell::{Cell, Outcome};
use crate::figure::Figure;
use crate::samples::Ratio;
use crate::strategies::Promise;

const COLUMNS: [&str; 12] = [
    "strategy",
    "ops/s",
    "× first",
    "p50 ms",
    "× first",
    "p99 ms",
    "on replicas",
    "server µs/op",
    "client µs/op",
    "× first",
    "stale",
    "failed",
];

/// A scenario's table; it is Markdown as well.
pub(crate) fn table(outcome: &Outcome) -> String {
    let mut table = markdown(&COLUMNS);
    for cell in &outcome.cells {
        table.add_row(row(outcome, cell));
    }
    table.to_string()
}

/// What went wrong, a line each.
pub(crate) fn failures(outcome: &Outcome) -> impl Iterator<Item = String> {
    outcome.cells.iter().filter_map(|cell| {
        let failure = cell.failure.as_ref()?;
        Some(format!("{}: {} operations failed, the first by: {failure}", cell.kind.name(), cell.failed))
    })
}

/// The figures, with whether they are what they should be.
pub(crate) fn figures(figures: &[Figure]) -> String {
    let mut table = markdown(&["figure", "measured", "middle half of the rounds", "target", "met"]);
    for figure in figures {
        let met = if figure.is_met() { "yes" } else { "no" };
        let range = figure.range.map_or_else(String::new, |(low, high)| format!("{low:.3}–{high:.3}"));
        let (name, target) = (format!("`{}`", figure.name), figure.target.to_string());
        table.add_row([name, figure.value(), range, target, met.into()]);
    }
    table.to_string()
}

fn row(outcome: &Outcome, cell: &Cell) -> Vec<String> {
    let first = outcome.scenario.strategies[0];
    vec![
        cell.kind.name().into(),
        format!("{:.0}", cell.throughput()),
        ratio(outcome.throughput_ratio(cell.kind, first)),
        millis(cell.took.quantile(0.5)),
        ratio(outcome.p50_ratio(cell.kind, first)),
        millis(cell.took.quantile(0.99)),
        cell.offload().map_or_else(String::new, |share| format!("{:.1} %", 100.0 * share)),
        format!("{:.0}", micros(cell.server_per_operation())),
        format!("{:.0}", micros(cell.client_per_operation())),
        outcome.processor_ratio(cell.kind, first).map_or_else(String::new, |ratio| format!("{ratio:.2}")),
        stale(cell),
        cell.failed.to_string(),
    ]
}

/// A ratio with the middle half of its rounds.
pub(crate) fn ratio(ratio: Option<Ratio>) -> String {
    match ratio {
        Some(Ratio { median, low, high }) => format!("{median:.3} ({low:.2}–{high:.2})"),
        None => String::new(),
    }
}

fn stale(cell: &Cell) -> String {
    match cell.kind.promise() {
        Promise::ReadYourWrites => cell.stale.to_string(),
        // Not a defect: nothing else was promised.
        Promise::Nothing => format!("({})", cell.stale),
    }
}

/// A table that is Markdown as well, with numbers from the second column on.
pub(crate) fn markdown(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn millis(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64() * 1e3)
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
