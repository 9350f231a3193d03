//! The right key with the wrong kind of value.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = 5))]
struct Number {
    #[repository(key)]
    id: i64,
    #[repository(rename = 'a')]
    a: i64,
    #[repository(rename("b"))]
    b: i64,
    #[repository(rename)]
    c: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Flags {
    #[repository(key = true)]
    id: i64,
    #[repository(generated = "now()")]
    a: i64,
    #[repository(updated_at(now))]
    b: i64,
    #[repository(version = 1)]
    c: i64,
    #[repository(deleted_at = "removed")]
    d: Option<i64>,
    #[repository(skip(always))]
    e: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct NotAnAttribute {
    #[repository(key)]
    id: i64,
    #[repository("rename")]
    a: i64,
}

fn main() {}
