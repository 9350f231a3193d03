//! What can be seen of a layer: counts, metrics and events.
//!
//! The codec counts tokens by itself. Here is what it cannot know, and with the feature `metrics` both are told to the recorder
//! of the [`metrics`](https://docs.rs/metrics) crate, whose handles are asked for when the layer is made.

use std::sync::atomic::{AtomicU64, Ordering};

use ryw_core::InvalidToken;

/// Of one layer and all services that it has made.
#[derive(Debug)]
pub(crate) struct Counts {
    refused: AtomicU64,
    #[cfg(feature = "metrics")]
    told: told::Told,
}

impl Counts {
    pub(crate) fn new() -> Self {
        Self {
            refused: AtomicU64::new(0),
            #[cfg(feature = "metrics")]
            told: told::Told::new(),
        }
    }

    pub(crate) fn accepted(&self) {
        #[cfg(feature = "metrics")]
        self.told.accepted.increment(1);
    }

    pub(crate) fn rejected(&self, why: InvalidToken) {
        tracing::debug!(reason = why.as_str(), "a session token was rejected: {why}");
        #[cfg(feature = "metrics")]
        self.told.rejected(why.as_str());
    }

    pub(crate) fn too_many(&self) {
        tracing::debug!(reason = "too_many", "a request brought too many session tokens: none was read");
        #[cfg(feature = "metrics")]
        self.told.rejected("too_many");
    }

    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        tracing::debug!("a request was refused: too many come with bad session tokens");
        #[cfg(feature = "metrics")]
        self.told.refused.increment(1);
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

#[cfg(feature = "metrics")]
mod told {
    use metrics::{Counter, counter, describe_counter};

    const ACCEPTED: &str = "ryw_tower_tokens_accepted_total";
    const REJECTED: &str = "ryw_tower_tokens_rejected_total";
    const REFUSED: &str = "ryw_tower_requests_refused_total";

    pub(super) struct Told {
        pub(super) accepted: Counter,
        pub(super) refused: Counter,
    }

    impl Told {
        pub(super) fn new() -> Self {
            describe_counter!(ACCEPTED, "Session tokens that were good.");
            describe_counter!(
                REJECTED,
                "Session tokens that were not, by reason: of those sessions nothing is known."
            );
            describe_counter!(REFUSED, "Requests that were refused because too many came with bad tokens.");
            Self { accepted: counter!(ACCEPTED), refused: counter!(REFUSED) }
        }

        /// Rare enough to look the handle up.
        #[expect(clippy::unused_self, reason = "told is who tells")]
        pub(super) fn rejected(&self, reason: &'static str) {
            counter!(REJECTED, "reason" => reason).increment(1);
        }
    }

    impl std::fmt::Debug for Told {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Told")
        }
    }
}
