//! How many tokens came to what.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::InvalidToken;

/// How many tokens a codec has accepted, and rejected by reason.
#[derive(Default)]
pub struct TokenCounts {
    accepted: AtomicU64,
    rejected: [AtomicU64; InvalidToken::ALL.len()],
}

/// With the reasons that occurred: `TokenCounts { accepted: 3, rejected: [(Forged, 1)] }`.
impl fmt::Debug for TokenCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rejected: Vec<_> = InvalidToken::ALL
            .iter()
            .map(|why| (why, self.rejected_as(*why)))
            .filter(|(_, count)| *count > 0)
            .collect();
        f.debug_struct("TokenCounts")
            .field("accepted", &self.accepted())
            .field("rejected", &rejected)
            .finish()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_occurred_is_shown_by_name() {
        let counts = TokenCounts::default();
        counts.record(&Ok(()));
        counts.record::<()>(&Err(InvalidToken::Forged));
        assert_eq!(format!("{counts:?}"), "TokenCounts { accepted: 1, rejected: [(Forged, 1)] }");
    }
}
