//! What a run has come to so far: for the line of progress, and for the picture.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ryw_core::{Reason, Route, Routed};

use super::fault::Fault;

/// How long each slot of the picture is.
pub const SLOT: Duration = Duration::from_millis(500);
/// Latencies are kept by the power of two of the microseconds.
const BUCKETS: usize = 28;

/// What happened in one [`SLOT`].
#[derive(Clone, Debug, Default)]
pub struct Slot {
    /// Reads by where they ran.
    pub replica_reads: u64,
    /// See [`replica_reads`](Self::replica_reads).
    pub primary_reads: u64,
    /// Writes acknowledged.
    pub writes: u64,
    /// Operations that failed, or that nobody knows the outcome of.
    pub failed: u64,
    latencies: [u32; BUCKETS],
}

/// A fault that has happened.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// What.
    pub fault: Fault,
    /// From when on, since the run began.
    pub from: Duration,
    /// Until when.
    pub until: Duration,
}

/// Counts, from all tasks.
#[derive(Debug)]
pub struct Tally {
    began: Instant,
    operations: AtomicU64,
    fallbacks: AtomicU64,
    unknown: AtomicU64,
    failed: AtomicU64,
    violations: AtomicU64,
    fates_unknown: AtomicU64,
    details: Mutex<Details>,
}

/// What is not needed at every moment.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Each [`SLOT`] of the run.
    pub slots: Vec<Slot>,
    /// The faults that have happened.
    pub marks: Vec<Mark>,
    /// How often each kind has happened.
    pub faults: BTreeMap<Fault, u64>,
    /// How often operations ran for a reason.
    pub reasons: BTreeMap<Reason, u64>,
    /// When acts began, and their names.
    pub acts: Vec<(Duration, &'static str)>,
}

/// What is shown while it runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Glance {
    /// Operations that have ended.
    pub operations: u64,
    /// Faults that have begun.
    pub faults: u64,
    /// Reads that went to the primary because no replica would do.
    pub fallbacks: u64,
    /// Violations found, of acts that have ended.
    pub violations: u64,
    /// Writes of unknown outcome.
    pub unknown: u64,
    /// Operations that failed.
    pub failed: u64,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Read,
    Written,
    Failed,
    Unknown,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            operations: AtomicU64::new(0),
            fallbacks: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            violations: AtomicU64::new(0),
            fates_unknown: AtomicU64::new(0),
            details: Mutex::default(),
        }
    }
}

impl Tally {
    /// What to show now.
    #[must_use]
    pub fn glance(&self) -> Glance {
        Glance {
            operations: self.operations.load(Ordering::Relaxed),
            faults: self.details().faults.values().sum(),
            fallbacks: self.fallbacks.load(Ordering::Relaxed),
            violations: self.violations.load(Ordering::Relaxed),
            unknown: self.unknown.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    /// All of it.
    #[must_use]
    pub fn snapshot(&self) -> Details {
        self.details().clone()
    }

    /// How long the run is under way.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn ended(&self, ending: Ending, began: Instant, routed: Option<Routed>) {
        let slot_index = (self.elapsed().as_millis() / SLOT.as_millis()) as usize;
        self.operations.fetch_add(1, Ordering::Relaxed);
        match ending {
            Ending::Failed => self.failed.fetch_add(1, Ordering::Relaxed),
            Ending::Unknown => self.unknown.fetch_add(1, Ordering::Relaxed),
            Ending::Read | Ending::Written => 0,
        };
        if routed.is_some_and(fell_back) {
            self.fallbacks.fetch_add(1, Ordering::Relaxed);
        }
        let mut details = self.details();
        if details.slots.len() <= slot_index {
            details.slots.resize_with(slot_index + 1, Slot::default);
        }
        if let Some(routed) = routed {
            *details.reasons.entry(routed.reason).or_default() += 1;
        }
        details.slots[slot_index].add(ending, began.elapsed(), routed);
    }

    /// More operations than one were recorded of what ended as one.
    pub(crate) fn more(&self, operations: u64) {
        self.operations.fetch_add(operations, Ordering::Relaxed);
    }

    pub(crate) fn fault(&self, fault: Fault, from: Duration) {
        let until = self.elapsed();
        let mut details = self.details();
        *details.faults.entry(fault).or_default() += 1;
        details.marks.push(Mark { fault, from, until });
    }

    pub(crate) fn act(&self, name: &'static str) {
        let now = self.elapsed();
        self.details().acts.push((now, name));
    }

    /// Acknowledged writes that no process could tell the fate of.
    #[must_use]
    pub fn fates_unknown(&self) -> u64 {
        self.fates_unknown.load(Ordering::Relaxed)
    }

    pub(crate) fn fate_unknown(&self) {
        self.fates_unknown.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn found(&self, violations: u64) {
        self.violations.fetch_add(violations, Ordering::Relaxed);
    }

    fn details(&self) -> MutexGuard<'_, Details> {
        self.details.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn add(&mut self, ending: Ending, took: Duration, routed: Option<Routed>) {
        match (ending, routed.map(|routed| routed.route)) {
            (Ending::Failed | Ending::Unknown, _) => self.failed += 1,
            (Ending::Written, _) => self.writes += 1,
            (Ending::Read, Some(Route::Replica(_) | Route::Cache)) => self.replica_reads += 1,
            (Ending::Read, _) => self.primary_reads += 1,
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        self.latencies[(micros.ilog2() as usize).min(BUCKETS - 1)] += 1;
    }

    /// How many operations ended in it.
    #[must_use]
    pub const fn operations(&self) -> u64 {
        self.replica_reads + self.primary_reads + self.writes + self.failed
    }

    /// A latency that this share of the operations did not exceed, to a factor of two; none if there were none.
    #[must_use]
    pub fn latency(&self, share: f64) -> Option<Duration> {
        let total: u32 = self.latencies.iter().sum();
        let wanted = (f64::from(total) * share).ceil();
        let mut sum = 0;
        for (power, count) in self.latencies.iter().enumerate() {
            sum += count;
            if total > 0 && f64::from(sum) >= wanted {
                return Some(Duration::from_micros(2 << power));
            }
        }
        None
    }
}

fn fell_back(routed: Routed) -> bool {
    routed.route == Route::Primary
        && matches!(routed.reason, Reason::ReplicasBehind | Reason::NoReplica | Reason::ReplicaFailed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_latencies_is_found_to_a_factor_of_two() {
        let mut slot = Slot::default();
        assert_eq!(slot.latency(0.5), None);
        for micros in [100, 100, 100, 9000] {
            slot.add(Ending::Read, Duration::from_micros(micros), None);
        }
        assert_eq!(slot.latency(0.5), Some(Duration::from_micros(128)));
        assert_eq!(slot.latency(0.99), Some(Duration::from_micros(16384)));
    }
}
