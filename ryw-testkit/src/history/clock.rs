//! The clock of a recording.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Never gives the same time twice: what is read later is later.
#[derive(Debug)]
pub(super) struct Clock {
    pace: Pace,
    last: AtomicU64,
}

#[derive(Debug)]
pub(super) enum Pace {
    /// That of the machine's monotonic clock, since then.
    Real(Instant),
    /// So many nanoseconds each time it is read.
    Stepped(u64),
}

impl Clock {
    pub(super) const fn new(pace: Pace) -> Self {
        Self { pace, last: AtomicU64::new(0) }
    }

    /// Nanoseconds since the beginning, more than ever before.
    pub(super) fn now(&self) -> u64 {
        let least = match &self.pace {
            Pace::Real(began) => u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX / 2),
            Pace::Stepped(_) => 0,
        };
        let step = match &self.pace {
            Pace::Real(_) => 1,
            Pace::Stepped(step) => (*step).max(1),
        };
        let next = |last: u64| last.saturating_add(step).max(least);
        // Whoever reads later finds at least what this one leaves.
        let last = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(next(last)));
        next(last.unwrap_or_else(|last| last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_stands_still() {
        for pace in [Pace::Real(Instant::now()), Pace::Stepped(5)] {
            let clock = Clock::new(pace);
            let times: Vec<_> = (0..1000).map(|_| clock.now()).collect();
            assert!(times.is_sorted_by(|one, other| one < other));
        }
    }
}
