//! Losses, in their order.

use std::sync::atomic::{AtomicU64, Ordering};

/// When, in the order of this process, a position was last lost.
///
/// A read on the primary settles the losses that happened before it began and no others, so each loss is numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Loss(u64);

impl Loss {
    pub(crate) fn now() -> Self {
        static LOSSES: AtomicU64 = AtomicU64::new(0);
        Self(LOSSES.fetch_add(1, Ordering::SeqCst))
    }
}
