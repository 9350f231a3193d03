//! A field that is spread over several columns.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Person {
    #[repository(key, flatten(number))]
    id: Passport,
    #[repository(flatten(street, city), generated)]
    a: Address,
    #[repository(flatten(street, city), unique)]
    b: Address,
    #[repository(flatten(street, city), rename = "home")]
    c: Address,
    #[repository(flatten(street, city))]
    d: Option<Address>,
    #[repository(flatten(x, y))]
    e: (i32, i32),
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Columns {
    #[repository(key)]
    id: i64,
    street: String,
    #[repository(flatten(street, city))]
    home: Address,
    #[repository(flatten(street = "work_street", city = "city"))]
    work: Address,
    #[repository(flatten(a, b = "", a))]
    twice: Address,
    #[repository(flatten(__ryw_a, c = "__ryw_c"))]
    reserved: Address,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Syntax {
    #[repository(key)]
    id: i64,
    #[repository(flatten)]
    a: Address,
    #[repository(flatten())]
    b: Address,
    #[repository(flatten = "street")]
    c: Address,
    #[repository(flatten(street = 5))]
    d: Address,
    #[repository(flatten("street"))]
    e: Address,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Passport;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Address;

fn main() {}
