//! Which fields are the table's keys, and what can be one.

use std::collections::{BTreeMap, BTreeSet};

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a"))]
struct NoKey {
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a"))]
struct ThreeKeys {
    #[repository(key)]
    a: i64,
    #[repository(key)]
    b: i64,
    #[repository(key)]
    c: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", pk = usr_id, sk = colour))]
struct NoFields {
    #[repository(key)]
    user_id: i64,
    #[repository(key, rename = "colour")]
    color: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", pk = user_id, sk = color))]
struct NotMarked {
    #[repository(key)]
    user_id: i64,
    color: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", pk = user_id, sk = user_id))]
struct TheSame {
    #[repository(key)]
    user_id: i64,
    #[repository(key)]
    color: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", sk = user_id))]
struct OnlyToSortBy {
    #[repository(key)]
    user_id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", pk = "user_id", sk = 5, pk = user_id))]
struct NoNames {
    #[repository(key)]
    user_id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", pk = cached))]
struct NotStored {
    #[repository(key)]
    user_id: i64,
    #[repository(skip)]
    cached: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a"))]
struct Types {
    #[repository(key)]
    a: bool,
    #[repository(key)]
    b: Vec<String>,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a"))]
struct MoreTypes {
    #[repository(key)]
    a: BTreeSet<String>,
    #[repository(key)]
    b: Option<i64>,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a"))]
struct Forms {
    #[repository(key, json)]
    a: i64,
    #[repository(key, try_from = "i64")]
    b: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a"))]
struct AMap {
    #[repository(key)]
    a: BTreeMap<String, i64>,
}

fn main() {}
