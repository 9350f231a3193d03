//! A table that is not there: its name is to blame.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favourites"))]
pub struct Favorite {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "archive.favorites"))]
pub struct Archived {
    #[repository(key)]
    pub user_id: i64,
}

fn main() {}
