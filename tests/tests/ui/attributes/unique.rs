//! Where `unique` says nothing, or what is not so.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Key {
    #[repository(key, unique)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Counted {
    #[repository(key)]
    id: i64,
    #[repository(unique, version)]
    version: i32,
    #[repository(updated_at, unique)]
    updated_at: i64,
    #[repository(unique = "yes")]
    slug: String,
}

fn main() {}
