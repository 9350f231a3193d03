//! Rows with their past, so that a replica can be read as of the write it has applied.

use std::any::Any;
use std::collections::BTreeMap;

use crate::Entity;

/// A table of some entity, without its type.
pub(super) trait Store: Any + Send {
    fn as_any(&mut self) -> &mut dyn Any;
}

/// Every version of every row.
pub(super) struct Rows<T: Entity> {
    /// By key, and then by the write that made it.
    versions: BTreeMap<T::Key, Vec<(u64, Option<T>)>>,
    /// How many values were made for them.
    pub(super) made: u64,
}

impl<T: Entity> Default for Rows<T> {
    fn default() -> Self {
        Self { versions: BTreeMap::new(), made: 0 }
    }
}

impl<T: Entity> Store for Rows<T> {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl<T: Entity> Rows<T> {
    /// The newest version.
    pub(super) fn current(&self, key: &T::Key) -> Option<&T> {
        self.as_of(u64::MAX, key)
    }

    /// The version that a server has which has applied `at` writes.
    pub(super) fn as_of(&self, at: u64, key: &T::Key) -> Option<&T> {
        self.versions.get(key).and_then(|versions| newest(versions, at))
    }

    /// The same, unless it is softly deleted.
    pub(super) fn visible_as_of(&self, at: u64, key: &T::Key) -> Option<&T> {
        self.as_of(at, key).filter(|row| !row.is_deleted())
    }

    /// The newest version of each row.
    pub(super) fn all_current(&self) -> impl Iterator<Item = &T> {
        self.versions.values().filter_map(|versions| newest(versions, u64::MAX))
    }

    /// Adds a version; `None` deletes.
    pub(super) fn put(&mut self, at: u64, key: T::Key, row: Option<T>) {
        self.versions.entry(key).or_default().push((at, row));
    }

    /// All rows that a server has which has applied `at` writes, in the order of their keys, but for the softly deleted.
    pub(super) fn visible(&self, at: u64) -> impl DoubleEndedIterator<Item = &T> {
        let rows = self.versions.values().filter_map(move |versions| newest(versions, at));
        rows.filter(|row| !row.is_deleted())
    }
}

fn newest<T>(versions: &[(u64, Option<T>)], at: u64) -> Option<&T> {
    versions.iter().rev().find(|(made, _)| *made <= at).and_then(|(_, row)| row.as_ref())
}
