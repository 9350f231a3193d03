//! A row that had to be there was not. A backend owes the entity's name.

use std::fmt;

use super::{Error, Kind};

#[derive(Debug)]
pub(super) enum NotFound {
    /// The entity, by its key.
    OfKey(&'static str),
    /// By the query of this name.
    ByQuery(&'static str),
}

impl Error {
    /// There is no row of this key; for backends.
    #[must_use]
    pub const fn not_found(entity: &'static str) -> Self {
        Self::new(Kind::NotFound(NotFound::OfKey(entity)))
    }

    /// The query of this name, which has to give one row, gave none; for backends.
    #[must_use]
    pub const fn no_row(query: &'static str) -> Self {
        Self::new(Kind::NotFound(NotFound::ByQuery(query)))
    }

    /// Whether the row to change, or the only row of a query, was not there.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self.kind, Kind::NotFound(_))
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfKey(entity) => write!(f, "there is no {entity} of this key"),
            Self::ByQuery(query) => write!(f, "`{query}` found no row"),
        }
    }
}
