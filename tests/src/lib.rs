//! What the tests share: the entities they store, and their schema.

use chrono::{DateTime, Utc};
use ryw_core::Repository;

pub mod draft;
pub mod dropped;
pub mod gallery;
pub mod histories;
pub mod library;
pub mod servers;
pub mod session;

/// The tables of all entities here, and of the examples.
pub const SCHEMA: &str = concat!(
    include_str!("../../examples/schema/favorites.sql"),
    include_str!("../schema/drafts.sql"),
    include_str!("../schema/essays.sql"),
    include_str!("../schema/library.sql"),
    include_str!("../schema/gallery.sql"),
    include_str!("../schema/notes.sql"),
    include_str!("../schema/values.sql"),
);

/// A user's favourite colour: the domain of the examples.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "favorites"))]
pub struct Favorite {
    /// Whose.
    #[repository(key)]
    pub user_id: i64,
    /// As `#rrggbb`; tests put a counter here.
    pub color_hex: String,
    /// When it was last chosen, by the database's clock.
    #[repository(updated_at)]
    pub updated_at: DateTime<Utc>,
}

impl Favorite {
    /// A favourite whose colour is the number `count`.
    #[must_use]
    pub fn numbered(user_id: i64, count: i64) -> Self {
        Self { user_id, color_hex: format!("#{count:06x}"), updated_at: DateTime::UNIX_EPOCH }
    }

    /// The number that the colour is.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn count(&self) -> i64 {
        i64::from_str_radix(&self.color_hex[1..], 16).expect("the colour is a number")
    }
}

/// An entity that uses every attribute.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "public.notes"))]
pub struct Note {
    /// The key.
    #[repository(key)]
    pub id: i64,
    /// A column of another name.
    #[repository(rename = "text")]
    pub body: String,
    /// A nullable column.
    #[repository(indexed)]
    pub remark: Option<String>,
    /// A unique column.
    #[repository(unique)]
    pub slug: Option<String>,
    /// Filled once, by the database.
    #[repository(generated)]
    pub created_at: DateTime<Utc>,
    /// Filled at every write, by the database.
    #[repository(updated_at)]
    pub updated_at: DateTime<Utc>,
}

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The page on types: its examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../docs/types.md")]
pub struct Types;

/// The page on stores: its examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../docs/stores.md")]
pub struct Stores;
