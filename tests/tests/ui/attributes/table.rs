//! The table's name.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres)]
struct Missing {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres())]
struct MissingInParentheses {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres = "a")]
struct NoParentheses {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = ""))]
struct Empty {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "database.schema.table"))]
struct TwoDots {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "schema."))]
struct NothingAfterTheDot {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "\"quoted\""))]
struct Quoted {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a\0"))]
struct Nul {
    #[repository(key)]
    id: i64,
}

fn main() {}
