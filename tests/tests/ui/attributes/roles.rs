//! One giver of a column's value.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct UpdatedKey {
    #[repository(key)]
    #[repository(updated_at)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct VersionKey {
    #[repository(version, key)]
    id: i64,
    a: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct TwoGivers {
    #[repository(key)]
    id: i64,
    #[repository(generated, updated_at)]
    at: i64,
    #[repository(created_at, version)]
    version: i64,
    #[repository(deleted_at)]
    #[repository(created_at)]
    deleted: Option<i64>,
}

fn main() {}
