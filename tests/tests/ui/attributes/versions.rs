//! A version is a number that the database counts up; a row has one.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct NotANumber {
    #[repository(key)]
    id: i64,
    #[repository(version)]
    version: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Nullable {
    #[repository(key)]
    id: i64,
    #[repository(version)]
    version: Option<i32>,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Two {
    #[repository(key)]
    id: i64,
    #[repository(version)]
    first: i32,
    #[repository(version)]
    second: i64,
}

fn main() {}
