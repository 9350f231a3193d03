//! What came of a scenario: a cell for each strategy, made of the slices that it ran in.

use std::time::Duration;

use crate::samples::{Ratio, Samples};
use crate::scenario::Scenario;
use crate::strategies::{Kind, Promise, Reads};
use crate::workload::Tally;

/// A scenario that was run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) scenario: Scenario,
    /// In the order of the scenario's strategies.
    pub(crate) cells: Vec<Cell>,
}

/// A strategy in a scenario.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) kind: Kind,
    pub(crate) slices: Vec<Slice>,
    /// Of all slices.
    pub(crate) took: Samples,
    pub(crate) stale: u64,
    pub(crate) failed: u64,
    pub(crate) failure: Option<String>,
}

/// A turn of a strategy.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slice {
    pub(crate) elapsed: Duration,
    pub(crate) operations: usize,
    pub(crate) p50: Duration,
    pub(crate) reads: Reads,
    /// What the servers have used of the processors.
    pub(crate) server: Duration,
    /// What this process has used, links included.
    pub(crate) client: Duration,
    /// What everyone on the machine has used.
    pub(crate) machine: Duration,
}

impl Outcome {
    /// The cell of a strategy, if it took part.
    pub(crate) fn cell(&self, kind: Kind) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.kind == kind)
    }

    /// Half of a strategy's operations take this many times what half of the other's take.
    pub(crate) fn p50_ratio(&self, kind: Kind, baseline: Kind) -> Option<Ratio> {
        let p50 = |kind| Some(self.cell(kind)?.by_slice(|slice| slice.p50.as_secs_f64()));
        Ratio::by_round(&p50(kind)?, &p50(baseline)?)
    }

    /// A strategy does this many times as many operations in the same time as the other.
    pub(crate) fn throughput_ratio(&self, kind: Kind, baseline: Kind) -> Option<Ratio> {
        let throughput = |kind| Some(self.cell(kind)?.by_slice(Slice::throughput));
        Ratio::by_round(&throughput(kind)?, &throughput(baseline)?)
    }

    /// An operation of a strategy needs this many times as much processor time as one of the other, servers and client
    /// together. Not by round: a slice is too short for the ticks it is counted in.
    pub(crate) fn processor_ratio(&self, kind: Kind, baseline: Kind) -> Option<f64> {
        let used = |cell: &Cell| (cell.server_per_operation() + cell.client_per_operation()).as_secs_f64();
        let baseline = used(self.cell(baseline)?);
        (baseline > 0.0).then_some(used(self.cell(kind)?) / baseline)
    }
}

/// The share of the machine's processors that others had while something was measured.
pub(crate) fn disturbance(outcomes: &[Outcome], processors: usize) -> f64 {
    let slices = || outcomes.iter().flat_map(|outcome| &outcome.cells).flat_map(|cell| &cell.slices);
    let total = |of: fn(&Slice) -> Duration| slices().map(of).sum::<Duration>().as_secs_f64();
    let ours = total(|slice| slice.server + slice.client);
    let there_were = total(|slice| slice.elapsed) * processors as f64;
    (total(|slice| slice.machine) - ours).max(0.0) / there_were.max(f64::MIN_POSITIVE)
}

impl Cell {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, slices: Vec::new(), took: Samples::default(), stale: 0, failed: 0, failure: None }
    }

    /// Takes a slice with what its clients came to. Nothing may be stale or fail while they warmed up, either.
    pub(crate) fn add(&mut self, slice: Slice, mut tally: Tally, warm_up: Tally) {
        tally.took.sort();
        self.slices.push(Slice { operations: tally.took.len(), p50: tally.took.quantile(0.5), ..slice });
        self.took.append(&mut tally.took);
        self.stale += tally.stale + warm_up.stale;
        self.failed += tally.failed + warm_up.failed;
        self.failure = self.failure.take().or(warm_up.failure).or(tally.failure);
    }

    /// To be called after the last slice.
    pub(crate) fn close(&mut self) {
        self.took.sort();
    }

    /// Operations in a second, over all slices.
    pub(crate) fn throughput(&self) -> f64 {
        self.took.len() as f64 / self.total(|slice| slice.elapsed).as_secs_f64()
    }

    /// The share of reads that replicas have served; `None` if nothing was read.
    pub(crate) fn offload(&self) -> Option<f64> {
        let replicas: u64 = self.slices.iter().map(|slice| slice.reads.replicas).sum();
        let primary: u64 = self.slices.iter().map(|slice| slice.reads.primary).sum();
        (replicas + primary > 0).then(|| replicas as f64 / (replicas + primary) as f64)
    }

    /// What the servers need of the processors for an operation.
    pub(crate) fn server_per_operation(&self) -> Duration {
        self.per_operation(|slice| slice.server)
    }

    /// What this process needs of the processors for an operation.
    pub(crate) fn client_per_operation(&self) -> Duration {
        self.per_operation(|slice| slice.client)
    }

    /// Whether it has broken its promise, or failed.
    pub(crate) fn is_defect(&self) -> bool {
        self.failed > 0 || self.stale > 0 && self.kind.promise() == Promise::ReadYourWrites
    }

    fn per_operation(&self, used: impl Fn(&Slice) -> Duration) -> Duration {
        self.total(used).div_f64((self.took.len() as f64).max(1.0))
    }

    fn total(&self, of: impl Fn(&Slice) -> Duration) -> Duration {
        self.slices.iter().map(of).sum()
    }

    fn by_slice(&self, of: impl Fn(&Slice) -> f64) -> Vec<f64> {
        self.slices.iter().map(of).collect()
    }
}

impl Slice {
    fn throughput(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario;

    fn cell(kind: Kind, rounds: &[(u64, u64)], stale: u64) -> Cell {
        let mut cell = Cell::new(kind);
        for (nanos, operations) in rounds {
            let mut tally = Tally { stale, ..Tally::default() };
            (0..*operations).for_each(|_| tally.took.record(Duration::from_nanos(*nanos)));
            let reads = Reads { primary: 1, replicas: 3 };
            let slice = Slice { elapsed: Duration::from_secs(1), reads, ..Slice::default() };
            let slice = Slice { server: Duration::from_micros(*operations), ..slice };
            cell.add(slice, tally, Tally::default());
        }
        cell.close();
        cell
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let cells = vec![
            cell(Kind::Primary, &[(100, 50), (1000, 5), (100, 50)], 0),
            cell(Kind::NaiveLsn, &[(200, 25), (2000, 2), (150, 40)], 0),
        ];
        let outcome = Outcome { scenario: scenario::quick().remove(0), cells };
        let ratio = |ratio: Option<Ratio>| ratio.unwrap().median;
        assert_eq!(ratio(outcome.p50_ratio(Kind::NaiveLsn, Kind::Primary)), 2.0);
        assert_eq!(ratio(outcome.throughput_ratio(Kind::NaiveLsn, Kind::Primary)), 0.5);
        assert_eq!(outcome.p50_ratio(Kind::Poller, Kind::Primary), None);
        assert_eq!(outcome.processor_ratio(Kind::NaiveLsn, Kind::Primary), Some(1.0));
        assert_eq!(outcome.processor_ratio(Kind::Poller, Kind::Primary), None);
    }

    #[test]
    fn a_cell_adds_its_slices_up() {
        let cell = cell(Kind::Primary, &[(100, 10), (300, 30)], 0);
        assert_eq!(cell.throughput(), 20.0);
        assert_eq!(cell.offload(), Some(0.75));
        assert_eq!(cell.server_per_operation(), Duration::from_micros(1));
        assert_eq!(cell.took.quantile(0.5), Duration::from_nanos(300));
        assert_eq!(Cell::new(Kind::Primary).offload(), None);
    }

    #[test]
    fn what_others_use_is_the_rest() {
        let second = Duration::from_secs(1);
        let slice = Slice { elapsed: second, server: second, machine: second * 3 / 2, ..Slice::default() };
        let mut cell = Cell::new(Kind::Primary);
        cell.slices.push(slice);
        let outcome = Outcome { scenario: scenario::quick().remove(0), cells: vec![cell] };
        assert_eq!(disturbance(&[outcome], 2), 0.25);
        assert_eq!(disturbance(&[], 2), 0.0);
    }

    #[test]
    fn a_stale_read_is_a_defect_only_of_who_promises_none() {
        assert!(cell(Kind::NaiveLsn, &[(1, 1)], 1).is_defect());
        assert!(!cell(Kind::Unguarded, &[(1, 1)], 1).is_defect());
        assert!(!cell(Kind::NaiveLsn, &[(1, 1)], 0).is_defect());
        let mut failed = cell(Kind::Unguarded, &[(1, 1)], 0);
        failed.failed = 1;
        assert!(failed.is_defect());
    }
}
