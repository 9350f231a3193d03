//! By what rows are found besides the key.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
struct Both {
    #[repository(key)]
    user_id: i64,
    #[repository(unique, indexed)]
    slug: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
struct OfTheKey {
    #[repository(key, unique)]
    user_id: i64,
    color_hex: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
struct AlsoOfTheKey {
    #[repository(indexed, key)]
    user_id: i64,
    color_hex: String,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
struct WithValues {
    #[repository(key)]
    user_id: i64,
    #[repository(unique = true)]
    slug: String,
    #[repository(indexed("by_color"))]
    color_hex: String,
    #[repository(indexed, indexed)]
    weight: i32,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"))]
struct Misspelt {
    #[repository(key)]
    user_id: i64,
    #[repository(uniqe)]
    slug: String,
    #[repository(index)]
    color_hex: String,
    #[repository(notnull)]
    weight: i32,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "favorites"), unique)]
struct OnTheStruct {
    #[repository(key)]
    user_id: i64,
}

fn main() {}
