//! The columns' names.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Shared {
    #[repository(key)]
    id: i64,
    a: i64,
    #[repository(rename = "a")]
    b: i64,
    #[repository(rename = "d")]
    c: i64,
    d: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Nameless {
    #[repository(key)]
    id: i64,
    #[repository(rename = "")]
    empty: i64,
    #[repository(rename = "a\0")]
    nul: i64,
}

fn main() {}
