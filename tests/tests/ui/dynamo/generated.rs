//! What a database of another kind does by itself, or is asked of it.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a"), checked = false)]
struct ToPostgres {
    #[repository(key, generated)]
    id: i64,
    #[repository(generated)]
    number: i64,
    #[repository(unique)]
    slug: String,
    #[repository(indexed)]
    author: i64,
    #[repository(not_null)]
    title: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"), dynamo(table = "a"), checked = false)]
struct Both {
    #[repository(key, generated)]
    id: i64,
    #[repository(unique)]
    slug: String,
    #[repository(indexed)]
    author: i64,
}

fn main() {}
