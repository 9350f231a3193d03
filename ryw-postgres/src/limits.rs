//! How long, and how many: the numbers that bound what a source does.

use std::time::Duration;

/// The bounds of a source; the builder documents each.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) max_connections: u32,
    pub(crate) primary_patience: Duration,
    pub(crate) replica_patience: Duration,
    pub(crate) replica_read_limit: Duration,
    pub(crate) wait_budget: Duration,
    /// `None`: half the connections to the primary.
    pub(crate) fallbacks: Option<usize>,
    pub(crate) fallback_patience: Duration,
    pub(crate) max_lag: Duration,
}

impl Limits {
    /// How many reads may be on the primary for want of a replica.
    pub(crate) fn fallbacks(&self, primary_connections: u32) -> usize {
        self.fallbacks.unwrap_or_else(|| (primary_connections as usize / 2).max(1))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 10,
            primary_patience: Duration::from_secs(5),
            replica_patience: Duration::from_secs(1),
            replica_read_limit: Duration::from_secs(5),
            wait_budget: Duration::from_millis(10),
            fallbacks: None,
            fallback_patience: Duration::from_millis(100),
            max_lag: Duration::from_secs(10),
        }
    }
}
