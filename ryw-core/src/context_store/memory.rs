//! Contexts kept in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::ContextStorage;
use crate::{Clock, Error, SystemClock, Timestamp};

/// A [`ContextStorage`] in memory: for an application of one process, and for tests. Cheap to clone; clones are the same.
///
/// What has expired is cleared away as the map grows, so it takes as much room as there were users within the time to live.
#[derive(Clone, Debug)]
pub struct MemoryStorage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    kept: HashMap<String, Kept>,
    /// How many there may be before it is looked for what has expired.
    full: usize,
}

#[derive(Debug)]
struct Kept {
    bytes: Vec<u8>,
    expires_at: Timestamp,
}

/// By the clock of the system.
impl Default for MemoryStorage {
    fn default() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }
}

impl MemoryStorage {
    /// By this clock.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { clock, state: Mutex::default() }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is one of the map's own.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ContextStorage for MemoryStorage {
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let now = self.0.clock.now();
        Ok(self.lock().at(key, now).map(<[u8]>::to_vec))
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error> {
        let now = self.0.clock.now();
        let mut state = self.lock();
        if state.at(key, now) != expected {
            return Ok(false);
        }
        state.make_room(now);
        let kept = Kept { bytes: bytes.to_vec(), expires_at: now.later_by(time_to_live) };
        state.kept.insert(key.to_owned(), kept);
        Ok(true)
    }
}

impl State {
    fn at(&self, key: &str, now: Timestamp) -> Option<&[u8]> {
        let kept = self.kept.get(key).filter(|kept| kept.expires_at > now)?;
        Some(&kept.bytes)
    }

    /// Clears away what has expired each time that twice as many are kept as were left the last time.
    fn make_room(&mut self, now: Timestamp) {
        if self.kept.len() >= self.full {
            self.kept.retain(|_, kept| kept.expires_at > now);
            self.full = 2 * self.kept.len() + 64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;

    #[tokio::test]
    async fn what_has_expired_takes_no_room_for_ever() {
        let clock = Arc::new(ManualClock::default());
        let storage = MemoryStorage::with_clock(Arc::<ManualClock>::clone(&clock));
        for user in 0..10_000 {
            let stored = storage.replace(&user.to_string(), None, b"x", Duration::from_millis(10)).await;
            assert!(stored.unwrap());
            clock.advance(Duration::from_millis(1));
        }
        assert!(storage.lock().kept.len() < 200, "{}", storage.lock().kept.len());
    }
}
