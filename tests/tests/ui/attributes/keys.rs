//! A key names one row, so no part of it is NULL.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Nullable {
    #[repository(key)]
    id: Option<i64>,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct NullablePart {
    #[repository(key)]
    id: i64,
    #[repository(key)]
    part: Option<String>,
    a: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct NullableGenerated {
    #[repository(key, generated)]
    id: std::option::Option<i64>,
    a: i64,
}

fn main() {}
