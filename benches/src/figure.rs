//! The figures that the project is held to, one line each.

use std::fmt;

use crate::cell::Outcome;
use crate::samples::Ratio;
use crate::scenario::{Company, MANY, SOME, SOME_LAG};
use crate::servers::Path;
use crate::strategies::{FLAVOURS, Kind};
use crate::workload::closed::Operation;
use crate::workload::sessions::Habit;

/// A number with its target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) target: Target,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
    Below(f64),
    /// A count that should be zero.
    None,
}

impl Figure {
    pub(crate) const fn new(name: &'static str, value: f64, target: Target) -> Self {
        Self { name, value, target }
    }

    pub(crate) fn is_met(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.value <= most,
            Target::AtLeast(least) => self.value >= least,
            Target::Below(bound) => self.value < bound,
            Target::None => self.value == 0.0,
        }
    }

    /// The value, as precise as it deserves.
    pub(crate) fn value(&self) -> String {
        match self.target {
            Target::AtMost(_) | Target::AtLeast(_) => format!("{:.3}", self.value),
            Target::Below(_) => format!("{:.1}", self.value),
            Target::None => format!("{:.0}", self.value),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "<={most:.2}"),
            Self::AtLeast(least) => write!(f, ">={least:.2}"),
            Self::Below(bound) => write!(f, "<{bound}"),
            Self::None => f.write_str("<=0"),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "figure {} {} {}", self.name, self.value(), self.target)
    }
}

/// The figures of what was run; one whose scenario was left out is missing.
pub(crate) fn of(outcomes: &[Outcome]) -> Vec<Figure> {
    let ryw = Kind::Ryw(&FLAVOURS[0]);
    let closed = |path, operation, tasks, company| {
        outcomes.iter().find(move |outcome| outcome.scenario.is_closed(path, operation, tasks, company))
    };
    let alone = |path, operation, tasks| closed(path, operation, tasks, Company::Nobody);
    let p50 = |outcome: Option<&Outcome>, baseline| median(outcome?.p50_ratio(ryw, baseline));
    let throughput = |outcome: Option<&Outcome>, baseline| median(outcome?.throughput_ratio(ryw, baseline));
    let sessions = outcomes.iter().find(|outcome| outcome.scenario.is_sessions(Habit::Thinks, SOME_LAG));

    let some_writes = alone(Path::Loopback, Operation::Write, SOME);
    let many_writes = alone(Path::Loopback, Operation::Write, MANY);
    let some_reads = alone(Path::Loopback, Operation::Read, SOME);
    let many_reads = alone(Path::Loopback, Operation::Read, MANY);
    let cycle = alone(Path::Link, Operation::Cycle, SOME);
    let old = closed(Path::Link, Operation::Cycle, SOME, Company::OldTransaction);
    let stale: u64 =
        cells(outcomes).filter(|cell| matches!(cell.kind, Kind::Ryw(_))).map(|cell| cell.stale).sum();
    [
        ("postgres.write.p50_ratio", p50(some_writes, Kind::Primary), Target::AtMost(1.03)),
        ("postgres.write.throughput_ratio", throughput(many_writes, Kind::Primary), Target::AtLeast(0.97)),
        ("postgres.read.p50_ratio", p50(some_reads, Kind::Unguarded), Target::AtMost(1.02)),
        ("postgres.read.throughput_ratio", throughput(many_reads, Kind::Unguarded), Target::AtLeast(1.15)),
        ("postgres.cycle.p50_ratio", p50(cycle, Kind::Primary), Target::AtMost(1.05)),
        ("postgres.cycle.open_transaction_p50_ratio", p50(old, Kind::Primary), Target::AtMost(1.60)),
        (
            "postgres.offload_share",
            sessions.and_then(|outcome| outcome.cell(ryw)?.offload()),
            Target::AtLeast(0.95),
        ),
        ("postgres.stale", (!outcomes.is_empty()).then_some(stale as f64), Target::None),
    ]
    .into_iter()
    .filter_map(|(name, value, target)| Some(Figure::new(name, value?, target)))
    .collect()
}

fn cells(outcomes: &[Outcome]) -> impl Iterator<Item = &crate::cell::Cell> {
    outcomes.iter().flat_map(|outcome| &outcome.cells)
}

fn median(ratio: Option<Ratio>) -> Option<f64> {
    ratio.map(|ratio| ratio.median)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_name_value_and_target() {
        for (figure, line, met) in [
            (Figure::new("a", 1.0104, Target::AtMost(1.03)), "figure a 1.010 <=1.03", true),
            (Figure::new("a", 1.6, Target::AtMost(1.6)), "figure a 1.600 <=1.60", true),
            (Figure::new("a", 0.9, Target::AtLeast(0.97)), "figure a 0.900 >=0.97", false),
            (Figure::new("a", 300.0, Target::Below(300.0)), "figure a 300.0 <300", false),
            (Figure::new("a", 0.0, Target::None), "figure a 0 <=0", true),
            (Figure::new("a", 2.0, Target::None), "figure a 2 <=0", false),
        ] {
            assert_eq!((figure.to_string().as_str(), figure.is_met()), (line, met));
        }
    }

    #[test]
    fn what_was_not_run_has_no_figure() {
        assert_eq!(of(&[]), []);
    }
}
