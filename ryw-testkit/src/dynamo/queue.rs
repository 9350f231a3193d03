//! Changes on their way, until they are due or somebody steps them.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::change::Change;

/// Changes between one place and a copy of it.
#[derive(Default)]
pub(super) struct Queue {
    waiting: VecDeque<(Instant, Change)>,
    held: bool,
    delay: Duration,
    /// What shuffles the deliveries; in the order of arrival without.
    shuffle: Option<fastrand::Rng>,
}

impl Queue {
    pub(super) fn push(&mut self, change: Change, at: Instant) {
        self.waiting.push_back((at + self.delay, change));
    }

    /// The next change that need not wait any longer, and when it was due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, Change)> {
        if self.held {
            return None;
        }
        self.pop_if(|due, _| due <= now)
    }

    /// The next change, whether it is due or not, if it `suits`.
    pub(super) fn pop(&mut self, mut suits: impl FnMut(&Change) -> bool) -> Option<(Instant, Change)> {
        self.pop_if(|_, change| suits(change))
    }

    pub(super) fn hold(&mut self) {
        self.held = true;
    }

    pub(super) fn release(&mut self) {
        self.held = false;
    }

    pub(super) fn set_delay(&mut self, delay: Duration) {
        self.delay = delay;
    }

    pub(super) fn shuffle(&mut self, seed: Option<u64>) {
        self.shuffle = seed.map(fastrand::Rng::with_seed);
    }

    pub(super) fn pending(&self) -> Vec<Change> {
        self.waiting.iter().map(|(_, change)| change.clone()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Drops what was on its way to a table that has gone.
    pub(super) fn forget(&mut self, table: &str) {
        self.waiting.retain(|(_, change)| change.table() != table);
    }

    fn pop_if(&mut self, mut suits: impl FnMut(Instant, &Change) -> bool) -> Option<(Instant, Change)> {
        let suitable = self.waiting.iter().enumerate().filter(|(_, (due, change))| suits(*due, change));
        let index = match &mut self.shuffle {
            None => suitable.map(|(index, _)| index).next(),
            Some(random) => {
                let all: Vec<_> = suitable.map(|(index, _)| index).collect();
                random.choice(all)
            }
        };
        self.waiting.remove(index?)
    }
}
