//! The second backend is announced, not there.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "favorites"))]
struct Favorite {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"), dynamo(table = "favorites"))]
struct Both {
    #[repository(key)]
    id: i64,
}

fn main() {}
