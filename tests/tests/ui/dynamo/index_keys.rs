//! By what an index is partitioned and sorted.

use ryw_core::Repository;
use std::collections::HashMap;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(
    table = "a",
    index(name = "no_partition"),
    index(name = "no_field", pk = colour, sk = wieght),
    index(name = "the_same", pk = color, sk = color),
    index(name = "both", pk = color, local, global),
    index(name = "a_flag", pk = is_shared),
    index(name = "a_list", pk = words),
    index(name = "a_map", pk = color, sk = counts),
    index(name = "a_document", pk = settings),
    index(name = "converted", pk = email),
    index(name = "flattened", pk = address),
    index(name = "a_part", pk = city),
    index(name = "renamed", pk = shade),
))]
struct Global {
    #[repository(key)]
    id: i64,
    color: String,
    weight: i64,
    is_shared: Option<bool>,
    words: Vec<String>,
    counts: HashMap<String, i64>,
    #[repository(json)]
    settings: String,
    #[repository(try_from = "String")]
    email: String,
    #[repository(flatten(street, city))]
    address: Address,
    #[repository(rename = "shade")]
    tone: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", index(name = "by_color", local, sk = color)))]
struct WithoutASortKey {
    #[repository(key)]
    id: i64,
    color: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(
    table = "a",
    index(name = "unsorted", local),
    index(name = "elsewhere", local, pk = color, sk = weight),
    index(name = "by_itself", local, sk = user_id),
))]
struct Local {
    #[repository(key)]
    user_id: i64,
    #[repository(key)]
    number: i64,
    color: String,
    weight: i64,
}

#[derive(Clone, Debug)]
struct Address {
    street: String,
    city: String,
}

fn main() {}
