//! One write under way: it puts versions of rows, which count once it has succeeded.

use super::InMemory;
use super::rows::Rows;
use crate::{Entity, Error, Generator, Timestamp};

/// A write to the rows of one entity. What it checks, it checks before it puts anything.
pub(super) struct Writing<'a, T: Entity> {
    rows: &'a mut Rows<T>,
    /// The number of the write.
    at: u64,
    by: Generator,
}

impl<'a, T: InMemory> Writing<'a, T> {
    pub(super) fn begin(rows: &'a mut Rows<T>, at: u64, now: Timestamp) -> Self {
        let by = Generator::new(rows.made, now);
        Self { rows, at, by }
    }

    /// Inserts all rows or none.
    pub(super) fn insert(&mut self, news: impl IntoIterator<Item = T::New>) -> Result<Vec<T>, Error> {
        let mut inserted: Vec<T> = Vec::new();
        for new in news {
            let row = self.create(new)?;
            let key = row.key();
            if self.rows.current(&key).is_some() || inserted.iter().any(|other| other.key() == key) {
                return Err(Error::duplicate_of(T::KEY));
            }
            self.expect_unique(&row)?;
            if let Some(column) = inserted.iter().find_map(|other| clash(&row, other)) {
                return Err(Error::duplicate_of(&[column]));
            }
            inserted.push(row);
        }
        for row in &inserted {
            self.put(row);
        }
        Ok(inserted)
    }

    /// Inserts a row, or changes the one that it would be in conflict with.
    pub(super) fn upsert(&mut self, new: T::New, conflict: impl Fn(&T, &T) -> bool) -> Result<T, Error> {
        let fresh = self.create(new)?;
        let Some(current) = self.rows.all_current().find(|current| conflict(&fresh, current)) else {
            self.expect_free(&fresh)?;
            self.put(&fresh);
            return Ok(fresh);
        };
        let mut row = current.clone();
        row.change(fresh.to_new().into(), &mut self.by)?;
        row.unmark_deleted();
        self.finish(row)
    }

    /// Changes the row of a key, if `allowed` says that the current one may be changed.
    pub(super) fn update(
        &mut self,
        key: &T::Key,
        patch: T::Patch,
        allowed: impl Fn(&T) -> bool,
    ) -> Result<T, Error> {
        let mut row = self.visible(key)?;
        if !allowed(&row) {
            return Err(Error::version_conflict(row));
        }
        row.change(patch, &mut self.by)?;
        self.finish(row)
    }

    /// Marks the row of a key as deleted, or removes it.
    pub(super) fn delete(&mut self, key: &T::Key) -> Result<Option<T>, Error> {
        let Ok(mut row) = self.visible(key) else { return Ok(None) };
        if !row.mark_deleted(&mut self.by)? {
            return Ok(self.purge(key));
        }
        row.change(T::Patch::default(), &mut self.by)?;
        self.put(&row);
        Ok(Some(row))
    }

    /// Takes the mark from a row that is marked as deleted.
    pub(super) fn restore(&mut self, key: &T::Key) -> Result<T, Error> {
        let deleted = self.rows.current(key).filter(|row| row.is_deleted());
        let mut row = deleted.cloned().ok_or_else(|| Error::not_found(T::NAME))?;
        row.change(T::Patch::default(), &mut self.by)?;
        row.unmark_deleted();
        self.put(&row);
        Ok(row)
    }

    /// Removes the row of a key.
    pub(super) fn purge(&mut self, key: &T::Key) -> Option<T> {
        let last = self.rows.current(key).cloned();
        self.rows.put(self.at, key.clone(), None);
        last
    }

    fn create(&mut self, new: T::New) -> Result<T, Error> {
        let row = T::create(new, &mut self.by);
        // As a sequence, which goes on though the row was refused.
        self.rows.made = self.by.count();
        row
    }

    /// The row of a key that is not marked as deleted.
    fn visible(&self, key: &T::Key) -> Result<T, Error> {
        let row = self.rows.current(key).filter(|row| !row.is_deleted());
        row.cloned().ok_or_else(|| Error::not_found(T::NAME))
    }

    fn finish(&mut self, row: T) -> Result<T, Error> {
        self.expect_unique(&row)?;
        self.put(&row);
        Ok(row)
    }

    fn put(&mut self, row: &T) {
        self.rows.put(self.at, row.key(), Some(row.clone()));
    }

    /// No row has this key, or one of its unique values.
    fn expect_free(&self, row: &T) -> Result<(), Error> {
        if self.rows.current(&row.key()).is_some() {
            return Err(Error::duplicate_of(T::KEY));
        }
        self.expect_unique(row)
    }

    /// No row of another key has one of its unique values.
    fn expect_unique(&self, row: &T) -> Result<(), Error> {
        let mut others = self.rows.all_current().filter(|other| other.key() != row.key());
        others
            .find_map(|other| clash(row, other))
            .map_or(Ok(()), |column| Err(Error::duplicate_of(&[column])))
    }
}

/// The unique column in which both hold the same value.
fn clash<T: InMemory>(row: &T, other: &T) -> Option<T::Column> {
    T::UNIQUE.iter().copied().find(|column| row.shares(other, *column))
}
