//! A clock that jumps.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ryw_core::{Clock, SystemClock, Timestamp};

/// The system's clock, so far ahead as was last said.
#[derive(Debug, Default)]
pub(crate) struct JumpyClock(AtomicU64);

impl JumpyClock {
    /// From now on it shows so much more than the system's.
    pub(crate) fn jump_to(&self, ahead: Duration) {
        self.0.store(u64::try_from(ahead.as_millis()).unwrap_or(0), Ordering::SeqCst);
    }
}

impl Clock for JumpyClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(SystemClock.now().as_unix_millis() + self.0.load(Ordering::SeqCst))
    }
}
