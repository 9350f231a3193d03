//! A row that had to be there was not. A backend owes the entity's name.

use std::fmt;

use super::{Error, Kind};

#[derive(Debug)]
pub(super) struct NotFound(&'static str);

impl Error {
    /// There is no row of this key; for backends.
    #[must_use]
    pub const fn not_found(entity: &'static str) -> Self {
        Self::new(Kind::NotFound(NotFound(entity)))
    }

    /// Whether the row to change was not there.
    #[must_use]
    pub const fn is_not_found(&self) -> bool {
        matches!(self.kind, Kind::NotFound(_))
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} of this key", self.0)
    }
}
