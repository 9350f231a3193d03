//! What indexes are called, and the methods that query them.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(
    table = "a",
    index(pk = color),
    index(name = "", pk = color),
    index(name = "by color", pk = color),
    index(name = "by_color", pk = color),
    index(name = "by_color", pk = color, sk = weight),
    index(name = "by-color", pk = color),
    index(name = "other", pk = color, method = "by_color"),
    index(name = "another", pk = color, method = "by color"),
    index(name = "the_last", pk = color, method = ""),
))]
struct Favorite {
    #[repository(key)]
    id: i64,
    color: String,
    weight: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(
    table = "a",
    index(nam = "by_color", pk = color),
    index(name = "by_weight", pk = weight, ttl = color),
    index(name = "by_id", pk = id, key = color),
    index = "by_name",
    index(name = "by_name", name = "by_names", pk = color),
))]
struct Unknown {
    #[repository(key)]
    id: i64,
    color: String,
    weight: i64,
}

fn main() {}
