//! One question for all who need an answer at the same time.
//!
//! Whoever comes while a question is under way needs a later one, for its own write may have committed after that was
//! sent. All who wait share the next. Calls are counted; an answer serves those that had been made when its question was
//! sent. `coalesced::orders` tries every order of three who ask.

use std::sync::atomic::Ordering;

use tokio::sync::Mutex;

use crate::sync::AtomicU64;

#[derive(Debug)]
pub(crate) struct Coalesced<T> {
    calls: AtomicU64,
    /// The last answer, and the calls that had been made when its question was sent.
    answered: Mutex<Option<(u64, T)>>,
}

impl<T> Default for Coalesced<T> {
    fn default() -> Self {
        Self { calls: AtomicU64::default(), answered: Mutex::default() }
    }
}

impl<T: Clone> Coalesced<T> {
    /// An answer to a question that was sent after this call.
    ///
    /// # Errors
    /// If this caller asked, and failed. Those who wait then ask for themselves.
    ///
    /// # Cancel safety
    /// Dropped, it leaves the question to the next who waits.
    pub(crate) async fn ask<E>(&self, question: impl AsyncFnOnce() -> Result<T, E>) -> Result<T, E> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let mut answered = self.answered.lock().await;
        if let Some((_, answer)) = answered.as_ref().filter(|(calls, _)| *calls > call) {
            return Ok(answer.clone());
        }
        let calls = self.calls.load(Ordering::SeqCst);
        let answer = question().await?;
        *answered = Some((calls, answer.clone()));
        Ok(answer)
    }
}

#[cfg(test)]
mod orders;
