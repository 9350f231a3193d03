//! The statements that write.
//!
//! # An update by patch
//!
//! One statement for every patch: `SET "title" = CASE WHEN $2 THEN $3 ELSE "title" END`. It is checked when the user's crate
//! compiles, and prepared once a connection. A statement for each set of changed columns was rejected: there are `2^n`,
//! which nobody checks and which push each other out of the cache of prepared statements. `COALESCE($2, "title")` was
//! rejected, because it takes a NULL for "leave it". What the server makes of a column set to its own value: HOT updates
//! stay HOT and foreign keys are not looked up, for both compare values; a large value is not written again; only a trigger
//! `UPDATE OF title` fires although the patch leaves the title (`tests/writes/patches.rs`).
//!
//! # Many rows
//!
//! One array a column, and `UNNEST`: one statement whatever the number of rows, where `VALUES` would be one for each, and
//! end at 65535 parameters. Columns that are arrays themselves travel as one array of all elements, cut up by the server, for
//! `UNNEST` takes an array of arrays apart to the last element. The server finds a slice of an array by walking along it, if
//! its elements are of no fixed size: of texts, that is the square of the rows (10,000 rows of two: 2 s). A join with the
//! elements, put together by `array_agg`, was rejected: a generic plan takes both sides for ten rows, and loops over them.
//!
//! # Soft deletion
//!
//! A row with a mark is there for no statement but those that name it: upsert, restore, purge. A conflict is looked for in
//! indexes that leave such rows out (`UNIQUE … WHERE deleted_at IS NULL`) as well as in those that do not.

use super::{ORDER, array, by_key, list, present, quote, table};
use crate::model::{Entity, Field, Role};

/// What the rows to insert are called.
const NEW: &str = r#""__ryw_new""#;

pub(super) fn insert(entity: &Entity) -> String {
    let (columns, values) = inserted(entity, |_, number| format!("${number}"));
    format!("INSERT INTO {} ({columns}) VALUES ({values})", table(entity.table()))
}

pub(super) fn insert_many(entity: &Entity) -> String {
    let mut number = 1;
    let (mut arrays, mut names) = (Vec::new(), Vec::new());
    let (columns, values) = inserted(entity, |field, _| {
        let first = number;
        number += self::arrays(field);
        let column = quote(&field.column);
        if !field.is_array() {
            arrays.push(array(entity, field, first));
            names.push(column.clone());
            return format!("{NEW}.{column}");
        }
        let bounds = [first + 1, first + 2].map(|number| {
            arrays.push(format!("${number}::int4[]"));
            names.push(format!(r#""__ryw_{number}""#));
            format!(r#"{NEW}."__ryw_{number}""#)
        });
        let all = format!("COALESCE(${first}, (SELECT {column} FROM {} LIMIT 0))", table(entity.table()));
        format!("({all})[{}:{}]", bounds[0], bounds[1])
    });
    let (arrays, names) = (arrays.join(", "), names.join(", "));
    format!(
        "INSERT INTO {} ({columns}) SELECT {values} FROM UNNEST({arrays}) WITH ORDINALITY AS {NEW} ({names}, {ORDER}) \
         ORDER BY {NEW}.{ORDER}",
        table(entity.table())
    )
}

/// How many arrays carry a column of new rows.
pub(super) fn arrays(field: &Field) -> usize {
    if field.is_array() { 3 } else { 1 }
}

/// The columns that an insert names, and their values; those that the application gives are told by `given`, with their
/// numbers among these.
fn inserted(entity: &Entity, mut given: impl FnMut(&Field, usize) -> String) -> (String, String) {
    let (mut columns, mut values, mut number) = (Vec::new(), Vec::new(), 0);
    for field in entity.fields() {
        values.push(match field.role {
            _ if field.is_given() => {
                number += 1;
                given(field, number)
            }
            Role::Version => "1".to_owned(),
            Role::CreatedAt | Role::UpdatedAt => "now()".to_owned(),
            Role::Key(_) | Role::Plain | Role::Generated | Role::DeletedAt => continue,
        });
        columns.push(quote(&field.column));
    }
    (columns.join(", "), values.join(", "))
}

pub(super) fn update(entity: &Entity) -> String {
    let first = 1 + entity.keys().count();
    let patched = entity.patched().zip((first..).step_by(2)).map(|(field, flag)| {
        let (column, value) = (quote(&field.column), flag + 1);
        format!("{column} = CASE WHEN ${flag} THEN ${value} ELSE {column} END")
    });
    changed(entity, patched, &present(entity, "AND"))
}

pub(super) fn update_if(entity: &Entity) -> String {
    let number = 1 + entity.keys().count() + 2 * entity.patched().count();
    let version = |field: &Field| format!(" AND {} = ${number}", quote(&field.column));
    format!("{}{}", update(entity), entity.version().map(version).unwrap_or_default())
}

pub(super) fn upsert(entity: &Entity) -> String {
    let key = list(entity.keys().map(|field| quote(&field.column)));
    on_conflict(entity, &format!("({key})"), None)
}

pub(super) fn upsert_by(entity: &Entity, unique: usize) -> String {
    let field = entity.unique().nth(unique);
    let column = field.map(|field| quote(&field.column)).unwrap_or_default();
    on_conflict(entity, &format!("({column}){}", present(entity, "WHERE")), field)
}

/// An insert that changes the row it would be in conflict with; `target` is the same in both.
fn on_conflict(entity: &Entity, conflict: &str, target: Option<&Field>) -> String {
    let new = |field: &Field| format!("{0} = EXCLUDED.{0}", quote(&field.column));
    let same = |field: &&Field| target.is_none_or(|target| target.column != field.column);
    let deleted = entity.deleted_at().map(|field| format!("{} = NULL", quote(&field.column)));
    let old = format!("{}.", table(entity.table()));
    let set = entity.patched().filter(same).map(new).chain(counted(entity, &old)).chain(deleted);
    let mut set = list(set);
    if set.is_empty() {
        // A no-op that still finds the row.
        set = list(target.into_iter().chain(entity.keys()).take(1).map(new));
    }
    format!("{} ON CONFLICT {conflict} DO UPDATE SET {set}", insert(entity))
}

pub(super) fn delete(entity: &Entity) -> String {
    let Some(field) = entity.deleted_at() else { return purge(entity) };
    let deleted = format!("{} = now()", quote(&field.column));
    changed(entity, [deleted], &present(entity, "AND"))
}

pub(super) fn restore(entity: &Entity) -> String {
    let column = entity.deleted_at().map(|field| quote(&field.column)).unwrap_or_default();
    changed(entity, [format!("{column} = NULL")], &format!(" AND {column} IS NOT NULL"))
}

pub(super) fn purge(entity: &Entity) -> String {
    format!("DELETE FROM {} WHERE {}", table(entity.table()), by_key(entity, 1))
}

/// A change to the row of a key, if it is one `of` those. What has nothing to set sets the key: a no-op that still finds
/// the row.
fn changed(entity: &Entity, set: impl IntoIterator<Item = String>, of: &str) -> String {
    let mut set = list(set.into_iter().chain(counted(entity, "")));
    if set.is_empty() {
        set = list(entity.keys().take(1).map(|field| format!("{0} = {0}", quote(&field.column))));
    }
    format!("UPDATE {} SET {set} WHERE {}{of}", table(entity.table()), by_key(entity, 1))
}

/// What every write sets; the row as it was is called `old`.
fn counted(entity: &Entity, old: &str) -> impl Iterator<Item = String> {
    entity.fields().filter_map(move |field| {
        let column = quote(&field.column);
        match field.role {
            Role::Version => Some(format!("{column} = {old}{column} + 1")),
            Role::UpdatedAt => Some(format!("{column} = now()")),
            Role::Key(_) | Role::Plain | Role::Generated | Role::CreatedAt | Role::DeletedAt => None,
        }
    })
}
