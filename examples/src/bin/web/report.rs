//! What was shown, and so how the program ends.

use std::process::ExitCode;

use comfy_table::{CellAlignment, Table, presets};

use crate::demo::{Tally, Way};

/// One way, without ryw-tower and with it.
pub(crate) struct Row {
    pub(crate) way: Way,
    pub(crate) without: Tally,
    pub(crate) with: Tally,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Cookie => "next request, by cookie",
            Self::Header => "next request, by header",
            Self::Device => "another device, by store",
            Self::Message => "background worker, by message",
            Self::Chain => "chain of two services",
        }
    }
}

pub(crate) fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    table.set_header([
        "from a write to the next read",
        "reads",
        "stale without",
        "stale with",
        "with: from replicas",
    ]);
    for Row { way, without, with } in rows {
        let share = format!("{:.1} %", 100.0 * with.replicas as f64 / with.reads.max(1) as f64);
        table.add_row([way.name().to_owned(), with.reads.to_string(), stale(*without), stale(*with), share]);
    }
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

fn stale(tally: Tally) -> String {
    format!("{} ({:.1} %)", tally.stale, 100.0 * tally.stale as f64 / tally.reads.max(1) as f64)
}

/// Without a context that follows each way was stale, with it none was.
fn is_kept(rows: &[Row]) -> bool {
    rows.iter().all(|row| row.without.stale > 0 && row.with.stale == 0)
}

pub(crate) fn verdict(rows: &[Row]) -> &'static str {
    if is_kept(rows) {
        "Kept: without a context that follows the user each way was stale, with it none."
    } else if rows.iter().any(|row| row.with.stale > 0) {
        "Broken: ryw served a stale read."
    } else {
        "Nothing to see: the replicas did not lag enough."
    }
}

pub(crate) fn exit_code(rows: &[Row]) -> ExitCode {
    if is_kept(rows) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
