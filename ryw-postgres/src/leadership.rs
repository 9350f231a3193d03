//! Which node takes the writes.
//!
//! One number, shared by the nodes (which judge an answer by the part they play) and the topology (which changes it).

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::observe::Count;

#[derive(Default)]
pub(crate) struct Leadership {
    leader: AtomicUsize,
    /// Wakes whoever waits for, or on, the one that led.
    passed: Notify,
    doubted: AtomicBool,
    changes: Count,
}

impl Leadership {
    /// `leader` is a place among the nodes.
    pub(crate) fn of(leader: usize, changes: Count) -> Self {
        Self { leader: AtomicUsize::new(leader), changes, ..Self::default() }
    }

    pub(crate) fn leader(&self) -> usize {
        self.leader.load(Ordering::SeqCst)
    }

    pub(crate) fn is_led_by(&self, node: usize) -> bool {
        self.leader() == node
    }

    pub(crate) fn pass_to(&self, node: usize) {
        if self.leader.swap(node, Ordering::SeqCst) != node {
            self.changes.add();
        }
        self.passed.notify_waiters();
    }

    /// How often the writes were passed on.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.total()
    }

    /// Ends when another node than this leads.
    pub(crate) async fn is_passed_on_by(&self, node: usize) {
        loop {
            // Woken by whatever is passed on after this line, so nothing is missed.
            let passed = self.passed.notified();
            if !self.is_led_by(node) {
                return;
            }
            passed.await;
        }
    }

    /// Some server's answer does not fit: somebody should look.
    pub(crate) fn doubt(&self) {
        self.doubted.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_doubted(&self) -> bool {
        self.doubted.load(Ordering::Relaxed)
    }

    /// Somebody looks: what was doubted until now is settled.
    pub(crate) fn settle_doubt(&self) {
        self.doubted.store(false, Ordering::SeqCst);
    }
}
