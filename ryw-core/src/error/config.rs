//! A source was put together wrongly. A backend owes a message that names the part and says what to do.

use std::fmt;

use super::{Error, Kind};

#[derive(Debug)]
pub(super) struct Config(String);

impl Error {
    /// A mistake in how a source was configured; for backends.
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config(Config(message.into())))
    }

    /// Whether the source was configured wrongly; trying again will not help.
    #[must_use]
    pub const fn is_config(&self) -> bool {
        matches!(self.kind, Kind::Config(_))
    }
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
