//! The opt-out of the check of the SQL.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"), checked = "no")]
struct Text {
    #[repository(key)]
    id: i64,
    a: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"), checked)]
struct Flag {
    #[repository(key)]
    id: i64,
    a: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"), checked = false, checked = false)]
struct Twice {
    #[repository(key)]
    id: i64,
    a: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"), check = false)]
struct Near {
    #[repository(key)]
    id: i64,
    #[repository(checked = false)]
    a: i64,
}

fn main() {}
