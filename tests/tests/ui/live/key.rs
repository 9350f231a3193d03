//! A key whose column is not unique could name two rows.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Favorite {
    pub user_id: i64,
    #[repository(key)]
    pub color_hex: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Composite {
    #[repository(key)]
    pub user_id: i64,
    #[repository(key)]
    pub color_hex: String,
}

fn main() {}
