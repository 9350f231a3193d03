//! A bound on the reads that go to the primary because no replica will do.
//!
//! When all replicas fall behind, or away, their load would fall on the primary at once and bring it down, with the writes.
//! So only so many of these reads run there at a time, a few more wait for a moment, and the rest fail: typed, quickly and
//! worth a retry. Reads that belong on the primary (strong ones, time-to-live mode inside its window) are not held back.

use std::sync::Arc;
use std::time::Duration;

use ryw_core::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::observe::{Count, Gauge, Labels, names};

pub(crate) struct Limiter {
    slots: Arc<Semaphore>,
    limit: usize,
    patience: Duration,
    admitted: Count,
    refused: Count,
    told: Gauge,
}

/// The right to one read on the primary.
pub(crate) struct Permit {
    _slot: OwnedSemaphorePermit,
    told: Gauge,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.told.decrement(1.0);
    }
}

impl Limiter {
    pub(crate) fn new(limit: usize, patience: Duration, labels: &Labels) -> Self {
        labels.gauge(names::FALLBACKS_LIMIT).set(limit as f64);
        Self {
            slots: Arc::new(Semaphore::new(limit)),
            limit,
            patience,
            admitted: labels.count(names::FALLBACKS),
            refused: labels.count(names::FALLBACKS_REFUSED),
            told: labels.gauge(names::FALLBACKS_IN_USE),
        }
    }

    /// Waits for a slot, for as long as the patience lasts.
    pub(crate) async fn admit(&self) -> Result<Permit, Error> {
        let slot = Arc::clone(&self.slots).acquire_owned();
        if let Ok(Ok(slot)) = tokio::time::timeout(self.patience, slot).await {
            self.admitted.add();
            self.told.increment(1.0);
            return Ok(Permit { _slot: slot, told: self.told.clone() });
        }
        self.refused.add();
        Err(Error::overloaded(format!(
            "no replica can serve the read, and {} such reads are on the primary already",
            self.limit
        )))
    }

    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn in_use(&self) -> usize {
        self.limit.saturating_sub(self.slots.available_permits())
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.total()
    }

    pub(crate) fn admitted(&self) -> u64 {
        self.admitted.total()
    }
}
