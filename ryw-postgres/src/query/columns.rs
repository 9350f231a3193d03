//! A row, seen by the places of a struct's fields.

use sqlx::postgres::PgRow;
use sqlx::{Column as _, Decode, Postgres, Row as _, Type};

/// The columns of a row, in the order of a struct's fields.
///
/// Generated statements list their columns in that order. Those of a custom query come as the user, or `SELECT *`, has
/// them; they are found by their names, once for all rows. By their places was rejected: the tables of two databases
/// may have their columns in different orders, and two of one type would change places without a word.
pub struct Columns<'a> {
    row: &'a PgRow,
    /// Where the fields' columns are, if not in their order.
    places: Option<&'a [usize]>,
}

impl<'a> Columns<'a> {
    /// A row whose columns are the fields'.
    pub(crate) const fn in_order(row: &'a PgRow) -> Self {
        Self { row, places: None }
    }

    /// A row of a query whose columns are at these places.
    pub(crate) const fn at(row: &'a PgRow, places: &'a [usize]) -> Self {
        Self { row, places: Some(places) }
    }

    /// The value of a field's column.
    ///
    /// # Errors
    /// If it is not there, or does not decode.
    pub fn try_get<T, I>(&self, field: I) -> Result<T, sqlx::Error>
    where
        T: Decode<'a, Postgres> + Type<Postgres>,
        I: FieldNumber,
    {
        let field = field.number();
        let place = self.places.map_or(Some(field), |places| places.get(field).copied());
        self.row
            .try_get(place.ok_or(sqlx::Error::ColumnIndexOutOfBounds { index: field, len: self.row.len() })?)
    }
}

/// The number of a field. Called like sqlx's own function, so that generated code may name the type first.
pub trait FieldNumber {
    /// Which.
    fn number(self) -> usize;
}

impl FieldNumber for usize {
    fn number(self) -> usize {
        self
    }
}

/// Where the columns of these names are.
pub(crate) fn places(row: &PgRow, names: &[&str]) -> Result<Vec<usize>, sqlx::Error> {
    let columns: Vec<_> = row.columns().iter().map(|column| name(column.name())).collect();
    let place = |wanted: &&str| {
        let place = columns.iter().position(|name| name == wanted);
        place.ok_or_else(|| sqlx::Error::ColumnNotFound((*wanted).to_owned()))
    };
    names.iter().map(place).collect()
}

/// A column's name, without what it tells the check: `total!`, `total?`, `total: _`.
fn name(column: &str) -> &str {
    column.find(['!', '?', ':']).map_or(column, |end| &column[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_tells_the_check_is_no_part_of_it() {
        for (column, expected) in [("a", "a"), ("a!", "a"), ("a?", "a"), ("a: _", "a"), ("a!: i64", "a")] {
            assert_eq!(name(column), expected);
        }
    }
}
