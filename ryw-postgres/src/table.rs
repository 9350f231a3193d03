//! What generated code hands over, and the functions it calls.
//!
//! A derive emits the SQL, how a row is read and how values are bound; everything that happens with them is here, once
//! for all entities: what they share with other backends as [`ReadStore`](ryw_core::ReadStore) and its kin of the source,
//! the rest in functions. Reads end their select lists in the columns of [`seen`](crate::seen), writes in those of
//! [`witness`](crate::witness).
//!
//! What not every entity has is a trait of its own, so that a function that needs it cannot be called without.

mod bind;
mod in_column;
mod inside;
mod reads;
mod stream;
mod write;

use ryw_core::{AssignedKey, Entity, Error, SoftDelete, Stored, Versioned};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Encode, Postgres, Type};

pub(crate) use self::bind::Sought;
pub use self::bind::{InArray, array, array_of_arrays, change};
pub use self::in_column::{FromColumn, InColumn};
pub use self::inside::{
    delete_in, find_for_update_in, find_in, insert_in, insert_many_in, purge_in, replace_in, restore_in,
    update_if_in, update_in, upsert_by_in, upsert_in,
};
pub use self::reads::{Pages, find_by, list_by};
pub use self::stream::stream_by;

use crate::query::Columns;
use crate::read::Statement;

/// An entity read from a table; implemented by the derive.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not stored in a Postgres table",
    note = "add `#[repository(postgres(table = \"...\"))]` beside `#[derive(Repository)]`"
)]
pub trait Table: Entity + Unpin {
    /// The table's name, with its schema if the user gave one, unquoted; for spans.
    const TABLE: &'static str;
    /// The row of a key.
    const FIND: &'static str;
    /// The rows of some keys in their order, bound to an array of each of their parts.
    const FIND_MANY: &'static str;
    /// A row if there is one of a key.
    const EXISTS: &'static str;
    /// One row: how many there are.
    const COUNT: &'static str;
    /// The rows by key, in pages.
    const LIST: Pages;
    /// All rows by key; without facts.
    const STREAM: &'static str;
    /// The row of a key, inside a transaction: without facts.
    const FIND_IN: &'static str;

    /// Reads a row, whose columns are the fields' in their order.
    ///
    /// # Errors
    /// If the row has another shape than at compile time.
    fn from_row(row: &Columns<'_>) -> Result<Self, sqlx::Error>;

    /// Binds the parts of a key, in order.
    ///
    /// # Errors
    /// If a value cannot be encoded.
    fn bind_key(key: &Self::Key, arguments: &mut PgArguments) -> Result<(), BoxDynError>;

    /// Binds an array for each part of the keys, in order.
    ///
    /// # Errors
    /// If a value cannot be encoded.
    fn bind_keys(keys: &[Self::Key], arguments: &mut PgArguments) -> Result<(), BoxDynError>;
}

/// An entity written to a table; implemented by the derive, unless it is read-only.
pub trait WriteTable: Table + Stored {
    /// `INSERT … RETURNING`, bound to a new row.
    const INSERT: &'static str;
    /// `INSERT … SELECT … FROM UNNEST … RETURNING`, bound to arrays of new rows' columns.
    const INSERT_MANY: &'static str;
    /// `UPDATE … RETURNING`, bound to a key and a patch.
    const UPDATE: &'static str;
    /// `DELETE … RETURNING`, or the `UPDATE` that marks a row as deleted, bound to a key.
    const DELETE: &'static str;
    /// The row of a key, locked, inside a transaction.
    const FIND_FOR_UPDATE: &'static str;
    /// `INSERT … ON CONFLICT … DO UPDATE … RETURNING` for each unique column, bound to a new row.
    const UPSERT_BY: &'static [(Self::Column, &'static str)] = &[];
    /// `UPDATE … RETURNING` of the row that a whole entity is stored in, if rows have versions: bound to its key, a patch
    /// and what [`bind_version`](Self::bind_version) adds.
    const REPLACE_IF: Option<&'static str> = None;

    /// Binds a new row's columns, in order.
    ///
    /// # Errors
    /// If a value cannot be encoded.
    fn bind_new(new: &Self::New, arguments: &mut PgArguments) -> Result<(), BoxDynError>;

    /// Binds arrays of new rows' columns, in order.
    ///
    /// # Errors
    /// If a value cannot be encoded.
    fn bind_news(news: &[Self::New], arguments: &mut PgArguments) -> Result<(), BoxDynError>;

    /// Binds for each column that a patch can change whether it does, and to what.
    ///
    /// # Errors
    /// If a value cannot be encoded.
    fn bind_patch(patch: &Self::Patch, arguments: &mut PgArguments) -> Result<(), BoxDynError>;

    /// Binds the version that the row of an entity must have to be replaced, if rows have versions.
    ///
    /// # Errors
    /// If a value cannot be encoded.
    fn bind_version(&self, _arguments: &mut PgArguments) -> Result<(), BoxDynError> {
        Ok(())
    }
}

/// An entity whose keys are assigned by the application.
pub trait UpsertTable: WriteTable + AssignedKey {
    /// `INSERT … ON CONFLICT (key) DO UPDATE … RETURNING`, bound to a new row.
    const UPSERT: &'static str;
}

/// An entity whose rows have a version.
pub trait VersionedTable:
    WriteTable + Versioned<Version: for<'q> Encode<'q, Postgres> + Type<Postgres>>
{
    /// `UPDATE … RETURNING`, bound to a key, a patch and the version that the row must have.
    const UPDATE_IF: &'static str;
}

/// An entity whose rows are marked as deleted.
pub trait SoftDeleteTable: WriteTable + SoftDelete {
    /// The `UPDATE … RETURNING` that takes the mark away, bound to a key.
    const RESTORE: &'static str;
    /// `DELETE … RETURNING`, bound to a key.
    const PURGE: &'static str;
    /// The row of a key, marked or not.
    const FIND_WITH_DELETED: &'static str;
}

fn statement<'a, T: Table>(
    sql: &'static str,
    verb: &'static str,
    arguments: &'a (dyn Fn() -> Result<PgArguments, BoxDynError> + Sync),
) -> Statement<'a> {
    Statement { sql, arguments, verb, entity: T::NAME, table: T::TABLE }
}

/// Arguments, as `bind` adds them.
fn bound(bind: impl FnOnce(&mut PgArguments) -> Result<(), BoxDynError>) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    bind(&mut arguments)?;
    Ok(arguments)
}

fn first<T: Table>(rows: &[PgRow]) -> Result<Option<T>, Error> {
    rows.first().map(decode).transpose()
}

fn all<T: Table>(rows: &[PgRow]) -> Result<Vec<T>, Error> {
    rows.iter().map(decode).collect()
}

fn decode<T: Table>(row: &PgRow) -> Result<T, Error> {
    T::from_row(&Columns::in_order(row)).map_err(|error| {
        Error::database(format!("give a {} in the shape it had at compile time", T::NAME)).with_source(error)
    })
}

/// The row that a write returned; without one there is no row of the key.
fn expected<T: Table>(rows: &[PgRow]) -> Result<T, Error> {
    first(rows)?.ok_or_else(|| Error::not_found(T::NAME))
}

/// What it means that a write found no row: there is none, or it is another version, which `current` is.
fn missed<T: Table>(current: Option<T>) -> Error {
    current.map_or_else(|| Error::not_found(T::NAME), Error::version_conflict)
}

/// The statement for a unique column.
fn upsert_text<T: WriteTable>(column: T::Column) -> &'static str {
    let found = T::UPSERT_BY.iter().find(|(unique, _)| *unique == column);
    found.map_or_else(|| unreachable!("the derive names unique columns only"), |(_, sql)| *sql)
}
