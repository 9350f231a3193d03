//! What the services are about: a user's favourite colour.

use chrono::{DateTime, Utc};
use ryw_core::Repository;

/// A user's favourite colour.
#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
pub(crate) struct Favorite {
    /// Whose.
    #[repository(key)]
    pub(crate) user_id: i64,
    /// Any text; a browser sends `#rrggbb`.
    pub(crate) color_hex: String,
    /// When it was last chosen, by the database's clock.
    #[repository(updated_at)]
    pub(crate) updated_at: DateTime<Utc>,
}

impl Favorite {
    /// The choice of `color` by a user.
    pub(crate) const fn chosen(user_id: i64, color_hex: String) -> Self {
        Self { user_id, color_hex, updated_at: DateTime::UNIX_EPOCH }
    }
}
