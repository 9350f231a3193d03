//! What a row of a custom query may become.

use std::marker::PhantomData;

use sqlx::postgres::PgRow;
use sqlx::{Decode, Postgres, Type};

use super::columns::{Columns, places};
use super::holds::NullFits;

/// A struct that is made of a row, field by column name; implemented by `#[derive(Row)]` and `#[derive(Repository)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of a row of several columns",
    label = "is to be made of the query's rows",
    note = "add `#[derive(ryw_core::Row)]` to a struct whose fields are named like the columns, or return a tuple"
)]
pub trait Row: Sized {
    /// The type's name, for messages.
    const NAME: &'static str;
    /// The fields' columns, in their order.
    const COLUMNS: &'static [&'static str];

    /// Reads a row.
    ///
    /// # Errors
    /// If the row has another shape than at compile time.
    fn from_row(row: &Columns<'_>) -> Result<Self, sqlx::Error>;
}

/// A value of one column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a row nor a value that sqlx can decode",
    label = "is to be made of the query's only column",
    note = "add `#[derive(ryw_core::Row)]` to a struct, `#[derive(ryw_core::Value)]` to an enum or a newtype"
)]
pub trait Value: for<'r> Decode<'r, Postgres> + Type<Postgres> {}

#[diagnostic::do_not_recommend]
impl<T: for<'r> Decode<'r, Postgres> + Type<Postgres>> Value for T {}

/// Makes structs of rows.
///
/// # Errors
/// If a row has another shape than at compile time.
pub fn rows<T: Row>(rows: &[PgRow]) -> Result<Vec<T>, sqlx::Error> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let places = places(first, T::COLUMNS)?;
    rows.iter().map(|row| T::from_row(&Columns::at(row, &places))).collect()
}

/// Makes values of the rows' first columns.
///
/// # Errors
/// If a row has another shape than at compile time.
pub fn values<T: Value>(rows: &[PgRow]) -> Result<Vec<T>, sqlx::Error> {
    each(rows, |row| row.try_get(0))
}

/// Makes something of each row.
///
/// # Errors
/// Those of `decode`.
pub fn each<T>(
    rows: &[PgRow],
    decode: impl Fn(&Columns<'_>) -> Result<T, sqlx::Error>,
) -> Result<Vec<T>, sqlx::Error> {
    rows.iter().map(|row| decode(&Columns::in_order(row))).collect()
}

/// A type that a single column is to become, be it a struct of one field or a value.
///
/// Which of the two is told by the traits it has: of a `&Single`, [`AsRow`] is found with one borrow less, and so comes
/// first. A macro sees the type's name only.
pub struct Single<T>(PhantomData<T>);

impl<T> Single<T> {
    /// The only one.
    pub const NEW: Self = Self(PhantomData);
}

/// As a struct.
pub trait AsRow {
    /// What it is.
    type Output;

    /// Whether NULL fits is the field's affair, when a row is read.
    fn null_fits<Nullness>(&self) {}

    /// Makes it of rows.
    ///
    /// # Errors
    /// If a row has another shape than at compile time.
    fn rows(&self, rows: &[PgRow]) -> Result<Vec<Self::Output>, sqlx::Error>;
}

impl<T: Row> AsRow for Single<T> {
    type Output = T;

    fn rows(&self, rows: &[PgRow]) -> Result<Vec<T>, sqlx::Error> {
        self::rows(rows)
    }
}

/// As a value.
pub trait AsValue {
    /// What it is.
    type Output;

    /// Holds if the type can be what the column holds.
    fn null_fits<Nullness>(&self)
    where
        Self::Output: NullFits<Nullness>,
    {
    }

    /// Makes it of rows.
    ///
    /// # Errors
    /// If a row has another shape than at compile time.
    fn rows(&self, rows: &[PgRow]) -> Result<Vec<Self::Output>, sqlx::Error>
    where
        Self::Output: Value;
}

impl<T> AsValue for &Single<T> {
    type Output = T;

    fn rows(&self, rows: &[PgRow]) -> Result<Vec<T>, sqlx::Error>
    where
        T: Value,
    {
        values(rows)
    }
}
