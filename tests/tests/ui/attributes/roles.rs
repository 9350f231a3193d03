//! One giver of a column's value.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct GeneratedKey {
    #[repository(key, generated)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct UpdatedKey {
    #[repository(key)]
    #[repository(updated_at)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct TwoGivers {
    #[repository(key)]
    id: i64,
    #[repository(generated, updated_at)]
    at: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct NullableKey {
    #[repository(key)]
    id: Option<i64>,
}

fn main() {}
