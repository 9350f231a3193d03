//! A row that is not deleted has NULL for a mark.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct NeverNull {
    #[repository(key)]
    id: i64,
    #[repository(deleted_at)]
    deleted_at: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Two {
    #[repository(key)]
    id: i64,
    #[repository(deleted_at)]
    deleted_at: Option<i64>,
    #[repository(deleted_at)]
    removed_at: Option<i64>,
}

fn main() {}
