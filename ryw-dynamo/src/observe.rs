//! What can be seen of a source: spans and metrics.
//!
//! Each request to DynamoDB, with what it takes until it is answered (further attempts, other Regions), is a [`tracing`] span;
//! with the feature `metrics` the recorder of the [`metrics`](https://docs.rs/metrics) crate is told what is counted. What
//! nobody listens to costs an atomic load, and allocates nothing. `docs/observability.md` lists every name.

mod meter;
mod names;
mod operation;

use std::sync::OnceLock;

use ryw_core::{Reason, Route, Routed, SourceId};

use self::meter::{Counter, Labels};
pub(crate) use self::operation::Operation;
use crate::failure::Failure;

/// Kinds of routes.
const ROUTES: [&str; 3] = ["primary", "replica", "cache"];

/// What is counted of a source, beside what it counts itself.
pub(crate) struct Observer {
    labels: Labels,
    regions: Vec<String>,
    /// By Region, by kind of route, by reason. Made when they first occur.
    reads: Vec<OnceLock<Counter>>,
    writes: Counter,
    read_units: Counter,
    write_units: Counter,
    throttles: Counter,
    retries: Counter,
    unanswered: Vec<Counter>,
    hits: Counter,
    misses: Counter,
}

impl Observer {
    pub(crate) fn new(source: &SourceId, regions: Vec<String>) -> Self {
        let labels = Labels::of(source);
        let reads = regions.len() * ROUTES.len() * Reason::ALL.len();
        let of_region = |region: &String| labels.counter(names::UNANSWERED, &[("region", region)]);
        Self {
            reads: std::iter::repeat_with(OnceLock::new).take(reads).collect(),
            writes: labels.counter(names::WRITES, &[]),
            read_units: labels.counter(names::READ_UNITS, &[]),
            write_units: labels.counter(names::WRITE_UNITS, &[]),
            throttles: labels.counter(names::THROTTLES, &[]),
            retries: labels.counter(names::RETRIES, &[]),
            unanswered: regions.iter().map(of_region).collect(),
            hits: labels.counter(names::CACHE_HITS, &[]),
            misses: labels.counter(names::CACHE_MISSES, &[]),
            regions,
            labels,
        }
    }

    /// A read was done as `routed` says, in the Region at `place`, or in a cache before it.
    pub(crate) fn read(&self, place: usize, routed: Routed) {
        if !meter::IS_ON {
            return;
        }
        let kind = match routed.route {
            Route::Replica(_) => 1,
            Route::Cache => 2,
            // What the core may learn to say is counted where strong reads are.
            _ => 0,
        };
        let reason = Reason::ALL.iter().position(|reason| *reason == routed.reason).unwrap_or_default();
        let Some(cell) = self.reads.get((place * ROUTES.len() + kind) * Reason::ALL.len() + reason) else {
            return;
        };
        let counter = cell.get_or_init(|| {
            let labels = [
                ("region", self.regions[place].as_str()),
                ("route", ROUTES[kind]),
                ("reason", routed.reason.as_str()),
            ];
            self.labels.counter(names::READS, &labels)
        });
        counter.increment(1);
    }

    /// A write was acknowledged.
    pub(crate) fn wrote(&self) {
        self.writes.increment(1);
    }

    /// Reads have cost this many tenths of a unit.
    pub(crate) fn consumed_by_reads(&self, tenths: u64) {
        self.read_units.increment(tenths);
    }

    /// Writes have cost this many tenths of a unit.
    pub(crate) fn consumed_by_writes(&self, tenths: u64) {
        self.write_units.increment(tenths);
    }

    /// A request has failed.
    pub(crate) fn failed(&self, failure: &Failure) {
        if failure.throttled {
            self.throttles.increment(1);
        }
    }

    /// A request, or what was left of it, is sent again.
    pub(crate) fn again(&self) {
        self.retries.increment(1);
    }

    /// The Region at `place` gave no answer.
    pub(crate) fn unanswered(&self, place: usize) {
        self.unanswered[place].increment(1);
    }

    /// The cache was asked, and had an answer that the session may have, or none.
    pub(crate) fn asked_cache(&self, answered: bool) {
        if answered { self.hits.increment(1) } else { self.misses.increment(1) }
    }
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observer").field("regions", &self.regions).finish_non_exhaustive()
    }
}
