//! Where a page ended, as a string that a client carries to the next request.
//!
//! A cursor is the key of the row at the end of a page, and nothing else: no offset, which would skip or repeat rows when
//! others insert and delete, and nothing that the server has to remember. So a cursor never expires, and rows that are
//! written meanwhile move nothing.
//!
//! # What a cursor is not
//!
//! **No secret**: whoever holds it can read the key in it. **No authority**: whoever can write one can ask for a page from
//! any key, as with `find`. Check what a caller may see where you would check it without a cursor. It is sealed against
//! typing errors and truncation only.
//!
//! # The text
//!
//! `[A-Za-z0-9_-]`, safe in a URL: base64url of a version, the key, and a checksum, so that what was cut or mistyped is an
//! error and no other page. Cursors come from clients and are read as hostile input: bounded, without recursion, and never
//! with a panic (`tests`). Rejected: the key in plain text, which clients would come to parse; a signature, which would
//! promise an authority that page requests do not have.

mod key;
mod wire;

use std::fmt;
use std::str::FromStr;

pub use self::key::CursorKey;
pub use self::wire::{CursorReader, CursorWriter};

/// The longest text that is taken for a cursor.
const MAX_LEN: usize = 16 * 1024;
/// What the bytes begin with. Another arrangement gets another number.
const VERSION: u8 = 1;

/// The place of a row in the order of keys; made by a [`Page`](crate::Page), and given back in a
/// [`PageRequest`](crate::PageRequest).
///
/// Prints as, and parses from, an opaque string that is safe in a URL, if its key is a [`CursorKey`]. It is no secret and
/// no authority: it shows its key to whoever decodes it, and anybody can make one.
///
/// ```
/// use ryw_core::Cursor;
///
/// let text = Cursor::new(7_i64).to_string();
/// let cursor: Cursor<i64> = text.parse()?;
/// assert_eq!(cursor.key(), &7);
///
/// assert!("not-a-cursor".parse::<Cursor<i64>>().is_err());
/// assert!(text.parse::<Cursor<String>>().is_err(), "of another kind of key");
/// # Ok::<(), ryw_core::ParseCursorError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor<K>(K);

impl<K> Cursor<K> {
    /// The place of the row of `key`, whether there is one or not.
    pub const fn new(key: K) -> Self {
        Self(key)
    }

    /// The key whose place it is.
    #[must_use]
    pub const fn key(&self) -> &K {
        &self.0
    }
}

impl<K: CursorKey> fmt::Display for Cursor<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = CursorWriter::default();
        bytes.byte(VERSION);
        self.0.write(&mut bytes);
        f.write_str(&bytes.sealed())
    }
}

impl<K: CursorKey> FromStr for Cursor<K> {
    type Err = ParseCursorError;

    /// # Errors
    /// If the text is no cursor, is damaged, or is the cursor of another kind of key.
    fn from_str(text: &str) -> Result<Self, ParseCursorError> {
        if text.len() > MAX_LEN {
            return Err(ParseCursorError(Why::TooLong));
        }
        let bytes = wire::unsealed(text).map_err(ParseCursorError)?;
        let mut reader = CursorReader::new(&bytes);
        if reader.byte() != Some(VERSION) {
            return Err(ParseCursorError(Why::Version));
        }
        match K::read(&mut reader) {
            Some(key) if reader.is_at_the_end() => Ok(Self(key)),
            Some(_) | None => Err(ParseCursorError(Why::OtherKey)),
        }
    }
}

/// Why a text is no cursor. Say so to whoever sent it: `400 Bad Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseCursorError(Why);

/// What is wrong with the text of a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    Empty,
    TooLong,
    Character(char),
    Damaged,
    Version,
    OtherKey,
}

impl fmt::Display for ParseCursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Why::Empty => f.write_str("the cursor is empty"),
            Why::TooLong => write!(f, "the cursor is longer than {MAX_LEN} characters"),
            Why::Character(found) => write!(f, "no cursor has a {found:?} in it"),
            Why::Damaged => f.write_str("the cursor is damaged: a part of it is missing or was changed"),
            Why::Version => f.write_str("the cursor was made by another version"),
            Why::OtherKey => f.write_str("the cursor is one of another list, whose keys are of another type"),
        }
    }
}

impl std::error::Error for ParseCursorError {}

#[cfg(test)]
mod tests;
