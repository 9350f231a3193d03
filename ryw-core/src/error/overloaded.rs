//! A limit of our own was reached. A backend owes certainty that nothing was done, and to say so without a wait.

use std::fmt;

use super::{Error, Kind};

#[derive(Debug)]
pub(super) struct Overloaded(String);

impl Error {
    /// There are too many of `what` at once, such as `"reads that fall back to the primary"`; for backends.
    #[must_use]
    pub fn overloaded(what: impl Into<String>) -> Self {
        Self::new(Kind::Overloaded(Overloaded(what.into())))
    }

    /// Whether a limit was reached that protects a server. Nothing was done; try again later, or read
    /// [stale](crate::Context::stale_when_overloaded).
    #[must_use]
    pub const fn is_overloaded(&self) -> bool {
        matches!(self.kind, Kind::Overloaded(_))
    }
}

impl fmt::Display for Overloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "too many at once: {}", self.0)
    }
}
