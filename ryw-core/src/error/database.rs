//! The database refused. A backend owes its error as the source, and to say whether the reason passes by itself.

use std::fmt;

use super::{Error, Kind};

#[derive(Debug)]
pub(super) struct Database {
    operation: String,
    passing: bool,
}

impl Database {
    pub(super) const fn is_passing(&self) -> bool {
        self.passing
    }
}

impl Error {
    /// The database refused `operation`; for backends.
    #[must_use]
    pub fn database(operation: impl Into<String>) -> Self {
        Self::new(Kind::Database(Database { operation: operation.into(), passing: false }))
    }

    /// Marks the refusal as passing: a serialization failure, a deadlock, a statement cancelled on a replica.
    #[must_use]
    pub fn passing(mut self) -> Self {
        if let Kind::Database(database) = &mut self.kind {
            database.passing = true;
        }
        self
    }

    /// Whether the database refused the operation. Nothing was done.
    #[must_use]
    pub const fn is_database(&self) -> bool {
        matches!(self.kind, Kind::Database(_))
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the database refused to {}", self.operation)
    }
}
