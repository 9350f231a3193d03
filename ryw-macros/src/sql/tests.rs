use quote::quote as tokens;
use syn::DeriveInput;

use super::*;
use crate::ast::Input;
use crate::check::check;
use crate::ctxt::Ctxt;

fn entity(item: proc_macro2::TokenStream) -> Entity {
    let item: DeriveInput = syn::parse2(item).unwrap();
    let ctxt = Ctxt::new();
    let entity = check(&ctxt, &Input::new(&ctxt, &item));
    ctxt.check().unwrap();
    entity.unwrap()
}

fn favorite() -> Entity {
    entity(tokens! {
        #[repository(postgres(table = "app.favorites"))]
        struct Favorite {
            color: Color,
            #[repository(key, rename = "owner")]
            user_id: i64,
            #[repository(rename = "colour_note")]
            note: Option<String>,
            #[repository(generated)]
            created_at: DateTime<Utc>,
            #[repository(updated_at)]
            updated_at: DateTime<Utc>,
        }
    })
}

fn only_a_key() -> Entity {
    entity(tokens! {
        #[repository(postgres(table = "Tags"))]
        struct Tag {
            #[repository(key)]
            r#type: String,
        }
    })
}

const COLUMNS: &str = r#""color", "owner" AS "user_id", "colour_note" AS "note", "created_at", "updated_at""#;

#[test]
fn every_statement_of_an_entity() {
    let insert = r#"INSERT INTO "app"."favorites" ("color", "owner", "colour_note", "updated_at") VALUES ($1, $2, $3, now())"#;
    let page = r#"ORDER BY "app"."favorites"."owner" LIMIT"#;
    let cases = [
        (Kind::Find, format!(r#"SELECT {COLUMNS} FROM "app"."favorites" WHERE "owner" = $1"#)),
        (Kind::FindMany, format!(r#"SELECT {COLUMNS} FROM "app"."favorites" WHERE "owner" = ANY($1)"#)),
        (Kind::ListFirst, format!(r#"SELECT {COLUMNS} FROM "app"."favorites" {page} $1"#)),
        (Kind::ListAfter, format!(r#"SELECT {COLUMNS} FROM "app"."favorites" WHERE "owner" > $1 {page} $2"#)),
        (Kind::Insert, format!("{insert} RETURNING {COLUMNS}")),
        (
            Kind::Update,
            format!(
                r#"UPDATE "app"."favorites" SET "color" = $1, "colour_note" = $3, "updated_at" = now() WHERE "owner" = $2 RETURNING {COLUMNS}"#
            ),
        ),
        (
            Kind::Upsert,
            format!(
                r#"{insert} ON CONFLICT ("owner") DO UPDATE SET "color" = EXCLUDED."color", "colour_note" = EXCLUDED."colour_note", "updated_at" = now() RETURNING {COLUMNS}"#
            ),
        ),
        (Kind::Delete, format!(r#"DELETE FROM "app"."favorites" WHERE "owner" = $1 RETURNING {COLUMNS}"#)),
    ];
    assert_eq!(cases.len(), Kind::ALL.len());
    for (kind, expected) in cases {
        assert_eq!(statement(&favorite(), kind, Reader::Program).text(), expected, "{kind:?}");
    }
}

#[test]
fn a_row_that_is_only_a_key_still_updates() {
    let cases = [
        (Kind::Update, r#"UPDATE "Tags" SET "type" = $1 WHERE "type" = $1 RETURNING "type""#),
        (
            Kind::Upsert,
            r#"INSERT INTO "Tags" ("type") VALUES ($1) ON CONFLICT ("type") DO UPDATE SET "type" = EXCLUDED."type" RETURNING "type""#,
        ),
    ];
    for (kind, expected) in cases {
        assert_eq!(statement(&only_a_key(), kind, Reader::Program).text(), expected, "{kind:?}");
    }
}

#[test]
fn the_check_reads_the_same_statements() {
    let favorite = favorite();
    for kind in Kind::ALL {
        let program = statement(&favorite, kind, Reader::Program).text();
        let check = statement(&favorite, kind, Reader::Check).text();
        assert_eq!(check.replace(" AS \"color: _\"", ""), program, "{kind:?}");
        assert!(check.contains("\"color\" AS \"color: _\""), "{check}");
    }
}

#[test]
fn placeholders_and_parameters_agree() {
    for entity in [favorite(), only_a_key()] {
        for kind in Kind::ALL {
            let text = statement(&entity, kind, Reader::Check).text();
            let highest = (1..=9).rev().find(|number| text.contains(&format!("${number}")));
            assert_eq!(highest, Some(kind.parameters(&entity)), "{text}");
        }
    }
}

#[test]
fn quoting_is_literal() {
    let cases = [("a", r#""a""#), ("Order", r#""Order""#), (r#"a"b"#, r#""a""b""#), ("a.b", r#""a.b""#)];
    for (name, quoted) in cases {
        assert_eq!(quote(name), quoted);
    }
}
