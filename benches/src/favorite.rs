//! The row that everything is measured with: the examples' table, and the same three columns for everyone.

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use ryw_core::Repository;

/// The table, as the examples make it.
pub(crate) const TABLE: &str = include_str!("../../examples/schema/favorites.sql");

/// A user's favourite colour.
#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
pub(crate) struct Favorite {
    /// Whose.
    #[repository(key)]
    pub(crate) user_id: i64,
    /// The number of the write, so that of two states the older one can be told.
    pub(crate) color_hex: String,
    /// When it was written, by the database's clock.
    #[repository(updated_at)]
    pub(crate) updated_at: DateTime<Utc>,
}

/// A row as plain sqlx maps it: by index, which is the quickest it can.
pub(crate) type Row = (i64, String, DateTime<Utc>);

impl Favorite {
    pub(crate) fn numbered(user_id: i64, number: u32) -> Self {
        Self { user_id, color_hex: format!("#{number:08x}"), updated_at: DateTime::UNIX_EPOCH }
    }

    /// The number of the write that stored this.
    ///
    /// # Errors
    /// If somebody else did.
    pub(crate) fn number(&self) -> Result<u32> {
        let digits = self.color_hex.strip_prefix('#').filter(|digits| digits.len() == 8);
        digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .with_context(|| format!("the colour {:?} was written by somebody else", self.color_hex))
    }
}

impl From<Row> for Favorite {
    fn from((user_id, color_hex, updated_at): Row) -> Self {
        Self { user_id, color_hex, updated_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_tells_its_number() {
        for number in [0, 1, 0x1234_5678, u32::MAX] {
            assert_eq!(Favorite::numbered(1, number).number().unwrap(), number);
        }
        assert!(Favorite { color_hex: "red".into(), ..Favorite::numbered(1, 1) }.number().is_err());
    }
}
