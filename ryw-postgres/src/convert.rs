//! Fields whose values are made of what their columns hold: `try_from`.

use sqlx::error::BoxDynError;

use crate::query::Columns;
use crate::table::FromColumn;

/// Reads a column as `S`, and makes the field's value of it.
pub fn converted<S, F>(row: &Columns<'_>, index: usize) -> Result<F, sqlx::Error>
where
    S: FromColumn,
    F: TryFrom<S, Error: Into<BoxDynError>>,
{
    F::try_from(S::read(row, index)?).map_err(|error| refused(index, error))
}

/// The same, of a column that may be NULL.
pub fn converted_if_any<S, F>(row: &Columns<'_>, index: usize) -> Result<Option<F>, sqlx::Error>
where
    S: FromColumn,
    F: TryFrom<S, Error: Into<BoxDynError>>,
{
    let stored = S::read_if_any(row, index)?;
    stored.map(F::try_from).transpose().map_err(|error| refused(index, error))
}

fn refused(index: usize, error: impl Into<BoxDynError>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: index.to_string(), source: error.into() }
}
