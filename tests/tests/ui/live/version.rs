//! Columns that the database keeps, and does not have.

use chrono::{DateTime, Utc};
use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct NoVersion {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
    #[repository(version)]
    pub version: i32,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct NoMark {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
    #[repository(deleted_at)]
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct NarrowVersion {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
    #[repository(version)]
    pub weight: i64,
}

fn main() {}
