//! No place can answer without the risk of being stale. A backend owes certainty that nothing was returned, and to say what
//! the reader can do.

use std::fmt;

use super::{Error, Kind};

#[derive(Debug)]
pub(super) struct Stale(String);

impl Error {
    /// `what` cannot be read without missing a write of the session, such as `"the index by_color of favorites"`; for
    /// backends.
    #[must_use]
    pub fn stale(what: impl Into<String>) -> Self {
        Self::new(Kind::Stale(Stale(what.into())))
    }

    /// Whether the read was refused because its answer might have missed a write of the session, and no other place could
    /// give a better one. Read [`eventual`](crate::Context::eventual) where that does not matter, or later.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        matches!(self.kind, Kind::Stale(_))
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} may lack a write of this session", self.0)
    }
}
