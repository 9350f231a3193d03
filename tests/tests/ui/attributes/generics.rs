//! Generated code names the type without arguments.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Generic<T, const N: usize> {
    #[repository(key)]
    id: i64,
    value: [T; N],
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Borrowed<'a> {
    #[repository(key)]
    id: i64,
    name: &'a str,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Bounded
where
    i64: Copy,
{
    #[repository(key)]
    id: i64,
}

fn main() {}
