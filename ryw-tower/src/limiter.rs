//! A bound on the requests of which nothing is known because their token was bad.
//!
//! Each of them may read on the primary, and whoever forges tokens can send as many as he likes. The generic cell rate
//! algorithm in one atomic: what is kept is when the next request would be due if all came evenly, and a request is let through
//! while that is no further ahead than a burst takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const SECOND: u64 = 1_000_000_000;

#[derive(Debug)]
pub(crate) struct Limiter {
    start: Instant,
    /// Between two requests, in nanoseconds.
    period: u64,
    /// How far ahead of the time requests may be.
    ahead: u64,
    /// When the next request is due, counted from the start.
    due: AtomicU64,
}

impl Limiter {
    /// Lets so many through in each second, and at once. None at all, if it is 0.
    pub(crate) fn new(per_second: u32) -> Self {
        let period = if per_second == 0 { u64::MAX } else { SECOND / u64::from(per_second) };
        Self { start: Instant::now(), period, ahead: SECOND, due: AtomicU64::new(0) }
    }

    pub(crate) fn admits(&self) -> bool {
        self.admits_at(self.start.elapsed())
    }

    fn admits_at(&self, now: Duration) -> bool {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let next = |due: u64| {
            let next = due.max(now).saturating_add(self.period);
            (next - now <= self.ahead).then_some(next)
        };
        self.due.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(limiter: &Limiter, now: Duration, asked: usize) -> usize {
        (0..asked).filter(|_| limiter.admits_at(now)).count()
    }

    #[test]
    fn a_burst_and_then_so_many_a_second() {
        let (limiter, start) = (Limiter::new(100), Duration::from_secs(50));
        assert_eq!(admitted(&limiter, start, 1000), 100);
        assert_eq!(admitted(&limiter, start + Duration::from_millis(55), 1000), 5);
        assert_eq!(
            admitted(&limiter, start + Duration::from_secs(60), 1000),
            100,
            "no more than a burst is saved up"
        );
        let steadily =
            (0..10_000).map(|millis| admitted(&limiter, start * 3 + Duration::from_millis(millis), 1));
        assert_eq!(steadily.sum::<usize>(), 100 + 10 * 100 - 1);
    }

    #[test]
    fn none_is_a_limit_too() {
        assert_eq!(admitted(&Limiter::new(0), Duration::from_secs(9), 10), 0);
    }
}
