//! The derive alone does not say where to store.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
struct Favorite {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository]
struct NoParentheses {
    #[repository(key)]
    id: i64,
}

fn main() {}
