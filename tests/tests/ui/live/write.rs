//! A column that can be read and not written is found too: every statement is described.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Favorite {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
    pub computed: Option<String>,
    pub serial: i64,
}

fn main() {}
