//! The form in which a field is stored, and what cannot stand beside it.

use ryw_core::Repository;

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct TwoForms {
    #[repository(key)]
    id: i64,
    #[repository(json, try_from = "String")]
    a: Settings,
    #[repository(flatten(b), json)]
    b: Settings,
    #[repository(json, json)]
    c: Settings,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Document {
    #[repository(key, json)]
    id: Settings,
    #[repository(json, updated_at)]
    a: Settings,
    #[repository(json, unique)]
    b: Settings,
    #[repository(json, skip)]
    c: Settings,
    #[repository(json = "jsonb")]
    d: Settings,
}

#[derive(Clone, Debug, Repository)]
#[repository(postgres(table = "a"))]
struct Conversion {
    #[repository(key, try_from = "String")]
    id: Email,
    #[repository(try_from = "Option<String>")]
    a: Email,
    #[repository(try_from = "Vec<String>")]
    b: Emails,
    #[repository(try_from = "String, i64")]
    c: Email,
    #[repository(try_from)]
    d: Email,
    #[repository(try_from = "i32", version)]
    e: i32,
    #[repository(try_from = "String", unique)]
    f: Email,
    #[repository(try_form = "String")]
    g: Email,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Settings;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Email;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Emails;

fn main() {}
