//! The row has changed since it was read. A backend owes the row as it is now, read after the write had failed.

use std::any::Any;
use std::fmt;

use super::{Error, Kind};
use crate::Entity;

pub(super) struct VersionConflict {
    entity: &'static str,
    current: Box<dyn Any + Send + Sync>,
}

impl Error {
    /// The row has another version than the write expected: it is `current`; for backends.
    #[must_use]
    pub fn version_conflict<T: Entity>(current: T) -> Self {
        Self::new(Kind::VersionConflict(VersionConflict { entity: T::NAME, current: Box::new(current) }))
    }

    /// Whether somebody else has changed the row since the version that the write was meant for. Nothing was written.
    #[must_use]
    pub const fn is_version_conflict(&self) -> bool {
        matches!(self.kind, Kind::VersionConflict(_))
    }

    /// The row as it was right after the write had failed, if this is a version conflict of an entity `T`.
    #[must_use]
    pub fn current<T: Entity>(&self) -> Option<&T> {
        match &self.kind {
            Kind::VersionConflict(conflict) => conflict.current.downcast_ref(),
            Kind::CommitUnknown(_)
            | Kind::Config(_)
            | Kind::Conflict(_)
            | Kind::Database(_)
            | Kind::NotFound(_)
            | Kind::Overloaded(_)
            | Kind::Stale(_)
            | Kind::Unavailable(_) => None,
        }
    }
}

impl fmt::Debug for VersionConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VersionConflict").field("entity", &self.entity).finish_non_exhaustive()
    }
}

impl fmt::Display for VersionConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} was changed by somebody else in the meantime", self.entity)
    }
}
