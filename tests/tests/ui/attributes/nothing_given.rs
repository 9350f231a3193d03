//! An application that gives nothing has nothing to insert.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Favorite {
    #[repository(key, generated)]
    id: i64,
    #[repository(created_at)]
    created_at: i64,
    #[repository(skip)]
    cached: i64,
}

fn main() {}
