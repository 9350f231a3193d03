//! A field marked as unique whose column is not: the field is to blame.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Favorite {
    #[repository(key)]
    pub user_id: i64,
    #[repository(unique)]
    pub color_hex: String,
}

fn main() {}
