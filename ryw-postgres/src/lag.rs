//! Replicas that lag too far behind to be chosen while there is another.
//!
//! A read that must see something is held back from them by the decision. This is about the others: an eventual read, or
//! one of a context without a past, may run anywhere, and should not run where the data is minutes old. They are left out,
//! not given up: if all lag, they serve, for the primary must not inherit the load of all its replicas.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::observe::{Changes, Gauge, Labels, names};

/// How far one replica lags, as far as that matters for choosing it.
pub(crate) struct Lag {
    limit: Duration,
    is_beyond: AtomicBool,
    changes: Changes,
    told: Gauge,
}

impl Lag {
    pub(crate) fn new(limit: Duration, labels: &Labels) -> Self {
        Self {
            limit,
            is_beyond: AtomicBool::new(false),
            changes: labels.changes("lagging"),
            told: labels.gauge(names::LAG),
        }
    }

    /// Notes how far it lagged when it answered last.
    pub(crate) fn note(&self, lag: Duration) {
        self.told.set(lag.as_secs_f64());
        // Back at half the limit, or one that lags about so much would come and go.
        let was = self.is_beyond.load(Ordering::Relaxed);
        let is = if was { lag > self.limit / 2 } else { lag > self.limit };
        if was != is && self.is_beyond.swap(is, Ordering::Relaxed) != is {
            if is { &self.changes.ejections } else { &self.changes.returns }.add();
        }
    }

    /// Whether it lags more than is allowed.
    pub(crate) fn is_beyond(&self) -> bool {
        self.is_beyond.load(Ordering::Relaxed)
    }

    pub(crate) const fn changes(&self) -> &Changes {
        &self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_left_out_beyond_the_limit_and_taken_back_at_half_of_it() {
        let lag = Lag::new(Duration::from_secs(10), &Labels::of(&"main".into()));
        for (seconds, beyond, changes) in [
            (10, false, (0, 0)),
            (11, true, (1, 0)),
            (6, true, (1, 0)),
            (5, false, (1, 1)),
            (9, false, (1, 1)),
        ] {
            lag.note(Duration::from_secs(seconds));
            assert_eq!(lag.is_beyond(), beyond, "{seconds} s");
            assert_eq!((lag.changes.ejections.total(), lag.changes.returns.total()), changes, "{seconds} s");
        }
    }
}
