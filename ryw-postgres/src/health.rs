//! Whether a node can be used, and when to look again.
//!
//! A node that fails is left alone at once and looked at again after a pause that doubles up to [`LONGEST_PAUSE`].
//! Nothing looks while nothing reads: a read that finds the pause over starts one probe beside itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const BETWEEN_DOUBTS: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Whether a node of a source can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeState {
    /// It can.
    Up,
    /// It does not answer; it is tried again, with growing pauses of at most five seconds.
    Down,
    /// It answers, but is not what it is configured as: the text says what it is instead. Tried again likewise.
    Refused(String),
}

#[derive(Debug)]
pub(crate) struct Health(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    state: NodeState,
    pause: Duration,
    retry_at: Instant,
    looked_at: Instant,
}

impl Health {
    pub(crate) fn new(state: NodeState) -> Self {
        let now = Instant::now();
        Self(Mutex::new(Inner { state, pause: SHORTEST_PAUSE, retry_at: now, looked_at: now }))
    }

    pub(crate) fn state(&self) -> NodeState {
        self.lock().state.clone()
    }

    pub(crate) fn is_up(&self) -> bool {
        self.lock().state == NodeState::Up
    }

    /// Whether it is time for a probe; if so the next one is put off, so that there is one at a time.
    pub(crate) fn probe_is_due(&self, now: Instant) -> bool {
        let mut inner = self.lock();
        if inner.state == NodeState::Up || now < inner.retry_at {
            return false;
        }
        inner.retry_at = now + LONGEST_PAUSE;
        true
    }

    /// Whether it is time to ask a node that is up whether it still is what it was; if so the next time is put off.
    pub(crate) fn look_is_due(&self, now: Instant, after: Duration) -> bool {
        let mut inner = self.lock();
        if inner.state != NodeState::Up || now.saturating_duration_since(inner.looked_at) < after {
            return false;
        }
        inner.looked_at = now;
        true
    }

    /// Whether a node that is up but did not give a connection in time should be probed: at most once a second.
    pub(crate) fn doubt(&self, now: Instant) -> bool {
        let mut inner = self.lock();
        if inner.state != NodeState::Up || now < inner.retry_at {
            return false;
        }
        inner.retry_at = now + BETWEEN_DOUBTS;
        true
    }

    pub(crate) fn up(&self) {
        let mut inner = self.lock();
        inner.state = NodeState::Up;
        inner.pause = SHORTEST_PAUSE;
    }

    pub(crate) fn not_up(&self, state: NodeState) {
        let mut inner = self.lock();
        if inner.state == NodeState::Up {
            inner.retry_at = Instant::now();
        } else {
            inner.retry_at = Instant::now() + inner.pause;
            inner.pause = (inner.pause * 2).min(LONGEST_PAUSE);
        }
        inner.state = state;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_node_is_probed_now_and_then_and_stays_in_use() {
        let health = Health::new(NodeState::Up);
        let now = Instant::now();
        assert!(health.doubt(now));
        assert!(!health.doubt(now));
        assert!(health.is_up());
        assert!(health.doubt(now + BETWEEN_DOUBTS));
    }

    #[test]
    fn the_first_probe_is_due_at_once_and_the_next_after_a_pause() {
        let health = Health::new(NodeState::Up);
        assert!(!health.probe_is_due(Instant::now()));
        health.not_up(NodeState::Down);
        let now = Instant::now();
        assert!(health.probe_is_due(now));
        assert!(!health.probe_is_due(now), "one at a time");
        health.not_up(NodeState::Down);
        assert!(!health.probe_is_due(Instant::now()));
        assert!(health.probe_is_due(Instant::now() + SHORTEST_PAUSE));
        health.up();
        assert!(health.is_up());
    }
}
