//! How many tokens came to what.

use std::sync::atomic::{AtomicU64, Ordering};

use super::InvalidToken;

/// How many tokens a codec has accepted, and rejected by reason.
#[derive(Debug, Default)]
pub struct TokenCounts {
    accepted: AtomicU64,
    rejected: [AtomicU64; InvalidToken::ALL.len()],
}

impl TokenCounts {
    /// Tokens that were good.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Tokens that were rejected for this reason.
    #[must_use]
    pub fn rejected_as(&self, why: InvalidToken) -> u64 {
        self.rejected[why as usize].load(Ordering::Relaxed)
    }

    /// Tokens that were rejected.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected.iter().map(|count| count.load(Ordering::Relaxed)).sum()
    }

    pub(super) fn record<T>(&self, outcome: &Result<T, InvalidToken>) {
        let count = match outcome {
            Ok(_) => &self.accepted,
            Err(why) => &self.rejected[*why as usize],
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}
