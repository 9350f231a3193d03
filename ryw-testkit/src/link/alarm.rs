//! Waiting until an instant, to less than the runtime's millisecond.
//!
//! One thread for all waits of a link. It sleeps until the earliest instant and wakes whoever waits for it; made at the
//! first wait, ended with the alarm.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use tokio::sync::oneshot;

/// Wakes tasks at instants.
#[derive(Debug, Default)]
pub(super) struct Alarm(Arc<Bells>);

#[derive(Debug, Default)]
struct Bells {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: BinaryHeap<Bell>,
    /// Whether there is a thread.
    attended: bool,
    ended: bool,
}

/// The earliest is the greatest, which is what a heap gives first.
#[derive(Debug)]
struct Bell {
    at: Instant,
    ring: oneshot::Sender<()>,
}

impl Alarm {
    /// Returns at `at`, or at once if that has passed.
    pub(super) async fn until(&self, at: Instant) {
        if at <= Instant::now() {
            return;
        }
        let (ring, rung) = oneshot::channel();
        self.set(Bell { at, ring });
        // An error means that the alarm has ended, and so has the link.
        let _ = rung.await;
    }

    fn set(&self, bell: Bell) {
        let mut state = self.0.lock();
        let earliest = state.waiting.peek().is_none_or(|next| bell.at < next.at);
        state.waiting.push(bell);
        if !std::mem::replace(&mut state.attended, true) {
            let bells = Arc::clone(&self.0);
            thread::spawn(move || bells.attend());
        } else if earliest {
            self.0.changed.notify_one();
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_one();
    }
}

impl Bells {
    fn attend(&self) {
        let mut state = self.lock();
        while !state.ended {
            let now = Instant::now();
            state = match state.waiting.peek().map(|next| next.at) {
                Some(at) if at <= now => {
                    if let Some(bell) = state.waiting.pop() {
                        // Nobody waits any more if the connection was cut.
                        let _ = bell.ring.send(());
                    }
                    state
                }
                Some(at) => {
                    self.changed.wait_timeout(state, at - now).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ord for Bell {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

impl PartialOrd for Bell {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Bell {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Bell {}
