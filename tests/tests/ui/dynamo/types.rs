//! A field of a type that no attribute holds.

use ryw_core::{Repository, Value};

#[derive(Clone, Debug)]
struct Money;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a"))]
struct Favorite {
    #[repository(key)]
    id: i64,
    price: Money,
}

#[derive(Clone, Debug, Value)]
#[value(dynamo)]
struct Price(Money);

#[derive(Clone, Debug, Value)]
#[value(dynamo)]
struct Range {
    from: Money,
    to: i64,
}

fn main() {}
