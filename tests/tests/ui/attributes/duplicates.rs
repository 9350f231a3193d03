//! Nothing is said twice, in one attribute or in two.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a", table = "b"))]
#[repository(postgres(table = "c"))]
struct Favorite {
    #[repository(key, key)]
    id: i64,
    #[repository(rename = "a")]
    #[repository(rename = "b")]
    a: i64,
    #[repository(generated)]
    #[repository(generated)]
    b: i64,
    #[repository(updated_at, updated_at)]
    c: i64,
    #[repository(unique, unique)]
    d: i64,
    #[repository(version)]
    #[repository(version)]
    e: i64,
    #[repository(deleted_at, deleted_at)]
    f: Option<i64>,
    #[repository(skip, skip)]
    g: i64,
}

fn main() {}
