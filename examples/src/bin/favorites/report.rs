//! The table.

use std::error::Error;
use std::iter;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};

use crate::tally::Outcome;

/// The outcomes side by side.
pub(crate) fn table(outcomes: &[Outcome]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    table.set_header([
        "routing",
        "reads",
        "stale reads",
        "from replicas",
        "read p50",
        "read p99",
        "write p50",
        "failed reads",
    ]);
    for outcome in outcomes {
        table.add_row(row(outcome));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn row(outcome: &Outcome) -> [String; 8] {
    let tally = &outcome.tally;
    let reads = tally.reads.count();
    [
        outcome.name.to_owned(),
        reads.to_string(),
        format!("{} ({})", tally.stale, share(tally.stale, reads)),
        share(outcome.counts.replica_reads, reads),
        milliseconds(tally.reads.percentile(50.0)),
        milliseconds(tally.reads.percentile(99.0)),
        milliseconds(tally.writes.percentile(50.0)),
        tally.failed_reads.to_string(),
    ]
}

/// Why an outcome's reads went where they went, in one line.
pub(crate) fn reasons(outcome: &Outcome) -> String {
    let reasons = outcome.counts.reasons.iter().filter(|(_, count)| **count > 0);
    let reasons: Vec<_> = reasons.map(|(reason, count)| format!("{reason} {count}")).collect();
    format!("{}'s reads by reason: {}", outcome.name, reasons.join(", "))
}

/// What failed of an outcome's operations, in one line; nothing if nothing did.
pub(crate) fn failures(outcome: &Outcome) -> Option<String> {
    let tally = &outcome.tally;
    let first = tally.first_error.as_deref()?;
    let (name, reads, writes) = (outcome.name, tally.failed_reads, tally.failed_writes);
    Some(format!("{name}: {reads} reads and {writes} writes failed; the first: {first}"))
}

/// An error and its causes, without those that the error itself already repeats, as sqlx's do.
pub(crate) fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let causes = iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    for cause in causes.map(ToString::to_string) {
        if !line.contains(&cause) {
            line.push_str(": ");
            line.push_str(&cause);
        }
    }
    line
}

#[expect(clippy::cast_precision_loss, reason = "a share to one decimal needs no more than 52 bits")]
fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / whole as f64) }
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::Counts;
    use crate::tally::Tally;

    #[test]
    fn a_row_tells_shares_and_percentiles() {
        let mut tally = Tally::new().unwrap();
        for took in [1, 2, 3, 40] {
            tally.reads.record(Duration::from_millis(took));
        }
        (tally.stale, tally.failed_reads) = (1, 2);
        let counts = Counts { replica_reads: 3, ..Counts::default() };
        let row = row(&Outcome { name: "naive", tally, counts });
        assert_eq!(row[..4], ["naive", "4", "1 (25.0 %)", "75.0 %"]);
        assert_eq!((row[4].as_str(), row[7].as_str()), ("2.00 ms", "2"));
        assert_eq!(share(0, 0), "-");
    }

    #[test]
    fn a_cause_is_told_once() {
        let cause = std::io::Error::other("connection refused");
        let error = anyhow::Error::new(cause).context("no database: connection refused").context("sorry");
        assert_eq!(in_one_line(&*error), "sorry: no database: connection refused");
    }
}
