//! Time as an argument, so that decisions stay pure.
//!
//! Only one thing in the core depends on time: how long ago a context last wrote, which the time-to-live mode
//! asks. That instant may have been taken in another process, so it is wall-clock time, with wall-clock faults: a
//! clock that jumps forward ends a window early. This is one reason why a position beats a window, and why the
//! window is what is left when no position is known.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A wall-clock instant, in whole milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The instant `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_unix_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix_millis(self) -> u64 {
        self.0
    }

    /// The instant `by` before, or the Unix epoch if that is later.
    #[must_use]
    pub fn earlier_by(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)))
    }

    /// The instant `by` after, or the last there is.
    #[must_use]
    pub fn later_by(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Whether less than `window` has passed between `self` and `now`.
    ///
    /// A `self` later than `now` (another machine's clock, or ours set back) counts as inside: that is the side on
    /// which a read goes to the primary.
    #[must_use]
    pub fn is_within(self, window: Duration, now: Self) -> bool {
        u128::from(now.0.saturating_sub(self.0)) < window.as_millis()
    }
}

/// Where a source takes the time from.
///
/// Implementations MUST NOT block and SHOULD return time that runs forward.
pub trait Clock: Debug + Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The operating system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A clock that a test moves by hand.
///
/// ```
/// use ryw_core::{Clock, ManualClock, Timestamp};
/// use std::time::Duration;
///
/// let clock = ManualClock::new(Timestamp::from_unix_millis(1_000));
/// clock.advance(Duration::from_secs(2));
/// assert_eq!(clock.now(), Timestamp::from_unix_millis(3_000));
/// ```
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub const fn new(start: Timestamp) -> Self {
        Self(AtomicU64::new(start.0))
    }

    /// Moves the clock forward by `step`, in whole milliseconds.
    pub fn advance(&self, step: Duration) {
        let step = u64::try_from(step.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(step, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_half_open_and_the_future_is_inside() {
        let at = Timestamp::from_unix_millis;
        let window = Duration::from_millis(10);
        for (written, now, inside) in
            [(100, 100, true), (100, 109, true), (100, 110, false), (200, 100, true), (0, 100, false)]
        {
            assert_eq!(at(written).is_within(window, at(now)), inside, "{written} at {now}");
        }
    }
}
