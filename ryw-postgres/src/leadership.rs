//! Which node takes the writes.
//!
//! One number, shared by the nodes (which judge an answer by the part they play) and the topology (which changes it).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[derive(Debug, Default)]
pub(crate) struct Leadership {
    leader: AtomicUsize,
    doubted: AtomicBool,
}

impl Leadership {
    /// `leader` is a place among the nodes.
    pub(crate) fn of(leader: usize) -> Self {
        Self { leader: AtomicUsize::new(leader), doubted: AtomicBool::new(false) }
    }

    pub(crate) fn leader(&self) -> usize {
        self.leader.load(Ordering::SeqCst)
    }

    pub(crate) fn is_led_by(&self, node: usize) -> bool {
        self.leader() == node
    }

    pub(crate) fn pass_to(&self, node: usize) {
        self.leader.store(node, Ordering::SeqCst);
    }

    /// Some server's answer does not fit: somebody should look.
    pub(crate) fn doubt(&self) {
        self.doubted.store(true, Ordering::SeqCst);
    }

    /// Whether there was a doubt since the last call.
    pub(crate) fn take_doubt(&self) -> bool {
        self.doubted.load(Ordering::Relaxed) && self.doubted.swap(false, Ordering::SeqCst)
    }
}
