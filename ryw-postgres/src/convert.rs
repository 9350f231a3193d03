//! Fields whose values are made of what their columns hold: `try_from`.

use sqlx::error::BoxDynError;
use sqlx::{Decode, Postgres, Type};

use crate::query::Columns;

/// Reads a column as `S`, and makes the field's value of it.
pub fn converted<'r, S, F>(row: &Columns<'r>, index: usize) -> Result<F, sqlx::Error>
where
    S: Decode<'r, Postgres> + Type<Postgres>,
    F: TryFrom<S, Error: Into<BoxDynError>>,
{
    F::try_from(row.try_get(index)?).map_err(|error| refused(index, error))
}

/// The same, of a column that may be NULL.
pub fn converted_if_any<'r, S, F>(row: &Columns<'r>, index: usize) -> Result<Option<F>, sqlx::Error>
where
    S: Decode<'r, Postgres> + Type<Postgres>,
    F: TryFrom<S, Error: Into<BoxDynError>>,
{
    let stored: Option<S> = row.try_get(index)?;
    stored.map(F::try_from).transpose().map_err(|error| refused(index, error))
}

fn refused(index: usize, error: impl Into<BoxDynError>) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: index.to_string(), source: error.into() }
}
