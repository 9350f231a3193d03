//! One build reports every mistake, each at the tokens to blame.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(pk = usr, ttl = expires, index(name = "x", pk = colour, projection = some)), checked = false)]
struct Favorite {
    #[repository(key, generated)]
    user: i64,
    #[repository(unique)]
    color: String,
    #[repository(key)]
    words: Vec<String>,
}

fn main() {}
