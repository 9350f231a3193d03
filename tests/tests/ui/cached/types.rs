//! A field of a known type holds exactly its column's type.

use chrono::{DateTime, Utc};
use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Right {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
    #[repository(rename = "colour_note")]
    pub note: Option<String>,
    pub weight: i32,
    #[repository(generated)]
    pub created_at: DateTime<Utc>,
    #[repository(updated_at)]
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Wrong {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: i64,
    #[repository(generated)]
    pub created_at: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct TooWide {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
    pub weight: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct MaybeNull {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
    #[repository(rename = "colour_note")]
    pub note: String,
}

fn main() {}
