//! What the in-memory source must be told of an entity.

use crate::{Error, Generator, Stored};

/// How rows of an entity come about and change where there is no database; implemented by the derive.
///
/// What a database does by itself is done here: keys and defaults are [generated](crate::Generate), versions count,
/// timestamps are the clock's.
pub trait InMemory: Stored {
    /// The columns of the key.
    const KEY: &'static [Self::Column] = &[];

    /// The columns in which no two rows hold the same value, the key aside.
    const UNIQUE: &'static [Self::Column] = &[];

    /// The row that comes of inserting `new`.
    ///
    /// # Errors
    /// If a value of it would be made by the database, and cannot be made without.
    fn create(new: Self::New, by: &mut Generator) -> Result<Self, Error>;

    /// Changes the row: as `patch` says, and as every write does.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    fn change(&mut self, patch: Self::Patch, by: &mut Generator) -> Result<(), Error>;

    /// Whether both rows hold the same value in a [unique](Self::UNIQUE) column. NULL is not the same as NULL.
    fn shares(&self, other: &Self, column: Self::Column) -> bool {
        let _ = (other, column);
        false
    }

    /// Whether a change to `self` may overwrite `current`: it is the same version, or there are none.
    fn is_version_of(&self, current: &Self) -> bool {
        let _ = current;
        true
    }

    /// Marks the row as deleted, and says whether it has a mark for that; a row without one is removed instead.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    fn mark_deleted(&mut self, by: &mut Generator) -> Result<bool, Error> {
        let _ = by;
        Ok(false)
    }

    /// Takes the mark away.
    fn unmark_deleted(&mut self) {}
}
