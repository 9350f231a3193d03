//! Why a token counts for nothing.

use std::fmt;

/// Why a text is no token of ours. What was asked of it is then unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidToken {
    /// It is longer than any token.
    TooLong,
    /// It is not spelled as a token is: cut, mistyped, or something else altogether.
    Malformed,
    /// It was written by another version.
    Version,
    /// It is not signed, and only signed ones are taken; or the other way round.
    Unsigned,
    /// No key that is known here has signed it: forged, tampered with, of another subject, or of a key that was retired.
    Forged,
    /// It is bound to a subject and was presented without one, or the other way round.
    Subject,
    /// It was issued longer ago than tokens are taken.
    TooOld,
    /// It was issued later than now.
    FromTheFuture,
}

impl InvalidToken {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::TooLong,
        Self::Malformed,
        Self::Version,
        Self::Unsigned,
        Self::Forged,
        Self::Subject,
        Self::TooOld,
        Self::FromTheFuture,
    ];

    /// A name for metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Malformed => "malformed",
            Self::Version => "version",
            Self::Unsigned => "unsigned",
            Self::Forged => "forged",
            Self::Subject => "subject",
            Self::TooOld => "too_old",
            Self::FromTheFuture => "from_the_future",
        }
    }
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the token is longer than any of ours",
            Self::Malformed => "the token is malformed: a part of it is missing or was changed",
            Self::Version => "the token was written by another version",
            Self::Unsigned => "the token is unsigned where signed ones are taken, or the other way round",
            Self::Forged => "the token was signed by no key that is known here, or for another subject",
            Self::Subject => "the token is bound to a subject and came without one, or the other way round",
            Self::TooOld => "the token was issued too long ago",
            Self::FromTheFuture => "the token was issued in the future: compare the clocks",
        })
    }
}

impl std::error::Error for InvalidToken {}
