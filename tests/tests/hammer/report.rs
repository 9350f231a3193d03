//! What a run came to.

use std::collections::BTreeMap;
use std::fmt;

use ryw_core::ConsistencySource as _;
use ryw_postgres::PostgresSource;
use ryw_tests::session::Stale;

#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    /// Writes whose fate is not known to their session, and such as were dropped.
    pub(crate) unknown: u64,
    pub(crate) dropped: u64,
    pub(crate) stale: Vec<Stale>,
    pub(crate) failed_reads: Vec<String>,
    /// Queries on a connection of one's own are not repeated elsewhere: their failures are the caller's.
    pub(crate) failed_queries: u64,
    pub(crate) replica_reads: u64,
    pub(crate) primary_reads: u64,
    pub(crate) reasons: BTreeMap<String, u64>,
}

impl Report {
    pub(crate) fn add(&mut self, other: Self) {
        self.reads += other.reads;
        self.writes += other.writes;
        self.unknown += other.unknown;
        self.dropped += other.dropped;
        self.stale.extend(other.stale);
        self.failed_reads.extend(other.failed_reads);
        self.failed_queries += other.failed_queries;
    }

    pub(crate) fn count(&mut self, source: &PostgresSource) {
        self.replica_reads += source.counts().replica_reads();
        self.primary_reads += source.counts().primary_reads();
        for (reason, count) in source.counts().reasons() {
            *self.reasons.entry(reason.to_string()).or_default() += count;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routed = (self.replica_reads + self.primary_reads).max(1);
        writeln!(
            f,
            "{} reads ({} % on replicas), {} stale, {} failed; {} queries of one's own failed",
            self.reads,
            100 * self.replica_reads / routed,
            self.stale.len(),
            self.failed_reads.len(),
            self.failed_queries,
        )?;
        writeln!(f, "{} writes, {} more unknown, {} more dropped", self.writes, self.unknown, self.dropped)?;
        for (reason, count) in &self.reasons {
            writeln!(f, "{count:>10} {reason}")?;
        }
        self.stale.iter().take(5).try_for_each(|stale| writeln!(f, "{stale}"))?;
        self.failed_reads.iter().take(5).try_for_each(|failed| writeln!(f, "{failed}"))
    }
}
