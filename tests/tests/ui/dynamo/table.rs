//! `dynamo(...)` itself: a table, and known keys.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo)]
struct NoTable {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo = "favorites")]
struct NoList {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = ""))]
struct Empty {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "app/favorites"))]
struct Slash {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(tabel = "favorites"))]
struct Misspelt {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "favorites", projection = all))]
struct OfAnIndex {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "favorites", table = "others"), dynamo(table = "favorites"))]
struct Twice {
    #[repository(key)]
    id: i64,
}

fn main() {}
