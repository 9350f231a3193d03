//! What came of restores and saves.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    Unavailable,
    Invalid,
    Saved,
    Unchanged,
    Race,
    Failed,
}

/// How often what happened, since the store was made. Clones of a store count together.
#[derive(Default)]
pub struct StoreCounts([AtomicU64; 6]);

impl fmt::Debug for StoreCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreCounts")
            .field("unavailable", &self.unavailable())
            .field("invalid", &self.invalid())
            .field("saved", &self.saved())
            .field("unchanged", &self.unchanged())
            .field("races", &self.races())
            .field("failed", &self.failed())
            .finish()
    }
}

impl StoreCounts {
    /// Restores that the storage gave no answer to; each made its session unknown.
    #[must_use]
    pub fn unavailable(&self) -> u64 {
        self.of(Count::Unavailable)
    }

    /// Times that the storage held what none of ours has written for that user; each made a session unknown.
    #[must_use]
    pub fn invalid(&self) -> u64 {
        self.of(Count::Invalid)
    }

    /// Contexts stored.
    #[must_use]
    pub fn saved(&self) -> u64 {
        self.of(Count::Saved)
    }

    /// Saves that found nothing new to store.
    #[must_use]
    pub fn unchanged(&self) -> u64 {
        self.of(Count::Unchanged)
    }

    /// Times that another save was quicker, and this one was tried again.
    #[must_use]
    pub fn races(&self) -> u64 {
        self.of(Count::Race)
    }

    /// Saves that failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.of(Count::Failed)
    }

    pub(super) fn add(&self, count: Count) {
        self.0[count as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn of(&self, count: Count) -> u64 {
        self.0[count as usize].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_shown_by_name() {
        let counts = StoreCounts::default();
        counts.add(Count::Saved);
        let shown = "StoreCounts { unavailable: 0, invalid: 0, saved: 1, unchanged: 0, races: 0, failed: 0 }";
        assert_eq!(format!("{counts:?}"), shown);
    }
}
