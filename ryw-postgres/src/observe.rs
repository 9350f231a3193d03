//! What can be seen of a source: spans, metrics, and the counts of [`status`](crate::PostgresSource::status).
//!
//! Three ways out of one place. What happens is counted in plain atomics, which `status` reads; with the feature `metrics`
//! the same call tells the recorder of the [`metrics`](https://docs.rs/metrics) crate; and each routed operation is a
//! [`tracing`] span. What nobody listens to costs an atomic load or addition, and allocates nothing.
//!
//! `docs/observability.md` lists every name. Rejected: counting in the recorder alone, which would leave `status` without
//! counts wherever no recorder is installed; and looking the recorder up at each event, which hashes the labels on the
//! path of every read.

mod meter;
pub(crate) mod names;
mod operation;

use std::sync::OnceLock;
use std::time::Duration;

use ryw_core::{Reason, Route, Routed, SourceId};

pub(crate) use self::meter::{Changes, Count, Counter, Gauge, Histogram, Labels};
pub(crate) use self::operation::Operation;

/// What is counted of a source, apart from its nodes.
pub(crate) struct Observer {
    labels: Labels,
    servers: Vec<String>,
    /// By place, by whether it served as a replica, by reason. Made when they first occur.
    reads: Vec<OnceLock<Counter>>,
    /// Reads issued once more on the same connection, because the first statement could not tell.
    pub(crate) reissued: Count,
    /// Questions to the primary how far it has come, each a round trip.
    pub(crate) captures: Count,
    pub(crate) writes: Count,
    pub(crate) commits_unknown: Count,
    waits: Histogram,
}

impl Observer {
    /// `servers` are the nodes' addresses, in the order of their places.
    pub(crate) fn new(source: &SourceId, servers: Vec<String>) -> Self {
        let labels = Labels::of(source);
        let reads = servers.len() * 2 * Reason::ALL.len();
        Self {
            reads: std::iter::repeat_with(OnceLock::new).take(reads).collect(),
            reissued: labels.count(names::REISSUED),
            captures: labels.count(names::CAPTURES),
            writes: labels.count(names::WRITES),
            commits_unknown: labels.count(names::COMMITS_UNKNOWN),
            waits: labels.histogram(names::WAIT),
            servers,
            labels,
        }
    }

    /// A read was served by the node at `place`.
    pub(crate) fn read(&self, place: usize, routed: Routed) {
        if !meter::IS_ON {
            return;
        }
        let reason = Reason::ALL.iter().position(|reason| *reason == routed.reason).unwrap_or_default();
        let kind = usize::from(routed.route.is_replica());
        let Some(cell) = self.reads.get((place * 2 + kind) * Reason::ALL.len() + reason) else { return };
        let counter = cell.get_or_init(|| {
            let server = self.servers.get(place).map_or("", String::as_str);
            let route = if routed.route == Route::Primary { "primary" } else { "replica" };
            let labels = [("server", server), ("route", route), ("reason", routed.reason.as_str())];
            self.labels.counter(names::READS, &labels)
        });
        counter.increment(1);
    }

    /// A read has waited for a replica, whether that caught up in the end or not.
    pub(crate) fn waited(&self, wait: Duration) {
        self.waits.record(wait.as_secs_f64());
    }
}
