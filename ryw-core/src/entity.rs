//! Domain types that are stored.

use std::fmt::Debug;

use crate::Column;

/// A domain type with a key; implemented by `#[derive(Repository)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    note = "add `#[derive(Repository)]` and mark its key with `#[repository(key)]`"
)]
pub trait Entity: Clone + Debug + Send + Sync + 'static {
    /// The type of the key; a tuple, in the fields' order, if there are several key fields.
    type Key: Clone + Debug + Ord + Send + Sync + 'static;

    /// The type's name, for messages.
    const NAME: &'static str;

    /// The key of this value.
    fn key(&self) -> Self::Key;

    /// Whether the row is [softly deleted](SoftDelete): kept, and shown to nobody who does not ask for it.
    fn is_deleted(&self) -> bool {
        false
    }
}

/// An entity whose rows are written; implemented by the derive, unless it is told to read only.
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` are not written",
    note = "`#[derive(Repository)]` without `read_only` makes `insert`, `update` and the others"
)]
pub trait Stored: Entity {
    /// What the application gives a new row.
    type New: Clone + Debug + Send + Sync + 'static;

    /// What an update changes; by default nothing.
    type Patch: Clone + Debug + Default + From<Self::New> + Send + Sync + 'static;

    /// The columns.
    type Column: Column;

    /// What the application gave, or would give, for a row like this one.
    fn to_new(&self) -> Self::New;
}

/// An entity whose keys the application assigns, so that it can name a row that may or may not be there yet.
pub trait AssignedKey: Stored {}

/// An entity whose rows are numbered by their changes, so that nobody overwrites a change he has not seen.
pub trait Versioned: Stored {
    /// A whole number: 1 when the row is inserted, and one more at each write.
    type Version: Copy + Debug + PartialEq + Send + Sync + 'static;

    /// The version of this value.
    fn version(&self) -> Self::Version;
}

/// An entity whose rows are only marked as deleted.
///
/// A softly deleted row is there for none of the generated reads, nor for `update`, `replace` and `delete`. Its key, and its
/// values of unique columns, stay taken.
pub trait SoftDelete: Stored {}
