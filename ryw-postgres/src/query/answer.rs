//! What came back, and what the return type makes of it.

use ryw_core::Error;
use sqlx::postgres::PgRow;

/// The rows of a query, and how many it changed.
pub struct Answer {
    name: &'static str,
    rows: Vec<PgRow>,
    affected: u64,
}

impl Answer {
    pub(crate) const fn new(name: &'static str, rows: Vec<PgRow>, affected: u64) -> Self {
        Self { name, rows, affected }
    }

    /// Every row.
    ///
    /// # Errors
    /// If a row has another shape than at compile time.
    pub fn all<T>(
        self,
        decode: impl FnOnce(&[PgRow]) -> Result<Vec<T>, sqlx::Error>,
    ) -> Result<Vec<T>, Error> {
        decode(&self.rows).map_err(|error| {
            Error::database(format!("give the rows of `{}` in the shape they had at compile time", self.name))
                .with_source(error)
        })
    }

    /// The row, if there is one.
    ///
    /// # Errors
    /// If there are several, or the row has another shape than at compile time.
    pub fn optional<T>(
        self,
        decode: impl FnOnce(&[PgRow]) -> Result<Vec<T>, sqlx::Error>,
    ) -> Result<Option<T>, Error> {
        if self.rows.len() > 1 {
            return Err(Error::database(format!(
                "give `{}` one row: it gave {}",
                self.name,
                self.rows.len()
            )));
        }
        Ok(self.all(decode)?.pop())
    }

    /// The row.
    ///
    /// # Errors
    /// [Not found](Error::is_not_found) if there is none; if there are several, or the row has another shape than at
    /// compile time.
    pub fn one<T>(self, decode: impl FnOnce(&[PgRow]) -> Result<Vec<T>, sqlx::Error>) -> Result<T, Error> {
        let name = self.name;
        self.optional(decode)?.ok_or_else(|| Error::no_row(name))
    }

    /// How many rows were changed.
    #[must_use]
    pub const fn affected(&self) -> u64 {
        self.affected
    }
}
