//! Names: what the user calls a source, and what it really is.
//!
//! Both are shared text, because a name is copied with every position. They are two types, because a source that was
//! given the name of another must be told apart from it: positions carry the [`Identity`], contexts file by [`SourceId`].

use std::fmt;
use std::sync::Arc;

use crate::Error;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the name as it is.
            #[must_use]
            pub fn new(name: impl Into<Arc<str>>) -> Self {
                Self(name.into())
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self::new(name)
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self::new(name)
            }
        }
    };
}

name_type! {
    /// The user's name for a source, such as `"main"`: each source of an application has its own. Contexts keep one [`Frontier`](crate::Frontier) per name.
    SourceId
}

impl SourceId {
    /// How many bytes long it may be: a token takes no longer one, so that a session would be unknown wherever it went on.
    pub const MAX_LEN: usize = 255;

    /// Whether a token can carry it; for backends, which refuse to start under one that it cannot.
    ///
    /// # Errors
    /// [Config](crate::Error::is_config), if it is longer than [`MAX_LEN`](Self::MAX_LEN) bytes.
    pub fn check(&self) -> Result<(), Error> {
        if self.as_str().len() <= Self::MAX_LEN {
            return Ok(());
        }
        Err(Error::config(format!(
            "the name of a source is {} bytes long, and a token carries no more than {}: give it a short one, such as \"main\"",
            self.as_str().len(),
            Self::MAX_LEN
        )))
    }
}

name_type! {
    /// What a source really is, found out when it is connected: for Postgres the system identifier, as
    /// `postgres:7301234567890123456`. Positions of different identities have no order.
    Identity
}
