//! A bound on the reads that go to the primary because no replica will do.
//!
//! When all replicas fall behind, or away, their load would fall on the primary at once and bring it down, with the writes.
//! So only so many of these reads run there at a time, a few more wait for a moment, and the rest fail: typed, quickly and
//! worth a retry. Reads that belong on the primary (strong ones, time-to-live mode inside its window) are not held back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ryw_core::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Debug)]
pub(crate) struct Limiter {
    slots: Arc<Semaphore>,
    limit: usize,
    patience: Duration,
    refused: AtomicU64,
}

/// The right to one read on the primary.
#[derive(Debug)]
pub(crate) struct Permit(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Limiter {
    pub(crate) fn new(limit: usize, patience: Duration) -> Self {
        Self { slots: Arc::new(Semaphore::new(limit)), limit, patience, refused: AtomicU64::new(0) }
    }

    /// Waits for a slot, for as long as the patience lasts.
    pub(crate) async fn admit(&self) -> Result<Permit, Error> {
        let slot = Arc::clone(&self.slots).acquire_owned();
        if let Ok(Ok(permit)) = tokio::time::timeout(self.patience, slot).await {
            return Ok(Permit(permit));
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
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
        self.refused.load(Ordering::Relaxed)
    }
}
