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

/// Every role, a composite key of which the database makes a part, an array.
fn page() -> Entity {
    entity(tokens! {
        #[repository(postgres(table = "pages"))]
        struct Page {
            #[repository(key)]
            book: String,
            #[repository(key, generated, indexed)]
            number: i32,
            #[repository(unique)]
            slug: String,
            words: Option<Vec<String>>,
            #[repository(skip)]
            cached: Cache,
            #[repository(version)]
            version: i32,
            #[repository(created_at)]
            created_at: DateTime<Utc>,
            #[repository(updated_at)]
            updated_at: DateTime<Utc>,
            #[repository(deleted_at)]
            deleted_at: Option<DateTime<Utc>>,
        }
    })
}

fn summary() -> Entity {
    entity(tokens! {
        #[repository(postgres(table = "summaries"), read_only)]
        struct Summary {
            #[repository(key)]
            id: i64,
            #[repository(not_null)]
            color: Color,
            #[repository(not_null)]
            total: i64,
            last: Option<String>,
            #[repository(deleted_at)]
            gone_at: Option<DateTime<Utc>>,
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
    let table = r#""app"."favorites""#;
    let insert = format!(r#"INSERT INTO {table} ("color", "owner", "colour_note", "updated_at")"#);
    let (all, order) = (format!("SELECT {COLUMNS} FROM {table}"), r#"ORDER BY "app"."favorites"."owner""#);
    let array = |number: u8, column: &str| {
        format!(r#"COALESCE(${number}, ARRAY(SELECT "{column}" FROM {table} LIMIT 0))"#)
    };
    let arrays = [array(1, "color"), array(2, "owner"), array(3, "colour_note")].join(", ");
    let new = r#""__ryw_new""#;
    let cases = [
        (Kind::Find, format!(r#"SELECT {COLUMNS} FROM {table} WHERE "owner" = $1"#)),
        (
            Kind::FindMany,
            format!(
                r#"SELECT {COLUMNS} FROM {table} JOIN UNNEST({}) WITH ORDINALITY AS "__ryw_keys" ("__ryw_1", "__ryw_order") ON {table}."owner" = "__ryw_keys"."__ryw_1""#,
                array(1, "owner")
            ),
        ),
        (Kind::Exists, format!(r#"SELECT true AS "found" FROM {table} WHERE "owner" = $1"#)),
        (Kind::Count, format!(r#"SELECT count(*) AS "count" FROM {table}"#)),
        (Kind::List(Edge::First), format!("{all} {order} LIMIT $1")),
        (Kind::List(Edge::After), format!(r#"{all} WHERE "owner" > $1 {order} LIMIT $2"#)),
        (Kind::List(Edge::Last), format!("{all} {order} DESC LIMIT $1")),
        (Kind::List(Edge::Before), format!(r#"{all} WHERE "owner" < $1 {order} DESC LIMIT $2"#)),
        (Kind::Stream, format!("{all} {order}")),
        (Kind::FindIn, format!(r#"SELECT {COLUMNS} FROM {table} WHERE "owner" = $1"#)),
        (Kind::FindForUpdate, format!(r#"SELECT {COLUMNS} FROM {table} WHERE "owner" = $1 FOR UPDATE"#)),
        (Kind::Insert, format!("{insert} VALUES ($1, $2, $3, now()) RETURNING {COLUMNS}")),
        (
            Kind::InsertMany,
            format!(
                r#"{insert} SELECT {new}."color", {new}."owner", {new}."colour_note", now() FROM UNNEST({arrays}) WITH ORDINALITY AS {new} ("color", "owner", "colour_note", "__ryw_order") ORDER BY {new}."__ryw_order" RETURNING {COLUMNS}"#
            ),
        ),
        (
            Kind::Update,
            format!(
                r#"UPDATE {table} SET "color" = CASE WHEN $2 THEN $3 ELSE "color" END, "colour_note" = CASE WHEN $4 THEN $5 ELSE "colour_note" END, "updated_at" = now() WHERE "owner" = $1 RETURNING {COLUMNS}"#
            ),
        ),
        (Kind::Delete, format!(r#"DELETE FROM {table} WHERE "owner" = $1 RETURNING {COLUMNS}"#)),
        (
            Kind::Upsert,
            format!(
                r#"{insert} VALUES ($1, $2, $3, now()) ON CONFLICT ("owner") DO UPDATE SET "color" = EXCLUDED."color", "colour_note" = EXCLUDED."colour_note", "updated_at" = now() RETURNING {COLUMNS}"#
            ),
        ),
    ];
    assert_eq!(cases.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), Kind::all(&favorite()));
    for (kind, expected) in cases {
        assert_eq!(statement(&favorite(), kind).text(), expected, "{kind:?}");
    }
}

#[test]
fn what_keys_versions_and_marks_add() {
    let page = page();
    let columns = page.fields().map(|field| quote(&field.column)).collect::<Vec<_>>().join(", ");
    let key = r#""book" = $1 AND "number" = $2"#;
    let there = r#""deleted_at" IS NULL"#;
    let counted = r#""version" = "version" + 1, "updated_at" = now()"#;
    let insert = r#"INSERT INTO "pages" ("book", "slug", "words", "version", "created_at", "updated_at")"#;
    let all = format!(r#"SELECT {columns} FROM "pages""#);
    let order = r#"ORDER BY "pages"."book", "pages"."number""#;
    let backwards = r#"ORDER BY "pages"."book" DESC, "pages"."number" DESC"#;
    let array = |number: u8, column: &str| {
        format!(r#"COALESCE(${number}, ARRAY(SELECT "{column}" FROM "pages" LIMIT 0))"#)
    };
    let set = format!(
        r#"SET "slug" = CASE WHEN $3 THEN $4 ELSE "slug" END, "words" = CASE WHEN $5 THEN $6 ELSE "words" END, {counted}"#
    );
    let cases = [
        (Kind::Find, format!(r#"SELECT {columns} FROM "pages" WHERE {key} AND {there}"#)),
        (
            Kind::FindMany,
            format!(
                r#"SELECT {columns} FROM "pages" JOIN UNNEST({}, {}) WITH ORDINALITY AS "__ryw_keys" ("__ryw_1", "__ryw_2", "__ryw_order") ON "pages"."book" = "__ryw_keys"."__ryw_1" AND "pages"."number" = "__ryw_keys"."__ryw_2" WHERE {there}"#,
                array(1, "book"),
                array(2, "number")
            ),
        ),
        (Kind::Exists, format!(r#"SELECT true AS "found" FROM "pages" WHERE {key} AND {there}"#)),
        (Kind::Count, format!(r#"SELECT count(*) AS "count" FROM "pages" WHERE {there}"#)),
        (Kind::List(Edge::First), format!("{all} WHERE {there} {order} LIMIT $1")),
        (
            Kind::List(Edge::After),
            format!(r#"{all} WHERE ("book", "number") > ($1, $2) AND {there} {order} LIMIT $3"#),
        ),
        (Kind::List(Edge::Last), format!("{all} WHERE {there} {backwards} LIMIT $1")),
        (
            Kind::List(Edge::Before),
            format!(r#"{all} WHERE ("book", "number") < ($1, $2) AND {there} {backwards} LIMIT $3"#),
        ),
        (Kind::Stream, format!("{all} WHERE {there} {order}")),
        (Kind::ListBy(0, Edge::First), format!(r#"{all} WHERE "number" = $1 AND {there} {order} LIMIT $2"#)),
        (
            Kind::ListBy(0, Edge::After),
            format!(
                r#"{all} WHERE "number" = $1 AND ("book", "number") > ($2, $3) AND {there} {order} LIMIT $4"#
            ),
        ),
        (
            Kind::ListBy(0, Edge::Last),
            format!(r#"{all} WHERE "number" = $1 AND {there} {backwards} LIMIT $2"#),
        ),
        (
            Kind::ListBy(0, Edge::Before),
            format!(
                r#"{all} WHERE "number" = $1 AND ("book", "number") < ($2, $3) AND {there} {backwards} LIMIT $4"#
            ),
        ),
        (Kind::StreamBy(0), format!(r#"{all} WHERE "number" = $1 AND {there} {order}"#)),
        (Kind::FindBy(1), format!(r#"{all} WHERE "slug" = $1 AND {there}"#)),
        (Kind::FindIn, format!(r#"SELECT {columns} FROM "pages" WHERE {key} AND {there}"#)),
        (Kind::FindForUpdate, format!(r#"SELECT {columns} FROM "pages" WHERE {key} AND {there} FOR UPDATE"#)),
        (Kind::Insert, format!("{insert} VALUES ($1, $2, $3, 1, now(), now()) RETURNING {columns}")),
        (
            Kind::InsertMany,
            format!(
                r#"{insert} SELECT "__ryw_new"."book", "__ryw_new"."slug", (COALESCE($3, (SELECT "words" FROM "pages" LIMIT 0)))["__ryw_new"."__ryw_4":"__ryw_new"."__ryw_5"], 1, now(), now() FROM UNNEST({}, {}, $4::int4[], $5::int4[]) WITH ORDINALITY AS "__ryw_new" ("book", "slug", "__ryw_4", "__ryw_5", "__ryw_order") ORDER BY "__ryw_new"."__ryw_order" RETURNING {columns}"#,
                array(1, "book"),
                array(2, "slug")
            ),
        ),
        (Kind::Update, format!(r#"UPDATE "pages" {set} WHERE {key} AND {there} RETURNING {columns}"#)),
        (
            Kind::Delete,
            format!(
                r#"UPDATE "pages" SET "deleted_at" = now(), {counted} WHERE {key} AND {there} RETURNING {columns}"#
            ),
        ),
        (
            Kind::UpdateIf,
            format!(r#"UPDATE "pages" {set} WHERE {key} AND {there} AND "version" = $7 RETURNING {columns}"#),
        ),
        (
            Kind::UpsertBy(0),
            format!(
                r#"{insert} VALUES ($1, $2, $3, 1, now(), now()) ON CONFLICT ("slug") WHERE {there} DO UPDATE SET "words" = EXCLUDED."words", "version" = "pages"."version" + 1, "updated_at" = now(), "deleted_at" = NULL RETURNING {columns}"#
            ),
        ),
        (Kind::FindWithDeleted, format!(r#"SELECT {columns} FROM "pages" WHERE {key}"#)),
        (
            Kind::Restore,
            format!(
                r#"UPDATE "pages" SET "deleted_at" = NULL, {counted} WHERE {key} AND "deleted_at" IS NOT NULL RETURNING {columns}"#
            ),
        ),
        (Kind::Purge, format!(r#"DELETE FROM "pages" WHERE {key} RETURNING {columns}"#)),
    ];
    assert_eq!(cases.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), Kind::all(&page));
    for (kind, expected) in cases {
        assert_eq!(statement(&page, kind).text(), expected, "{kind:?}");
    }
    for kind in [Kind::List(Edge::First), Kind::List(Edge::Before), Kind::ListBy(0, Edge::Last)] {
        assert!(sent(&page, kind).ends_with(" ORDER BY 1, 2"), "forwards in any case");
    }
}

#[test]
fn the_program_sends_more() {
    let rows = format!(r#"{COLUMNS}, true AS "__ryw_row" FROM "app"."favorites""#);
    let page = r#"ORDER BY "app"."favorites"."owner""#;
    let wrapped = |tickets: u8, rows: &str, order: &str| {
        format!(
            r#"SELECT "__ryw_q".*, "__ryw_facts".* FROM <facts of ${tickets}> AS "__ryw_facts" LEFT JOIN (SELECT {rows}) AS "__ryw_q" ON true{order}"#
        )
    };
    let cases = [
        (Kind::Find, wrapped(2, &format!(r#"{rows} WHERE "owner" = $1"#), "")),
        (
            Kind::FindMany,
            wrapped(
                2,
                &format!(
                    r#"{COLUMNS}, "__ryw_order", true AS "__ryw_row" FROM "app"."favorites" JOIN UNNEST(COALESCE($1, ARRAY(SELECT "owner" FROM "app"."favorites" LIMIT 0))) WITH ORDINALITY AS "__ryw_keys" ("__ryw_1", "__ryw_order") ON "app"."favorites"."owner" = "__ryw_keys"."__ryw_1""#
                ),
                r#" ORDER BY "__ryw_q"."__ryw_order""#,
            ),
        ),
        (
            Kind::Exists,
            wrapped(
                2,
                r#"true AS "found", true AS "__ryw_row" FROM "app"."favorites" WHERE "owner" = $1"#,
                "",
            ),
        ),
        (Kind::Count, wrapped(1, r#"count(*) AS "count", true AS "__ryw_row" FROM "app"."favorites""#, "")),
        (Kind::List(Edge::First), wrapped(2, &format!("{rows} {page} LIMIT $1"), " ORDER BY 2")),
        (
            Kind::List(Edge::Before),
            wrapped(3, &format!(r#"{rows} WHERE "owner" < $1 {page} DESC LIMIT $2"#), " ORDER BY 2"),
        ),
    ];
    for (kind, expected) in cases {
        assert_eq!(sent(&favorite(), kind), expected, "{kind:?}");
    }
    for kind in [Kind::Insert, Kind::InsertMany, Kind::Update, Kind::Upsert, Kind::Delete] {
        let plain = statement(&favorite(), kind).text();
        assert_eq!(sent(&favorite(), kind), format!("{plain}, <witness>"), "{kind:?}");
    }
}

#[test]
fn inside_a_transaction_and_in_a_stream_a_read_is_sent_as_it_is() {
    for kind in [Kind::FindIn, Kind::FindForUpdate, Kind::Stream] {
        assert_eq!(sent(&favorite(), kind), statement(&favorite(), kind).text());
    }
}

#[test]
fn no_name_is_taken_for_another() {
    let columns = r#""$2" AS "q", "$3" AS "r", "Order"" BY 1 --" AS "SELECT", "q" AS "true", "r" AS "ryw_row", "__RYW_row" AS "facts""#;
    for table in ["q", "r", "__ryw_q", "__ryw_facts"] {
        let expected = format!(
            r#"SELECT "__ryw_q".*, "__ryw_facts".* FROM <facts of $3> AS "__ryw_facts" LEFT JOIN (SELECT {columns}, true AS "__ryw_row" FROM "{table}" WHERE "q" > $1 ORDER BY "{table}"."q" LIMIT $2) AS "__ryw_q" ON true ORDER BY 4"#
        );
        assert_eq!(sent(&hostile(table), Kind::List(Edge::After)), expected);
    }
}

#[test]
fn a_row_that_is_only_a_key_still_updates() {
    let cases = [
        (Kind::Update, r#"UPDATE "Tags" SET "type" = "type" WHERE "type" = $1 RETURNING "type""#),
        (
            Kind::Upsert,
            r#"INSERT INTO "Tags" ("type") VALUES ($1) ON CONFLICT ("type") DO UPDATE SET "type" = EXCLUDED."type" RETURNING "type""#,
        ),
    ];
    for (kind, expected) in cases {
        assert_eq!(statement(&only_a_key(), kind).text(), expected, "{kind:?}");
    }
}

#[test]
fn parts_of_a_flattened_field_are_columns_of_their_own() {
    let person = entity(tokens! {
        #[repository(postgres(table = "people"))]
        struct Person {
            #[repository(flatten(street, city = "home_city"))]
            address: Address,
            #[repository(key)]
            id: i64,
        }
    });
    let columns = r#""street", "home_city", "id""#;
    assert_eq!(
        statement(&person, Kind::Find).text(),
        format!(r#"SELECT {columns} FROM "people" WHERE "id" = $1"#)
    );
    let insert = format!(r#"INSERT INTO "people" ({columns}) VALUES ($1, $2, $3) RETURNING {columns}"#);
    assert_eq!(statement(&person, Kind::Insert).text(), insert);
    let members = person.given_members().into_iter().map(|field| field.name()).collect::<Vec<_>>();
    assert_eq!(members, ["address", "id"], "and one field of what is given");
    let variants = person.fields().map(|field| field.variant().to_string()).collect::<Vec<_>>();
    assert_eq!(variants, ["AddressStreet", "AddressCity", "Id"]);
}

#[test]
fn the_check_reads_no_name_of_ours() {
    for kind in Kind::all(&only_a_key()) {
        let text = statement(&only_a_key(), kind).text();
        let numbers_rows = matches!(kind, Kind::InsertMany | Kind::FindMany);
        assert!(!text.contains(RESERVED) || numbers_rows, "{text}");
    }
}

#[test]
fn a_view_is_only_read_and_its_columns_are_taken_at_the_users_word() {
    let summary = summary();
    for kind in Kind::all(&summary) {
        let statement = statement(&summary, kind);
        assert!(!matches!(statement, Statement::Write(_)) && !statement.text().contains("FOR UPDATE"));
        assert!(statement.text().contains(r#""gone_at" IS NULL"#));
    }
    assert_eq!(
        statement(&summary, Kind::Find).text(),
        r#"SELECT "id", "color", "total", "last", "gone_at" FROM "summaries" WHERE "id" = $1 AND "gone_at" IS NULL"#
    );
    assert_eq!(
        statement(&summary, Kind::Stream).text(),
        r#"SELECT "id", "color", "total", "last", "gone_at" FROM "summaries" WHERE "gone_at" IS NULL ORDER BY "summaries"."id""#
    );
}

#[test]
fn placeholders_and_parameters_agree() {
    for entity in [favorite(), page(), summary(), only_a_key()] {
        for kind in Kind::all(&entity) {
            let text = statement(&entity, kind).text();
            let highest = (1..=9).rev().find(|number| text.contains(&format!("${number}")));
            assert_eq!(highest.unwrap_or(0), kind.parameters(&entity), "{text}");
            let tickets = pieces(&entity, kind).into_iter().find_map(|piece| match piece {
                Piece::Facts { tickets } => Some(tickets),
                Piece::Text(_) | Piece::Witness => None,
            });
            let reads = matches!(statement(&entity, kind), Statement::Select { .. });
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
