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
    /// The middle half of the rounds, if it was taken in rounds.
    pub(crate) range: Option<(f64, f64)>,
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
        Self { name, value, target, range: None }
    }

    pub(crate) fn of_rounds(name: &'static str, ratio: Ratio, target: Target) -> Self {
        Self { range: Some((ratio.low, ratio.high)), ..Self::new(name, ratio.median, target) }
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
    let p50 = |outcome: Option<&Outcome>, baseline| outcome?.p50_ratio(ryw, baseline);
    let throughput = |outcome: Option<&Outcome>, baseline| outcome?.throughput_ratio(ryw, baseline);
    let sessions = outcomes.iter().find(|outcome| outcome.scenario.is_sessions(Habit::Thinks, SOME_LAG));

    let some_writes = alone(Path::Loopback, Operation::Write, SOME);
    let many_writes = alone(Path::Loopback, Operation::Write, MANY);
    let some_reads = alone(Path::Loopback, Operation::Read, SOME);
    let many_reads = alone(Path::Loopback, Operation::Read, MANY);
    let cycle = alone(Path::Link, Operation::Cycle, SOME);
    let old = closed(Path::Link, Operation::Cycle, SOME, Company::OldTransaction);
    let ratios = [
        ("postgres.write.p50_ratio", p50(some_writes, Kind::Primary), Target::AtMost(1.03)),
        ("postgres.write.throughput_ratio", throughput(many_writes, Kind::Primary), Target::AtLeast(0.97)),
        ("postgres.read.p50_ratio", p50(some_reads, Kind::Unguarded), Target::AtMost(1.02)),
        ("postgres.read.throughput_ratio", throughput(many_reads, Kind::Unguarded), Target::AtLeast(1.15)),
        ("postgres.cycle.p50_ratio", p50(cycle, Kind::Primary), Target::AtMost(1.05)),
        ("postgres.cycle.open_transaction_p50_ratio", p50(old, Kind::Primary), Target::AtMost(1.60)),
    ];
    let mut figures: Vec<_> = ratios
        .into_iter()
        .filter_map(|(name, ratio, target)| Some(Figure::of_rounds(name, ratio?, target)))
        .collect();
    if let Some(share) = sessions.and_then(|outcome| outcome.cell(ryw)?.offload()) {
        figures.push(Figure::new("postgres.offload_share", share, Target::AtLeast(0.95)));
    }
    if !outcomes.is_empty() {
        figures.push(Figure::new("postgres.stale", stale(outcomes) as f64, Target::None));
    }
    figures
}

/// The stale reads of ryw, whatever its mode.
fn stale(outcomes: &[Outcome]) -> u64 {
    let cells = outcomes.iter().flat_map(|outcome| &outcome.cells);
    cells.filter(|cell| matches!(cell.kind, Kind::Ryw(_))).map(|cell| cell.stale).sum()
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
