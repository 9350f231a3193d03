//! A column that is not there: the field is to blame.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Favorite {
    #[repository(key)]
    pub user_id: i64,
    pub color: String,
    #[repository(rename = "colour_note")]
    pub note: Option<String>,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "ui.favorites"))]
pub struct Renamed {
    #[repository(key)]
    pub user_id: i64,
    pub color_hex: String,
    #[repository(rename = "note")]
    pub colour_note: Option<String>,
}

fn main() {}
