//! A row has a name.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
struct Favorite {
    id: i64,
}

fn main() {}
