//! Composite keys are not supported yet.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
struct Favorite {
    #[repository(key)]
    user_id: i64,
    #[repository(key)]
    color: String,
}

fn main() {}
