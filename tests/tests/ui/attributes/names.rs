//! Fields whose names meet in what is made of them.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Variants {
    #[repository(key)]
    id: i64,
    user_id: i64,
    user__id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Setters {
    #[repository(key)]
    id: i64,
    body: Option<String>,
    body_null: bool,
}

fn main() {}
