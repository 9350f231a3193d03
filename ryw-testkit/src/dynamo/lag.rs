//! The handle on a way that changes take.

use std::sync::Arc;
use std::time::Duration;

use super::change::Change;
use super::shared::Shared;
use super::world::{Way, World};

/// A way that changes take from where they were written to a copy, and how long they take.
///
/// By default they take no time: a copy is current as soon as the write is acknowledged. They can be held until they are
/// stepped by hand, or be given a delay. What is due is delivered before a copy is next read or looked at, on tokio's
/// clock, which tests can pause. All calls return at once.
#[derive(Clone)]
#[must_use]
pub struct Lag {
    shared: Arc<Shared>,
    way: Way,
}

impl Lag {
    pub(super) fn new(shared: Arc<Shared>, way: Way) -> Self {
        Self { shared, way }
    }

    /// Nothing is delivered any more unless it is stepped.
    pub fn hold(&self) {
        self.change(|world, way| world.queue(way).hold());
    }

    /// What was held is delivered, as far as it is due, and so is what follows.
    pub fn release(&self) {
        self.change(|world, way| world.queue(way).release());
    }

    /// How long a change takes that is written from now on. Zero is the default.
    pub fn set_delay(&self, delay: Duration) {
        self.change(|world, way| world.queue(way).set_delay(delay));
    }

    /// Delivers the next changes, up to `most`, due or not. Says how many; 0 if a Region on the way is cut off.
    ///
    /// What a change finds newer in its place it does not overwrite; that counts as delivered.
    #[allow(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn step(&self, most: usize) -> usize {
        self.shared.world().step(self.way, most, |_| true)
    }

    /// Delivers all changes that suit and leaves the others waiting: of some keys or tables only.
    ///
    /// `suits` must not call anything of these Regions.
    pub fn step_where(&self, suits: impl FnMut(&Change) -> bool) -> usize {
        self.shared.world().step(self.way, usize::MAX, suits)
    }

    /// How many changes are under way.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.look(|world, way| world.queue(way).len())
    }

    /// The changes under way, in the order in which they were written.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.look(|world, way| world.queue(way).pending())
    }

    /// From now on changes that could be delivered are delivered in an order drawn from `seed`, as DynamoDB replicates
    /// items independently of one another. Of one item, an older change never overwrites a newer one.
    pub fn reorder(&self, seed: u64) {
        self.change(|world, way| world.queue(way).shuffle(Some(seed)));
    }

    /// From now on changes are delivered in the order in which they were written, which is the default.
    pub fn keep_order(&self) {
        self.change(|world, way| world.queue(way).shuffle(None));
    }

    /// Loses what is under way: as when a Region is gone for good before it could replicate. Says how much.
    ///
    /// The service promises to deliver everything in the end. After this the copies differ until an item is written anew.
    #[allow(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn lose(&self) -> usize {
        let mut lost = 0;
        self.change(|world, way| {
            lost = world.queue(way).len();
            world.queue(way).clear();
        });
        lost
    }

    fn look<T>(&self, look: impl FnOnce(&mut World, Way) -> T) -> T {
        let mut world = self.shared.world();
        world.settle();
        look(&mut world, self.way)
    }

    fn change(&self, change: impl FnOnce(&mut World, Way)) {
        let mut world = self.shared.world();
        world.settle();
        change(&mut world, self.way);
        world.settle();
    }
}

impl std::fmt::Debug for Lag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lag").field("way", &self.way).finish_non_exhaustive()
    }
}
