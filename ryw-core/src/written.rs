//! What a write returns.

use std::ops::Deref;

use crate::Position;

/// The value as the database stored it, and where in its history the write now stands.
///
/// Derefs to the value. The position has already been joined into the context of the write; it is here for those who
/// carry positions themselves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Written<T> {
    value: T,
    position: Option<Position>,
}

impl<T> Written<T> {
    /// Pairs a stored value with its position; for backends.
    pub const fn new(value: T, position: Option<Position>) -> Self {
        Self { value, position }
    }

    /// Where the write stands, or `None` if that is not known: a time-to-live source does not ask, and a connection
    /// can be lost between a commit and the question. The context knows of the write either way.
    #[must_use]
    pub const fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// The value alone.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The same write, seen through `f`.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Written<U> {
        Written { value: f(self.value), position: self.position }
    }
}

impl<T> Deref for Written<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
