//! The database refused. A backend owes its error as the source, and to say whether the reason passes by itself.

use std::fmt;

use super::{Error, Kind};
use crate::Violation;

#[derive(Debug)]
pub(super) struct Database {
    refusal: Refusal,
    passing: bool,
}

#[derive(Debug)]
enum Refusal {
    /// What was not done.
    Operation(String),
    /// The rule that it would have broken.
    Violated(Box<Violation>),
}

impl Database {
    pub(super) const fn is_passing(&self) -> bool {
        self.passing
    }

    pub(super) fn violated(violation: Violation) -> Self {
        Self { refusal: Refusal::Violated(Box::new(violation)), passing: false }
    }

    pub(super) const fn violation(&self) -> Option<&Violation> {
        match &self.refusal {
            Refusal::Operation(_) => None,
            Refusal::Violated(violation) => Some(violation),
        }
    }

    pub(super) fn learn(&mut self, learnt: Violation) {
        if let Refusal::Violated(violation) = &mut self.refusal {
            **violation = learnt;
        }
    }
}

impl Error {
    /// The database refused `operation`; for backends.
    #[must_use]
    pub fn database(operation: impl Into<String>) -> Self {
        Self::new(Kind::Database(Database { refusal: Refusal::Operation(operation.into()), passing: false }))
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
        match &self.refusal {
            Refusal::Operation(operation) => write!(f, "the database refused to {operation}"),
            Refusal::Violated(violation) => write!(f, "the write would break the {violation}"),
        }
    }
}
