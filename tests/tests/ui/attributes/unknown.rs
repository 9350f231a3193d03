//! A key that means nothing: what was meant, or where it belongs.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgre(table = "a"))]
struct NearOnTheStruct {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(tabel = "a"))]
struct NearInTheBackend {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct NearOnAField {
    #[repository(key)]
    id: i64,
    #[repository(renamed = "b")]
    a: i64,
    #[repository(generate)]
    b: i64,
    #[repository(uniqe)]
    c: i64,
    #[repository(create_at)]
    d: i64,
    #[repository(delete_at)]
    e: i64,
    #[repository(versioned)]
    f: i64,
    #[repository(skipped)]
    g: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Far {
    #[repository(key)]
    id: i64,
    #[repository(ignore)]
    a: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"), updated_at)]
struct FieldsOnTheStruct {
    #[repository(key)]
    id: i64,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct StructsOnAField {
    #[repository(key, postgres(table = "a"))]
    id: i64,
}

fn main() {}
