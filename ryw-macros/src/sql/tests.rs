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

/// Every name that could be taken for another's.
fn hostile(table: &str) -> Entity {
    entity(tokens! {
        #[repository(postgres(table = #table))]
        struct Hostile {
            #[repository(rename = "$2")]
            q: i64,
            #[repository(rename = "$3")]
            r: i64,
            #[repository(rename = "Order\" BY 1 --")]
            SELECT: i64,
            #[repository(key, rename = "q")]
            r#true: i64,
            #[repository(rename = "r")]
            ryw_row: i64,
            #[repository(rename = "__RYW_row")]
            facts: i64,
        }
    })
}

/// The statement as the program sends it, with `<…>` for what the backend says.
fn sent(entity: &Entity, kind: Kind) -> String {
    let pieces = pieces(entity, kind).into_iter().map(|piece| match piece {
        Piece::Text(text) => text,
        Piece::Facts { tickets } => format!("<facts of ${tickets}>"),
        Piece::Witness => "<witness>".to_owned(),
    });
    pieces.collect()
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
fn the_program_sends_more() {
    let rows = format!(r#"{COLUMNS}, true AS "__ryw_row" FROM "app"."favorites""#);
    let page = r#"ORDER BY "app"."favorites"."owner" LIMIT"#;
    let wrapped = |tickets: u8, rows: &str, order: &str| {
        format!(
            r#"SELECT "__ryw_q".*, "__ryw_facts".* FROM <facts of ${tickets}> AS "__ryw_facts" LEFT JOIN (SELECT {rows}) AS "__ryw_q" ON true{order}"#
        )
    };
    let cases = [
        (Kind::Find, wrapped(2, &format!(r#"{rows} WHERE "owner" = $1"#), "")),
        (Kind::FindMany, wrapped(2, &format!(r#"{rows} WHERE "owner" = ANY($1)"#), "")),
        (Kind::ListFirst, wrapped(2, &format!("{rows} {page} $1"), " ORDER BY 2")),
        (Kind::ListAfter, wrapped(3, &format!(r#"{rows} WHERE "owner" > $1 {page} $2"#), " ORDER BY 2")),
    ];
    for (kind, expected) in cases {
        assert_eq!(sent(&favorite(), kind), expected, "{kind:?}");
    }
    for kind in [Kind::Insert, Kind::Update, Kind::Upsert, Kind::Delete] {
        let plain = statement(&favorite(), kind, Reader::Program).text();
        assert_eq!(sent(&favorite(), kind), format!("{plain}, <witness>"), "{kind:?}");
    }
}

#[test]
fn no_name_is_taken_for_another() {
    let columns = r#""$2" AS "q", "$3" AS "r", "Order"" BY 1 --" AS "SELECT", "q" AS "true", "r" AS "ryw_row", "__RYW_row" AS "facts""#;
    for table in ["q", "r", "__ryw_q", "__ryw_facts"] {
        let expected = format!(
            r#"SELECT "__ryw_q".*, "__ryw_facts".* FROM <facts of $3> AS "__ryw_facts" LEFT JOIN (SELECT {columns}, true AS "__ryw_row" FROM "{table}" WHERE "q" > $1 ORDER BY "{table}"."q" LIMIT $2) AS "__ryw_q" ON true ORDER BY 4"#
        );
        assert_eq!(sent(&hostile(table), Kind::ListAfter), expected);
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
        assert!(!check.contains(RESERVED), "{check}");
    }
}

#[test]
fn placeholders_and_parameters_agree() {
    for entity in [favorite(), only_a_key()] {
        for kind in Kind::ALL {
            let text = statement(&entity, kind, Reader::Check).text();
            let highest = (1..=9).rev().find(|number| text.contains(&format!("${number}")));
            assert_eq!(highest, Some(kind.parameters(&entity)), "{text}");
            let tickets = pieces(&entity, kind).into_iter().find_map(|piece| match piece {
                Piece::Facts { tickets } => Some(tickets),
                Piece::Text(_) | Piece::Witness => None,
            });
            let reads = matches!(statement(&entity, kind, Reader::Program), Statement::Select { .. });
            assert_eq!(tickets, reads.then(|| 1 + kind.parameters(&entity)), "{text}");
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
