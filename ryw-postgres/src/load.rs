//! How busy and how quick a server is, as this process sees it.
//!
//! Latency as an exponentially weighted mean that rises at once and falls slowly, times the requests under way: the
//! "peak EWMA" of Finagle and tower. It also fades with time, so that a server that is not chosen is not remembered for ever
//! by its worst moment. An estimate, and only ever used to prefer one server to another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How much of the old mean a new, lower sample leaves, in sixteenths.
const MEMORY: u64 = 14;
/// After this long without a sample the mean counts half.
const HALF_LIFE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Load {
    /// Nanoseconds.
    latency: AtomicU64,
    /// When it was last sampled, in nanoseconds since `since`.
    sampled: AtomicU64,
    since: Instant,
    under_way: AtomicU64,
}

/// A request under way; counted until dropped.
pub(crate) struct UnderWay<'a> {
    load: &'a Load,
    begun: Instant,
}

impl Load {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            latency: AtomicU64::new(0),
            sampled: AtomicU64::new(0),
            since: now,
            under_way: AtomicU64::new(0),
        }
    }

    pub(crate) fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        UnderWay { load: self, begun: Instant::now() }
    }

    /// Larger is worse. A server never asked comes first.
    pub(crate) fn cost(&self, now: Instant) -> u64 {
        let under_way = self.under_way.load(Ordering::Relaxed) + 1;
        nanoseconds(self.latency(now)).saturating_mul(under_way)
    }

    /// The mean, faded.
    pub(crate) fn latency(&self, now: Instant) -> Duration {
        let idle = nanoseconds(now.saturating_duration_since(self.since))
            .saturating_sub(self.sampled.load(Ordering::Relaxed));
        let halvings = u32::try_from(idle / nanoseconds(HALF_LIFE)).unwrap_or(u32::MAX);
        Duration::from_nanos(self.latency.load(Ordering::Relaxed).checked_shr(halvings).unwrap_or(0))
    }

    pub(crate) fn under_way(&self) -> u64 {
        self.under_way.load(Ordering::Relaxed)
    }

    fn sample(&self, took: Duration, now: Instant) {
        let took = nanoseconds(took);
        // Two samples at once may lose one of them: it is an estimate.
        let mean = nanoseconds(self.latency(now));
        let next = if took >= mean { took } else { (mean / 16) * MEMORY + (took / 16) * (16 - MEMORY) };
        self.latency.store(next, Ordering::Relaxed);
        self.sampled.store(nanoseconds(now.saturating_duration_since(self.since)), Ordering::Relaxed);
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl UnderWay<'_> {
    /// The request was answered; one that is dropped instead says nothing about the server's latency.
    pub(crate) fn answered(self) {
        let now = Instant::now();
        self.load.sample(now.saturating_duration_since(self.begun), now);
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

    const SLOW: Duration = Duration::from_micros(900);
    const QUICK: Duration = Duration::from_micros(100);

    #[test]
    fn the_mean_rises_at_once_and_falls_slowly() {
        let now = Instant::now();
        let load = Load::new(now);
        load.sample(QUICK, now);
        load.sample(SLOW, now);
        assert_eq!(load.latency(now), SLOW);
        load.sample(QUICK, now);
        assert!(load.latency(now) > Duration::from_micros(700));
    }

    #[test]
    fn a_server_that_is_not_asked_is_forgiven() {
        let now = Instant::now();
        let load = Load::new(now);
        load.sample(SLOW, now);
        assert_eq!(load.latency(now + HALF_LIFE * 2), SLOW / 4);
        assert_eq!(load.latency(now + HALF_LIFE * 1000), Duration::ZERO);
    }

    #[test]
    fn requests_under_way_multiply_the_cost() {
        let now = Instant::now();
        let load = Load::new(now);
        load.sample(QUICK, now);
        let alone = load.cost(now);
        let first = load.begin();
        assert_eq!(load.cost(now), 2 * alone);
        drop(first);
        assert_eq!((load.cost(now), load.under_way()), (alone, 0));
    }
}
