//! The answer to a write was lost. A backend owes never to call this success, and never to repeat the write.

use std::fmt;

use super::{Error, Kind};

#[derive(Debug)]
pub(super) struct CommitUnknown;

impl Error {
    /// The connection was lost before the outcome of a write arrived; for backends.
    #[must_use]
    pub const fn commit_unknown() -> Self {
        Self::new(Kind::CommitUnknown(CommitUnknown))
    }

    /// Whether it is unknown if the write happened. Read before you repeat it: the context now reads from the primary.
    #[must_use]
    pub const fn is_commit_unknown(&self) -> bool {
        matches!(self.kind, Kind::CommitUnknown(_))
    }
}

impl fmt::Display for CommitUnknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was lost before the outcome of the write arrived: it may or may not have happened")
    }
}
