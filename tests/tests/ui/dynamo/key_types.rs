//! A key of a type whose spelling says nothing.

use ryw_core::{Repository, Value};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Value)]
#[value(dynamo)]
struct Flag(bool);

type Yes = bool;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(table = "a", index(name = "by_yes", pk = yes)))]
struct Favorite {
    #[repository(key)]
    flag: Flag,
    yes: Yes,
}

fn main() {}
