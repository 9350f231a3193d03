//! Another row is in the way: a unique key is taken, or an exclusion constraint says so. A backend owes the violation, with
//! the constraint's columns where it can learn them.

use std::fmt;

use super::{Error, Kind};
use crate::{Violation, ViolationKind};

#[derive(Debug)]
pub(super) struct Conflict(pub(super) Box<Violation>);

impl Error {
    /// The write would break the unique constraint of this name; for backends.
    #[must_use]
    pub fn conflict(constraint: impl Into<String>) -> Self {
        Self::violation_of(Violation::new(ViolationKind::Unique).with_constraint(constraint))
    }

    /// Whether another row is in the way: one with the same unique key, or one that an exclusion constraint forbids beside
    /// it. Nothing was written. [`violation`](Self::violation) says which.
    #[must_use]
    pub const fn is_conflict(&self) -> bool {
        matches!(self.kind, Kind::Conflict(_))
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.0.kind() == ViolationKind::Unique {
            "a row with the same key is already there"
        } else {
            "another row is in the way"
        };
        write!(f, "{what}: {}", self.0)
    }
}
