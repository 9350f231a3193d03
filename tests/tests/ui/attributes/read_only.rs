//! A repository that only reads.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"), read_only)]
struct Written {
    #[repository(key)]
    user_id: i64,
    #[repository(generated)]
    created_at: String,
    #[repository(updated_at)]
    updated_at: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"), read_only = true)]
struct WithAValue {
    #[repository(key)]
    user_id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(read_only, postgres(table = "favorites"), read_only)]
struct Twice {
    #[repository(key)]
    user_id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"), readonly)]
struct Misspelt {
    #[repository(key)]
    user_id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
struct OnAField {
    #[repository(key)]
    user_id: i64,
    #[repository(read_only)]
    total: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites", read_only))]
struct InPostgres {
    #[repository(key)]
    user_id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(read_only)]
struct OfWhat {
    #[repository(key)]
    user_id: i64,
}

fn main() {}
