//! The statements of one entity. Columns are always listed, in the fields' order; never `*`.

mod sent;
mod write;

use std::fmt::Write as _;

use crate::builtin::is_builtin;
use crate::model::{Entity, Field, Table};

pub(crate) use self::sent::{Piece, RESERVED, pieces};

/// The two readers of the same statements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reader {
    /// The running program, which maps rows by index.
    Program,
    /// The check at compile time, which maps rows by name and is told which types it cannot judge.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(dead_code, reason = "nothing is checked without the feature")
    )]
    Check,
}

/// The statements of an entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Find,
    FindMany,
    ListFirst,
    ListAfter,
    /// Inside a transaction.
    FindIn,
    /// Inside a transaction, which then holds the row.
    FindForUpdate,
    FindWithDeleted,
    Insert,
    InsertMany,
    Update,
    UpdateIf,
    Upsert,
    /// Where the unique column of this number is in conflict, of [`Entity::unique`].
    UpsertBy(usize),
    Delete,
    Restore,
    Purge,
}

impl Kind {
    /// All that an entity has. `Find` comes first: it names every column and nothing else, so it is the one to map rows
    /// by, and a mistake in a column's name shows there first.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(dead_code, reason = "nothing is checked without the feature")
    )]
    pub(crate) fn all(entity: &Entity) -> Vec<Self> {
        use Kind::*;
        let mut all = vec![
            Find,
            FindMany,
            ListFirst,
            ListAfter,
            FindIn,
            FindForUpdate,
            Insert,
            InsertMany,
            Update,
            Delete,
        ];
        if entity.version().is_some() {
            all.push(UpdateIf);
        }
        if entity.knows_its_key() {
            all.push(Upsert);
        }
        all.extend((0..entity.unique().count()).map(UpsertBy));
        if entity.deleted_at().is_some() {
            all.extend([FindWithDeleted, Restore, Purge]);
        }
        all
    }

    /// How many placeholders the statement has of its own.
    pub(crate) fn parameters(self, entity: &Entity) -> usize {
        let keys = entity.keys().count();
        match self {
            Self::ListFirst => 1,
            Self::ListAfter => keys + 1,
            Self::Insert | Self::Upsert | Self::UpsertBy(_) => entity.given().count(),
            Self::InsertMany => entity.given().map(write::arrays).sum(),
            Self::Update => keys + 2 * entity.patched().count(),
            Self::UpdateIf => keys + 2 * entity.patched().count() + 1,
            Self::Find | Self::FindMany | Self::FindIn | Self::FindForUpdate | Self::FindWithDeleted => keys,
            Self::Delete | Self::Restore | Self::Purge => keys,
        }
    }
}

/// One statement, plain: without what the program adds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Statement {
    /// In two parts: between them the program asks for one column more.
    Select { columns: String, rows: String },
    /// Whole, and sent as it is.
    Plain(String),
    /// Whole: it ends in its columns, and the program asks for more of them.
    Write(String),
}

/// The statement of a kind.
pub(crate) fn statement(entity: &Entity, kind: Kind, reader: Reader) -> Statement {
    let table = table(&entity.table);
    let columns = format!("SELECT {}", outputs(entity, reader));
    let select =
        |rows: &str| Statement::Select { columns: columns.clone(), rows: format!("FROM {table} {rows}") };
    let plain = |rows: &str| Statement::Plain(format!("{columns} FROM {table} {rows}"));
    let write = |write: &str| Statement::Write(format!("{write} RETURNING {}", outputs(entity, reader)));
    let key = by_key(entity, 1);
    // Qualified, because a bare name in ORDER BY means an output of that name first: a renamed field's, perhaps.
    let order = list(entity.keys().map(|field| format!("{table}.{}", quote(&field.column))));
    let page = format!("ORDER BY {order} LIMIT");
    let there = present(entity, "WHERE");
    let and_there = present(entity, "AND");
    match kind {
        Kind::Find => select(&format!("WHERE {key}{and_there}")),
        Kind::FindWithDeleted => select(&format!("WHERE {key}")),
        Kind::FindMany => select(&format!("WHERE {}{and_there}", among_keys(entity))),
        Kind::ListFirst => select(format!("{there} {page} $1").trim_start()),
        Kind::ListAfter => {
            let (after, limit) = (after_key(entity), 1 + entity.keys().count());
            select(&format!("WHERE {after}{and_there} {page} ${limit}"))
        }
        Kind::FindIn => plain(&format!("WHERE {key}{and_there}")),
        Kind::FindForUpdate => plain(&format!("WHERE {key}{and_there} FOR UPDATE")),
        Kind::Insert => write(&write::insert(entity)),
        Kind::InsertMany => write(&write::insert_many(entity)),
        Kind::Update => write(&write::update(entity)),
        Kind::UpdateIf => write(&write::update_if(entity)),
        Kind::Upsert => write(&write::upsert(entity)),
        Kind::UpsertBy(unique) => write(&write::upsert_by(entity, unique)),
        Kind::Delete => write(&write::delete(entity)),
        Kind::Restore => write(&write::restore(entity)),
        Kind::Purge => write(&write::purge(entity)),
    }
}

impl Statement {
    /// The statement in one piece.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only the SQL check needs it"))]
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Select { columns, rows } => format!("{columns} {rows}"),
            Self::Plain(text) | Self::Write(text) => text.clone(),
        }
    }
}

/// The row of a key, whose parts begin at the placeholder `first`.
fn by_key(entity: &Entity, first: usize) -> String {
    let parts =
        entity.keys().zip(first..).map(|(field, number)| format!("{} = ${number}", quote(&field.column)));
    parts.collect::<Vec<_>>().join(" AND ")
}

/// The rows of some keys: an array, or one for each part of the keys.
fn among_keys(entity: &Entity) -> String {
    if !entity.has_composite_key() {
        return list(entity.keys().map(|field| format!("{} = ANY($1)", quote(&field.column))));
    }
    let columns = list(entity.keys().map(|field| quote(&field.column)));
    let arrays = list(entity.keys().zip(1..).map(|(field, number)| array(entity, field, number)));
    format!("({columns}) IN (SELECT * FROM UNNEST({arrays}))")
}

/// The rows behind a key.
fn after_key(entity: &Entity) -> String {
    let (columns, numbers): (Vec<_>, Vec<_>) =
        entity.keys().zip(1..).map(|(field, number)| (quote(&field.column), format!("${number}"))).unzip();
    match (columns.as_slice(), numbers.as_slice()) {
        ([column], [number]) => format!("{column} > {number}"),
        _ => format!("({}) > ({})", columns.join(", "), numbers.join(", ")),
    }
}

/// The placeholder of an array of a column's values. The server cannot tell an array's type inside `UNNEST`, and a macro
/// cannot tell a column's, so that the column itself says it.
fn array(entity: &Entity, field: &Field, number: usize) -> String {
    let column = quote(&field.column);
    format!("COALESCE(${number}, ARRAY(SELECT {column} FROM {} LIMIT 0))", table(&entity.table))
}

/// What tells the rows that are there from the softly deleted, after `word`; nothing, if all are.
fn present(entity: &Entity, word: &str) -> String {
    let condition = |field: &Field| format!(" {word} {} IS NULL", quote(&field.column));
    entity.deleted_at().map(condition).unwrap_or_default()
}

/// The columns a statement gives back, each under its field's name.
fn outputs(entity: &Entity, reader: Reader) -> String {
    list(entity.fields().map(|field| output(field, reader)))
}

fn output(field: &Field, reader: Reader) -> String {
    let (mut output, name) = (quote(&field.column), field.name());
    if reader == Reader::Check && !is_builtin(&field.ty) {
        // sqlx's syntax for "whatever the field says".
        let _ = write!(output, " AS {}", quote(&format!("{name}: _")));
    } else if name != field.column {
        let _ = write!(output, " AS {}", quote(&name));
    }
    output
}

fn table(table: &Table) -> String {
    let name = quote(&table.name);
    table.schema.as_deref().map_or(name.clone(), |schema| format!("{}.{name}", quote(schema)))
}

/// An identifier, taken literally: case, keywords and all.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

#[cfg(all(test, feature = "postgres"))]
mod tests;
