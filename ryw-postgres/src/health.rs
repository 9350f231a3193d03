//! Whether a node can be used, and when to look again.
//!
//! A node that fails is left alone at once and looked at again after a pause that doubles up to [`LONGEST_PAUSE`].
//! Nothing looks while nothing reads: a read that finds the pause over starts one probe beside itself.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::observe::Changes;

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

pub(crate) struct Health {
    inner: Mutex<Inner>,
    changes: Changes,
}

/// A node's state, for how long it has been in it, and when it is looked at next if it is not up.
pub(crate) struct Circuit {
    pub(crate) state: NodeState,
    pub(crate) held_for: Duration,
    pub(crate) next_probe: Option<Duration>,
}

struct Inner {
    state: NodeState,
    since: Instant,
    pause: Duration,
    retry_at: Instant,
    looked_at: Instant,
}

impl Health {
    pub(crate) fn new(state: NodeState, changes: Changes) -> Self {
        let now = Instant::now();
        let inner = Inner { state, since: now, pause: SHORTEST_PAUSE, retry_at: now, looked_at: now };
        Self { inner: Mutex::new(inner), changes }
    }

    pub(crate) fn circuit(&self, now: Instant) -> Circuit {
        let inner = self.lock();
        let is_up = inner.state == NodeState::Up;
        Circuit {
            state: inner.state.clone(),
            held_for: now.saturating_duration_since(inner.since),
            next_probe: (!is_up).then(|| inner.retry_at.saturating_duration_since(now)),
        }
    }

    /// How often it was left out, and taken back.
    pub(crate) const fn changes(&self) -> &Changes {
        &self.changes
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
        if inner.state != NodeState::Up {
            inner.since = Instant::now();
            self.changes.returns.add();
        }
        inner.state = NodeState::Up;
        inner.pause = SHORTEST_PAUSE;
    }

    pub(crate) fn not_up(&self, state: NodeState) {
        let mut inner = self.lock();
        if inner.state == NodeState::Up {
            inner.retry_at = Instant::now();
            self.changes.ejections.add();
        } else {
            inner.retry_at = Instant::now() + inner.pause;
            inner.pause = (inner.pause * 2).min(LONGEST_PAUSE);
        }
        if inner.state != state {
            inner.since = Instant::now();
        }
        inner.state = state;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_node_is_probed_now_and_then_and_stays_in_use() {
        let health = Health::new(NodeState::Up, Changes::default());
        let now = Instant::now();
        assert!(health.doubt(now));
        assert!(!health.doubt(now));
        assert!(health.is_up());
        assert!(health.doubt(now + BETWEEN_DOUBTS));
    }

    #[test]
    fn the_first_probe_is_due_at_once_and_the_next_after_a_pause() {
        let health = Health::new(NodeState::Up, Changes::default());
        assert!(!health.probe_is_due(Instant::now()));
        health.not_up(NodeState::Down);
        let now = Instant::now();
        assert!(health.probe_is_due(now));
        assert!(!health.probe_is_due(now), "one at a time");
        let before = Instant::now();
        health.not_up(NodeState::Down);
        assert!(!health.probe_is_due(before));
        assert!(health.probe_is_due(Instant::now() + SHORTEST_PAUSE));
        health.up();
        assert!(health.is_up());
    }
}
