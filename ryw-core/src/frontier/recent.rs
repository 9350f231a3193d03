//! What a session has touched lately.
//!
//! A set that is joined by taking the later time of each touch, and bounded: of more than [`MAX_TOUCHES`] the earliest are
//! folded into one time that stands for anything. It stays a semilattice, because what is folded away is always what
//! the whole union would fold away (`frontier::laws`), and it never covers less than it was told.

use crate::{Scope, Timestamp, Touch};

/// The most touches that a session keeps apart for one place; of more the earliest stand for anything that could have been
/// touched until then.
pub const MAX_TOUCHES: usize = 32;

/// What a session has touched in one place, and when it last did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// By touch.
    touches: Vec<(Touch, Timestamp)>,
    /// Until when anything may have been touched.
    any: Option<Timestamp>,
}

impl Recent {
    /// `touches`, all of them at `at`.
    #[must_use]
    pub fn touching(touches: &[Touch], at: Timestamp) -> Self {
        let mut recent = Self::default();
        for touch in touches {
            recent.insert(*touch, at);
        }
        recent.bound();
        recent
    }

    /// Anything, until `at`.
    #[must_use]
    pub const fn anything(at: Timestamp) -> Self {
        Self { touches: Vec::new(), any: Some(at) }
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.touches.is_empty() && self.any.is_none()
    }

    /// What is kept apart, and when it was last touched.
    #[must_use]
    pub fn touches(&self) -> impl ExactSizeIterator<Item = (Touch, Timestamp)> {
        self.touches.iter().copied()
    }

    /// Until when anything may have been touched.
    #[must_use]
    pub const fn any(&self) -> Option<Timestamp> {
        self.any
    }

    /// When something was last touched that a read of `touch` may depend on.
    #[must_use]
    pub fn last(&self, touch: &Touch, scope: Scope) -> Option<Timestamp> {
        let touched = self.touches.iter().filter(|(written, _)| touch.depends_on(written, scope));
        touched.map(|(_, at)| *at).max().max(self.any)
    }

    /// The least that holds both.
    pub(super) fn join(&mut self, other: &Self) {
        self.any = self.any.max(other.any);
        for (touch, at) in &other.touches {
            self.insert(*touch, *at);
        }
        self.bound();
    }

    /// Drops what was touched before `at`.
    pub(super) fn forget_before(&mut self, at: Timestamp) {
        self.any = self.any.filter(|any| *any >= at);
        self.touches.retain(|(_, touched)| *touched >= at);
    }

    fn insert(&mut self, touch: Touch, at: Timestamp) {
        match self.touches.binary_search_by_key(&touch, |(held, _)| *held) {
            Ok(index) => self.touches[index].1 = self.touches[index].1.max(at),
            Err(index) => self.touches.insert(index, (touch, at)),
        }
    }

    /// Folds away what is too much, and what the rest stands for anyway.
    fn bound(&mut self) {
        if self.touches.len() > MAX_TOUCHES {
            let mut times: Vec<_> = self.touches.iter().map(|(_, at)| *at).collect();
            times.sort_unstable_by(|one, other| other.cmp(one));
            self.any = self.any.max(Some(times[MAX_TOUCHES]));
        }
        if let Some(any) = self.any {
            self.touches.retain(|(_, at)| *at > any);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(item: u32) -> Touch {
        Touch { table: 1, partition: item % 3 + 1, item: item + 1 }
    }

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_unix_millis(millis)
    }

    #[test]
    fn the_latest_time_of_each_touch_counts() {
        let mut recent = Recent::touching(&[touch(1), touch(2)], at(5));
        recent.join(&Recent::touching(&[touch(1)], at(3)));
        recent.join(&Recent::touching(&[touch(2)], at(8)));
        assert_eq!(recent.last(&touch(1), Scope::Item), Some(at(5)));
        assert_eq!(recent.last(&touch(2), Scope::Item), Some(at(8)));
        assert_eq!(recent.last(&touch(3), Scope::Item), None);
        assert_eq!(recent.last(&touch(3), Scope::Table), Some(at(8)));
    }

    #[test]
    fn too_many_stand_for_anything() {
        let mut recent = Recent::default();
        for item in 0..100 {
            recent.join(&Recent::touching(&[touch(item)], at(u64::from(item))));
        }
        assert!(recent.touches().len() <= MAX_TOUCHES);
        assert_eq!(recent.last(&touch(99), Scope::Item), Some(at(99)));
        assert_eq!(recent.last(&touch(0), Scope::Item), recent.any(), "later than it was: on the safe side");
        assert!(recent.any() >= Some(at(0)) && recent.any() < Some(at(99)));
    }

    #[test]
    fn what_is_past_is_forgotten() {
        let mut recent = Recent::touching(&[touch(1)], at(5));
        recent.join(&Recent::anything(at(2)));
        recent.forget_before(at(3));
        assert_eq!((recent.any(), recent.touches().len()), (None, 1));
        recent.forget_before(at(6));
        assert!(recent.is_empty());
    }
}
