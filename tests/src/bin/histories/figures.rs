//! The figures that a run is held to, one line each.

use std::fmt;

use ryw_tests::histories::{Fault, Guarantee, Setup};

use crate::report::Report;

/// Operations in a run of ten minutes.
const OPERATIONS: u64 = 1_000_000;
const FULL_RUN: u64 = 600;

/// A count with its target.
pub(crate) struct Figure {
    name: String,
    value: u64,
    target: Target,
}

enum Target {
    AtMost(u64),
    AtLeast(u64),
    /// It is told, and not judged.
    Open,
}

impl Figure {
    fn is_met(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.value <= most,
            Target::AtLeast(least) => self.value >= least,
            Target::Open => true,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "figure histories.{} {}", self.name, self.value)?;
        match self.target {
            Target::AtMost(most) => write!(f, " <={most}"),
            Target::AtLeast(least) => write!(f, " >={least}"),
            Target::Open => f.write_str(" >=0"),
        }
    }
}

/// All figures of a run.
pub(crate) fn of(report: &Report<'_>) -> Vec<Figure> {
    let figure = |name: &str, value, target| Figure { name: name.to_owned(), value, target };
    let checked = report.verdicts.iter().map(|verdict| verdict.report.checked).sum();
    let mut figures = vec![
        figure("violations", report.violations(), violations(report.setup)),
        figure("operations", report.operations(), operations(report.setup)),
        figure("reads_checked", checked, Target::AtLeast(1)),
        figure("acts", report.verdicts.len() as u64, Target::Open),
        figure("excused", report.verdicts.iter().map(|verdict| verdict.excused).sum(), Target::Open),
        figure("fates_unknown", report.tally.fates_unknown(), Target::Open),
    ];
    for fault in planned(report.setup) {
        let count = report.details.faults.get(&fault).copied().unwrap_or(0);
        // A short run does not come to all of them.
        let every_scene = report.verdicts.len() >= report.setup.scenes.len();
        let target = if every_scene && is_full(report.setup) { Target::AtLeast(1) } else { Target::Open };
        figures.push(figure(&format!("faults.{fault}"), count, target));
    }
    figures
}

/// Whether the run has shown what it was to show.
pub(crate) fn are_met(figures: &[Figure]) -> bool {
    figures.iter().all(Figure::is_met)
}

fn violations(setup: &Setup) -> Target {
    match (setup.guarantee, setup.plant) {
        (Guarantee::On, None) => Target::AtMost(0),
        _ => Target::AtLeast(1),
    }
}

fn operations(setup: &Setup) -> Target {
    if is_full(setup) { Target::AtLeast(OPERATIONS) } else { Target::AtLeast(1) }
}

fn is_full(setup: &Setup) -> bool {
    setup.duration.as_secs() >= FULL_RUN && setup.plant.is_none() && setup.guarantee == Guarantee::On
}

fn planned(setup: &Setup) -> Vec<Fault> {
    let happens = |fault: &&Fault| {
        setup.faults.contains(fault)
            && setup
                .scenes
                .iter()
                .any(|scene| scene.faults().contains(fault) || scene.turn() == Some(**fault))
    };
    Fault::ALL.iter().filter(happens).copied().collect()
}
