//! What is not stored has nothing else to be told.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Favorite {
    #[repository(key)]
    id: i64,
    #[repository(skip, rename = "b")]
    a: i64,
    #[repository(unique)]
    #[repository(skip)]
    b: i64,
    #[repository(skip, generated, version)]
    c: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct SkippedKey {
    #[repository(key, skip)]
    id: i64,
    a: i64,
}

fn main() {}
