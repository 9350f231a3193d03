//! Every mistake of a struct is reported in one build, and none of them twice.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a.b.c"), dynamo(table = "a/b"))]
struct Favorite {
    #[repository(key)]
    id: Option<i64>,
    #[repository(key)]
    second: i64,
    #[repository(renam = "b")]
    a: i64,
    #[repository(rename = "")]
    b: i64,
    #[repository(generated, updated_at)]
    c: i64,
}

fn main() {}
