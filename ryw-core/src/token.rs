//! Contexts on the wire: what a token is made of, and what is promised of it, is said at [`SessionToken`].

mod codec;
mod counts;
mod invalid;
mod key;
mod number;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;

pub use self::codec::TokenCodec;
pub use self::counts::TokenCounts;
pub use self::invalid::InvalidToken;
pub use self::key::TokenKey;

/// The most bytes that a token has before its encoding, the tag included; of a context that needs more, some sources become
/// unknown.
const MAX_BYTES: usize = 2048;
/// The longest text that is taken for a token: [`MAX_BYTES`] in base64url.
const MAX_TEXT: usize = MAX_BYTES.div_ceil(3) * 4;

#[doc = include_str!("../docs/token.md")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionToken(String);

impl SessionToken {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many bytes it is before its encoding: three for four characters.
    #[must_use]
    pub const fn byte_len(&self) -> usize {
        self.0.len() * 3 / 4
    }
}

impl fmt::Display for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionToken({} bytes)", self.byte_len())
    }
}

impl AsRef<str> for SessionToken {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<SessionToken> for String {
    fn from(token: SessionToken) -> Self {
        token.0
    }
}
