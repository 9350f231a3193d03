//! An index whose entries are no entities.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(dynamo(
    table = "a",
    index(name = "only_keys", pk = color, projection = keys),
    index(name = "without_note", pk = color, projection = include(weight)),
    index(name = "no_field", pk = color, projection = include(weight, nota)),
    index(name = "a_key", pk = color, projection = include(weight, note, id)),
    index(name = "given_twice", pk = color, projection = include(weight, note, note)),
    index(name = "everything", pk = color, projection = everything),
    index(name = "a_string", pk = color, projection = "all"),
    index(name = "nothing", pk = color, projection = include()),
    index(name = "a_word", pk = color, projection),
))]
struct Favorite {
    #[repository(key)]
    id: i64,
    color: String,
    weight: i64,
    note: Option<String>,
}

fn main() {}
