//! A session whose server was promoted under it.
//!
//! It can tell where the server left its old branch, which nobody can tell who connects later ([`fate`](crate::fate) says
//! why), and serves no read any more. A few reads that are under way may have all sessions that a process has with the server:
//! if each closed its own, nobody would be left to ask. So the last one is kept here, out of the pool, until it was asked
//! or the pool leads to a server that is a replica.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use deadpool::managed::Object;

use super::{Maker, Own};

#[derive(Default)]
pub(super) struct Aside(Mutex<Option<Own>>);

impl Aside {
    /// Keeps a session, unless its pool was renewed since it was made; `generation` is that of the pool.
    pub(super) fn put(&self, session: Object<Maker>, generation: &AtomicU64) {
        let mut kept = self.lock();
        // Under the lock: who sees that the pool has one less finds it here.
        let session = Object::take(session);
        if session.generation == generation.load(Ordering::SeqCst) {
            *kept = Some(session);
        }
    }

    pub(super) fn take(&self) -> Option<Own> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Own>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
