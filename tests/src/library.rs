//! Entities with all that can be said of keys and columns.

use chrono::{DateTime, Utc};
use ryw_core::Repository;
use ryw_postgres::sqlx::types::Uuid;

/// Every role that a field can have.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "books"))]
pub struct Book {
    /// Made by the database.
    #[repository(key, generated)]
    pub id: i64,
    /// Whose values are unique.
    #[repository(unique)]
    pub isbn: String,
    /// Never NULL.
    pub title: String,
    /// Of a type that is not the field's by name.
    pub subtitle: Option<String>,
    /// An array.
    pub tags: Vec<String>,
    /// An array, or NULL.
    pub ratings: Option<Vec<i32>>,
    /// Not stored.
    #[repository(skip)]
    pub cached: Option<String>,
    /// Counts the writes.
    #[repository(version)]
    pub version: i32,
    /// When it was inserted.
    #[repository(created_at)]
    pub created_at: DateTime<Utc>,
    /// When it was last written.
    #[repository(updated_at)]
    pub updated_at: DateTime<Utc>,
    /// When it was deleted.
    #[repository(deleted_at)]
    pub deleted_at: Option<DateTime<Utc>>,
}

impl NewBook {
    /// A book of this number, as the application knows it.
    #[must_use]
    pub fn numbered(number: i64) -> Self {
        Self {
            isbn: format!("isbn-{number}"),
            title: format!("Book {number}"),
            subtitle: None,
            tags: Vec::new(),
            ratings: None,
        }
    }
}

/// A key of two parts, made by the application.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "loans"))]
pub struct Loan {
    /// The first part of the key.
    #[repository(key)]
    pub reader: i64,
    /// The second, under another name.
    #[repository(key, rename = "book_id")]
    pub book: i64,
    /// For so long.
    pub days: i32,
}

/// A key of which the database makes one part.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "shelves"))]
pub struct Shelf {
    /// Made by the application.
    #[repository(key)]
    pub room: String,
    /// Made by the database.
    #[repository(key, generated)]
    pub number: i32,
    /// What it says.
    pub label: String,
}

/// A key by the column's default.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "cards"))]
pub struct Card {
    /// Made by the database.
    #[repository(key, generated)]
    pub id: Uuid,
    /// Whose.
    pub reader: i64,
}

/// A unique column that is free again when its row is deleted.
#[derive(Clone, Debug, PartialEq, Repository)]
#[repository(postgres(table = "rooms"))]
pub struct Room {
    /// Made by the application.
    #[repository(key)]
    pub id: i64,
    /// Unique among the rooms that there are.
    #[repository(unique)]
    pub name: String,
    /// How many.
    pub seats: i32,
    /// When it was deleted.
    #[repository(deleted_at)]
    pub deleted_at: Option<DateTime<Utc>>,
}
