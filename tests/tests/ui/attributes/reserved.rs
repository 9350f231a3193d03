//! ryw's own columns stand beside the user's.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Favorite {
    #[repository(key)]
    __ryw_id: i64,
    #[repository(rename = "a")]
    __ryw_row: i64,
    #[repository(rename = "__ryw_row")]
    b: i64,
    #[repository(rename = "__ryw")]
    r#__ryw_c: i64,
}

fn main() {}
