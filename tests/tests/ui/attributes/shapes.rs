//! Only a struct with named fields is a row.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
enum Enum {
    One,
}

#[derive(Clone, Copy, Repository)]
#[repository(postgres(table = "a"))]
union Union {
    id: i64,
}

impl std::fmt::Debug for Union {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Tuple(i64);

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Unit;

fn main() {}
