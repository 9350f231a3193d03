//! The statements of one entity. Columns are always listed, in the fields' order; never `*`.

mod reads;
mod sent;
mod write;

use std::fmt::Write as _;

use crate::model::{Entity, Field, Form, Table};

pub(crate) use self::sent::{Piece, RESERVED, pieces};

/// The statements of an entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Find,
    FindMany,
    Exists,
    Count,
    List(Edge),
    /// All rows, one at a time.
    Stream,
    /// By the field of this number of [`Entity::lookups`], of which the value is unique.
    FindBy(usize),
    /// By such a field, of which many rows may have the value.
    ListBy(usize, Edge),
    StreamBy(usize),
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

/// What the number is called by which rows are put into an order that is not in them.
const ORDER: &str = r#""__ryw_order""#;

/// Where a page lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Edge {
    First,
    After,
    Last,
    Before,
}

impl Edge {
    pub(crate) const ALL: [Self; 4] = [Self::First, Self::After, Self::Last, Self::Before];

    /// Whether the page lies beside a key.
    const fn is_beside_a_key(self) -> bool {
        match self {
            Self::First | Self::Last => false,
            Self::After | Self::Before => true,
        }
    }
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
        let mut all = vec![Find, FindMany, Exists, Count];
        all.extend(Edge::ALL.map(List));
        all.push(Stream);
        for (place, field) in entity.lookups().enumerate() {
            if field.unique {
                all.push(FindBy(place));
            } else {
                all.extend(Edge::ALL.map(|edge| ListBy(place, edge)));
                all.push(StreamBy(place));
            }
        }
        all.push(FindIn);
        if !entity.is_written() {
            return all;
        }
        all.extend([FindForUpdate, Insert, InsertMany, Update, Delete]);
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
            Self::Count | Self::Stream => 0,
            Self::FindBy(_) | Self::StreamBy(_) => 1,
            Self::List(edge) => 1 + if edge.is_beside_a_key() { keys } else { 0 },
            Self::ListBy(_, edge) => 2 + if edge.is_beside_a_key() { keys } else { 0 },
            Self::Insert | Self::Upsert | Self::UpsertBy(_) => entity.given().count(),
            Self::InsertMany => entity.given().map(write::arrays).sum(),
            Self::Update => keys + 2 * entity.patched().count(),
            Self::UpdateIf => keys + 2 * entity.patched().count() + 1,
            Self::Find | Self::FindMany | Self::Exists => keys,
            Self::FindIn | Self::FindForUpdate | Self::FindWithDeleted => keys,
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
pub(crate) fn statement(entity: &Entity, kind: Kind) -> Statement {
    let write = |write: &str| Statement::Write(format!("{write} RETURNING {}", outputs(entity)));
    match kind {
        Kind::Insert => write(&write::insert(entity)),
        Kind::InsertMany => write(&write::insert_many(entity)),
        Kind::Update => write(&write::update(entity)),
        Kind::UpdateIf => write(&write::update_if(entity)),
        Kind::Upsert => write(&write::upsert(entity)),
        Kind::UpsertBy(unique) => write(&write::upsert_by(entity, unique)),
        Kind::Delete => write(&write::delete(entity)),
        Kind::Restore => write(&write::restore(entity)),
        Kind::Purge => write(&write::purge(entity)),
        read => reads::statement(entity, read),
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

/// Joins the rows of some keys, an array for each of their parts, and with each row the number of its key.
///
/// The server says which row belongs to which key. It may hold a key in another way than the program gave it: a timestamp
/// without its nanoseconds, a `char(6)` with blanks behind it.
fn among_keys(entity: &Entity) -> String {
    let arrays = list(entity.keys().zip(1..).map(|(field, number)| array(entity, field, number)));
    let names = list(entity.keys().zip(1..).map(|(_, number)| format!(r#""__ryw_{number}""#)));
    let same = entity.keys().zip(1..).map(|(field, number)| {
        format!(r#"{}.{} = "__ryw_keys"."__ryw_{number}""#, table(entity.table()), quote(&field.column))
    });
    let same = same.collect::<Vec<_>>().join(" AND ");
    format!(r#"JOIN UNNEST({arrays}) WITH ORDINALITY AS "__ryw_keys" ({names}, {ORDER}) ON {same}"#)
}

/// The placeholder of an array of a column's values. The server cannot tell an array's type inside `UNNEST`, and a macro
/// cannot tell a column's, so that the column itself says it.
fn array(entity: &Entity, field: &Field, number: usize) -> String {
    let column = quote(&field.column);
    format!("COALESCE(${number}, ARRAY(SELECT {column} FROM {} LIMIT 0))", table(entity.table()))
}

/// What tells the rows that are there from the softly deleted, after `word`; nothing, if all are.
fn present(entity: &Entity, word: &str) -> String {
    let condition = |field: &Field| format!(" {word} {} IS NULL", quote(&field.column));
    entity.deleted_at().map(condition).unwrap_or_default()
}

/// The columns a statement gives back, each under its field's name; a part of a flattened field under its own.
fn outputs(entity: &Entity) -> String {
    list(entity.fields().map(output))
}

fn output(field: &Field) -> String {
    let (mut output, name) = (quote(&field.column), field.name());
    if name != field.column && !matches!(field.form, Form::Part { .. }) {
        let _ = write!(output, " AS {}", quote(&name));
    }
    output
}

fn table(table: &Table) -> String {
    let name = quote(&table.name);
    table.schema.as_deref().map_or(name.clone(), |schema| format!("{}.{name}", quote(schema)))
}

/// An identifier, taken literally: case, keywords and all.
pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

#[cfg(all(test, feature = "postgres"))]
mod tests;
