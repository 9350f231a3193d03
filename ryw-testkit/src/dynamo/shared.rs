//! The one lock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::world::World;

/// The Regions' state, for the doors that answer from it and the handles that change it.
pub(super) struct Shared(Mutex<World>);

impl Shared {
    pub(super) fn new(world: World) -> Self {
        Self(Mutex::new(world))
    }

    /// Held for one request or one order at a time, never across an await.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        // A test that panics in a closure of its own must still see the other tasks' answers.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
