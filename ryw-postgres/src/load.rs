//! How busy and how quick a server is, as this process sees it.
//!
//! Latency as an exponentially weighted mean that rises at once and falls slowly, times the requests under way: the
//! "peak EWMA" of Finagle and tower. An estimate, and only ever used to prefer one server to another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How much of the old mean a new, lower sample leaves, in sixteenths.
const MEMORY: u64 = 14;

#[derive(Debug, Default)]
pub(crate) struct Load {
    /// Nanoseconds.
    latency: AtomicU64,
    under_way: AtomicU64,
}

/// A request under way; counted until dropped.
pub(crate) struct UnderWay<'a> {
    load: &'a Load,
    begun: Instant,
}

impl Load {
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay { load: self, begun: Instant::now() }
    }

    /// Larger is worse. A server never asked comes first.
    pub(crate) fn cost(&self) -> u64 {
        let under_way = self.under_way.load(Ordering::Relaxed) + 1;
        self.latency.load(Ordering::Relaxed).saturating_mul(under_way)
    }

    pub(crate) fn latency(&self) -> Duration {
        Duration::from_nanos(self.latency.load(Ordering::Relaxed))
    }

    pub(crate) fn under_way(&self) -> u64 {
        self.under_way.load(Ordering::Relaxed)
    }

    fn sample(&self, took: Duration) {
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        // Two samples at once may lose one of them: it is an estimate.
        let mean = self.latency.load(Ordering::Relaxed);
        let next = if took >= mean { took } else { (mean / 16) * MEMORY + (took / 16) * (16 - MEMORY) };
        self.latency.store(next, Ordering::Relaxed);
    }
}

impl UnderWay<'_> {
    /// The request was answered; one that is dropped instead says nothing about the server's latency.
    pub(crate) fn answered(self) {
        self.load.sample(self.begun.elapsed());
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.load.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_rises_at_once_and_falls_slowly() {
        let load = Load::default();
        load.sample(Duration::from_micros(100));
        load.sample(Duration::from_micros(900));
        assert_eq!(load.latency(), Duration::from_micros(900));
        load.sample(Duration::from_micros(100));
        assert!(load.latency() > Duration::from_micros(700));
    }

    #[test]
    fn requests_under_way_multiply_the_cost() {
        let load = Load::default();
        load.sample(Duration::from_micros(100));
        let alone = load.cost();
        let first = load.begin();
        assert_eq!(load.cost(), 2 * alone);
        drop(first);
        assert_eq!((load.cost(), load.under_way()), (alone, 0));
    }
}
