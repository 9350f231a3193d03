//! The canary: these fail first when sqlx changes what it expands to.

use quote::ToTokens as _;

use super::*;
use crate::expand::query_check::describe::describe;

/// Described in `.sqlx` of this crate, and the same on any server.
pub(in crate::expand::query_check) const KNOWN: &str =
    r#"SELECT 1::int8 AS "a!", 'x'::text AS "b?", 'y'::text AS "c!: _", 'z'::text AS "d?: _" WHERE $1::bool"#;

#[test]
fn sqlx_expands_a_known_query_in_the_shape_relied_on() {
    let columns = columns(describe(KNOWN, 1).unwrap()).unwrap();
    let seen: Vec<_> =
        columns.into_iter().map(|column| format!("{}: {}", column.name, shown(&column.holds))).collect();
    assert_eq!(seen, ["a: i64", "b: :: std :: option :: Option < String >", "c: anything", "d: maybe null"]);
}

#[test]
fn another_shape_is_an_error() {
    for shape in [
        quote!({}),
        quote!({ { row.try_get(0) } }),
        quote!({
            {
                q.try_map(|row| {
                    let other = row.try_get(0)?;
                })
            }
        }),
    ] {
        assert!(columns(shape).is_err());
    }
}

#[test]
fn a_type_without_mapping_keeps_its_reason() {
    let local = quote!({
        {
            q.try_map(|row| {
                let sqlx_query_as_id =
                    row.try_get_unchecked::<::core::compile_error! { "no uuid" }, _>(0usize)?.into();
            })
        }
    });
    let columns = columns(local).unwrap();
    assert!(
        matches!(&columns[..], [Column { holds: Holds::Unmapped { reason, maybe_null: false }, .. }] if reason == "no uuid")
    );
}

#[test]
fn sqlx_is_reached_through_the_backend() {
    let ty = syn::parse_str("Option<sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc>>").unwrap();
    let chrono = ":: ryw_postgres :: __private :: sqlx :: types :: chrono";
    let expected = format!("Option < {chrono} :: DateTime < {chrono} :: Utc > >");
    assert_eq!(moved(ty, Span::call_site()).to_string(), expected);
}

#[test]
fn with_two_date_crates_dates_are_checked_for_null_only() {
    let cases = [
        ("sqlx::types::time::OffsetDateTime", "anything"),
        ("Option<sqlx::types::time::OffsetDateTime>", "maybe null"),
        ("i64", "i64"),
    ];
    for (ty, expected) in cases {
        assert_eq!(shown(&loosened(Holds::Exactly(syn::parse_str(ty).unwrap()))), expected, "{ty}");
    }
}

fn shown(holds: &Holds) -> String {
    match holds {
        Holds::Exactly(ty) => ty.to_token_stream().to_string(),
        Holds::MaybeNull => "maybe null".to_owned(),
        Holds::Anything => "anything".to_owned(),
        Holds::Unmapped { reason, .. } => reason.clone(),
    }
}
