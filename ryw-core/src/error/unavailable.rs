//! No server could do it, and none did. A backend owes certainty that nothing was done.

use std::fmt;

use super::{Error, Kind};

#[derive(Debug)]
pub(super) struct Unavailable(String);

impl Error {
    /// No server could take the operation; for backends.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable(Unavailable(message.into())))
    }

    /// Whether no server could take the operation. Nothing was done.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self.kind, Kind::Unavailable(_))
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
