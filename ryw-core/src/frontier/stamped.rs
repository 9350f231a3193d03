//! Values that know when they were last joined.
//!
//! Whoever replaces what a context knew `before` some instant must keep what other tasks have joined since. Comparing
//! values is not enough: what was joined may have been hidden by a greater value that was there (one of the future, say,
//! that is then found not to exist). So each part of a frontier carries the number of the join that last brought it, even if
//! that changed nothing.

/// A value, and the number of the join that last brought it. Equal if the values are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamped<T> {
    pub(super) value: T,
    pub(super) joined: u64,
}

impl<T: PartialEq> PartialEq for Stamped<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Stamped<T> {}

impl<T: PartialEq> Stamped<T> {
    /// Whether it is `before`, and was not joined again after the join numbered `joins`.
    pub(super) fn is_still(&self, before: &Self, joins: u64) -> bool {
        self.joined <= joins && self.value == before.value
    }
}
