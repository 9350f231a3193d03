//! A unique key is taken. A backend owes the name of the constraint.

use std::fmt;

use super::{Error, Kind};

#[derive(Debug)]
pub(super) struct Conflict(String);

impl Error {
    /// The write would break the unique constraint of this name; for backends.
    #[must_use]
    pub fn conflict(constraint: impl Into<String>) -> Self {
        Self::new(Kind::Conflict(Conflict(constraint.into())))
    }

    /// Whether a unique key was already taken. Nothing was written.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self.kind, Kind::Conflict(_))
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a row with the same key is already there (constraint `{}`)", self.0)
    }
}
