//! Which field types the SQL check can judge.
//!
//! sqlx knows, for each column type, one Rust type. A field of such a type is compared with its column; any other field
//! (an enum, a newtype) is judged by what it says it is stored as (`expand/query_check/fit.rs`). A macro sees spelling
//! only: a type of the user's own called `Uuid` is taken for the known one.

use syn::Type;

use crate::check::{option, wrapped};

const KNOWN: &[&str] = &[
    "bool",
    "i8",
    "i16",
    "i32",
    "i64",
    "f32",
    "f64",
    "String",
    // uuid, rust_decimal, serde_json, ipnetwork
    "Uuid",
    "Decimal",
    "JsonValue",
    "IpNetwork",
    // sqlx's own
    "PgInterval",
    "PgMoney",
    // chrono; its `DateTime` is known with `Utc` only
    "NaiveDate",
    "NaiveTime",
    "NaiveDateTime",
    // time
    "Date",
    "Time",
    "PrimitiveDateTime",
    "OffsetDateTime",
];

/// Does sqlx's mapping name this type, or an `Option` or `Vec` of it?
pub(crate) fn is_builtin(ty: &Type) -> bool {
    let ty = option(ty).unwrap_or(ty);
    let Some(element) = wrapped(ty, "Vec") else { return is_scalar(ty) };
    let bytes = matches!(element, Type::Path(path) if path.path.is_ident("u8"));
    bytes || is_scalar(element) || wrapped(element, "Vec").is_some_and(|inner| is_named(inner, "u8"))
}

/// Is it a column of arrays: a `Vec` or array of anything but bytes, or an `Option` of one?
pub(crate) fn is_array(ty: &Type) -> bool {
    let ty = option(ty).unwrap_or(ty);
    let element = match ty {
        Type::Array(array) => Some(&*array.elem),
        _ => wrapped(ty, "Vec"),
    };
    element.is_some_and(|element| !is_named(element, "u8"))
}

fn is_scalar(ty: &Type) -> bool {
    is_json(ty) || is_utc(ty) || is_range(ty) || KNOWN.iter().any(|known| is_named(ty, known))
}

/// A path ending in `name`, without arguments.
pub(crate) fn is_named(ty: &Type, name: &str) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == name && last.arguments.is_empty())
}

/// `DateTime<Utc>`. Columns have no other zone to give.
fn is_utc(ty: &Type) -> bool {
    wrapped(ty, "DateTime").is_some_and(|zone| is_named(zone, "Utc"))
}

/// `PgRange` of what Postgres has ranges of.
fn is_range(ty: &Type) -> bool {
    let ranged = [
        "i32",
        "i64",
        "Decimal",
        "NaiveDate",
        "NaiveDateTime",
        "Date",
        "PrimitiveDateTime",
        "OffsetDateTime",
    ];
    wrapped(ty, "PgRange").is_some_and(|of| is_utc(of) || ranged.iter().any(|ranged| is_named(of, ranged)))
}

/// `serde_json::Value`, by its path: plain `Value` could be anything.
fn is_json(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let mut last = path.path.segments.iter().rev();
    last.next().is_some_and(|last| last.ident == "Value")
        && last.next().is_some_and(|last| last.ident == "serde_json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_no_array() {
        let cases = [
            ("Vec<String>", true),
            ("Option<Vec<i64>>", true),
            ("Vec<Vec<u8>>", true),
            ("[i32; 3]", true),
            ("Vec<u8>", false),
            ("[u8; 32]", false),
            ("Option<Vec<u8>>", false),
            ("String", false),
            ("Json<Vec<i64>>", false),
        ];
        for (spelling, expected) in cases {
            assert_eq!(is_array(&syn::parse_str(spelling).unwrap()), expected, "{spelling}");
        }
    }

    #[test]
    fn spelling_decides() {
        let cases = [
            ("i64", true),
            ("std::string::String", true),
            ("Option<String>", true),
            ("Vec<u8>", true),
            ("Vec<Vec<u8>>", true),
            ("Option<Vec<i32>>", true),
            ("DateTime<Utc>", true),
            ("chrono::DateTime<chrono::Utc>", true),
            ("DateTime<Local>", false),
            ("serde_json::Value", true),
            ("Value", false),
            ("PgRange<i64>", true),
            ("Option<PgRange<DateTime<Utc>>>", true),
            ("PgRange<String>", false),
            ("Json<Settings>", false),
            ("Color", false),
            ("Option<Color>", false),
            ("u8", false),
            ("(i64, i64)", false),
        ];
        for (spelling, expected) in cases {
            assert_eq!(is_builtin(&syn::parse_str(spelling).unwrap()), expected, "{spelling}");
        }
    }
}
