//! A crowd of readers, each of which has just written.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ryw_core::Context;
use ryw_tests::{Favorite, FavoriteRepository};

/// How many readers there are.
pub(crate) const READERS: i64 = 1000;

/// What came of one read by each.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) served: usize,
    pub(crate) stale: usize,
    /// How long each of those took that were told that there is no place.
    pub(crate) refused: Vec<Duration>,
}

impl Outcome {
    /// The share of the refused that was quicker than this, at `part` of them.
    pub(crate) fn refused_within(&self, part: f64) -> Duration {
        let mut all = self.refused.clone();
        all.sort_unstable();
        all.get(((all.len() as f64 * part) as usize).min(all.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }
}

/// One context for each reader, which has written its own row.
pub(crate) async fn written(favorites: &FavoriteRepository) -> Arc<Vec<Context>> {
    let mut all = Vec::new();
    for key in 0..READERS {
        let ctx = Context::new();
        favorites.insert(&ctx, &Favorite::numbered(key, 1)).await.unwrap();
        all.push(ctx);
    }
    Arc::new(all)
}

/// All read at once, each its own row.
pub(crate) async fn read(
    favorites: &FavoriteRepository,
    contexts: &Arc<Vec<Context>>,
    stale: bool,
) -> Outcome {
    let readers = (0..READERS).map(|key| {
        let (favorites, contexts) = (favorites.clone(), Arc::clone(contexts));
        tokio::spawn(async move {
            let ctx = &contexts[usize::try_from(key).unwrap()];
            let ctx = if stale { ctx.stale_when_overloaded() } else { ctx.clone() };
            let begun = Instant::now();
            (favorites.find(&ctx, &key).await, begun.elapsed())
        })
    });
    let readers: Vec<_> = readers.collect();
    let mut outcome = Outcome::default();
    for reader in readers {
        match reader.await.unwrap() {
            (Ok(Some(_)), _) => outcome.served += 1,
            (Ok(None), _) => outcome.stale += 1,
            (Err(why), took) => {
                assert!(why.is_overloaded() && why.is_retryable(), "{why:?}");
                outcome.refused.push(took);
            }
        }
    }
    outcome
}
