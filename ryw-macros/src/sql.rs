//! The statements of one entity. Columns are always listed, in the fields' order; never `*`.

mod sent;

use std::fmt::Write as _;

use syn::ext::IdentExt as _;

use crate::builtin::is_builtin;
use crate::model::{Entity, Field, Role, Table};

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
    Insert,
    Update,
    Upsert,
    Delete,
}

impl Kind {
    /// All kinds. `Find` comes first: it names every column and nothing else, so it is the one to map rows by, and a
    /// mistake in a column's name shows there first.
    pub(crate) const ALL: [Self; 8] = [
        Self::Find,
        Self::FindMany,
        Self::ListFirst,
        Self::ListAfter,
        Self::Insert,
        Self::Update,
        Self::Upsert,
        Self::Delete,
    ];

    /// The constant that holds the statement.
    pub(crate) fn constant(self) -> &'static str {
        match self {
            Self::Find => "FIND",
            Self::FindMany => "FIND_MANY",
            Self::ListFirst => "LIST_FIRST",
            Self::ListAfter => "LIST_AFTER",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Upsert => "UPSERT",
            Self::Delete => "DELETE",
        }
    }

    /// How many placeholders the statement has of its own.
    pub(crate) fn parameters(self, entity: &Entity) -> usize {
        match self {
            Self::Find | Self::FindMany | Self::ListFirst | Self::Delete => 1,
            Self::ListAfter => 2,
            Self::Insert | Self::Update | Self::Upsert => entity.sent().count(),
        }
    }
}

/// One statement, plain: without what the program adds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Statement {
    /// In two parts: between them the program asks for one column more.
    Select { columns: String, rows: String },
    /// Whole: it ends in its columns, and the program asks for more of them.
    Write(String),
}

/// The statement of a kind.
pub(crate) fn statement(entity: &Entity, kind: Kind, reader: Reader) -> Statement {
    let (table, key) = (table(&entity.table), quote(&entity.key().column));
    let select = |rows: &str| Statement::Select {
        columns: format!("SELECT {}", outputs(entity, reader)),
        rows: format!("FROM {table} {rows}"),
    };
    let write = |write: &str| Statement::Write(format!("{write} RETURNING {}", outputs(entity, reader)));
    // Qualified, because a bare name in ORDER BY means an output of that name first: a renamed field's, perhaps.
    let page = format!("ORDER BY {table}.{key} LIMIT");
    match kind {
        Kind::Find => select(&format!("WHERE {key} = $1")),
        Kind::FindMany => select(&format!("WHERE {key} = ANY($1)")),
        Kind::ListFirst => select(&format!("{page} $1")),
        Kind::ListAfter => select(&format!("WHERE {key} > $1 {page} $2")),
        Kind::Insert => write(&insert(entity)),
        Kind::Update => write(&update(entity)),
        Kind::Upsert => write(&upsert(entity)),
        Kind::Delete => write(&format!("DELETE FROM {table} WHERE {key} = $1")),
    }
}

impl Statement {
    /// The statement in one piece.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only the SQL check needs it"))]
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Select { columns, rows } => format!("{columns} {rows}"),
            Self::Write(text) => text.clone(),
        }
    }
}

fn insert(entity: &Entity) -> String {
    let written = || numbered(entity).filter(|(_, field)| field.role != Role::Generated);
    let columns = list(written().map(|(_, field)| quote(&field.column)));
    let values = list(written().map(|(number, field)| match field.role {
        Role::Key | Role::Plain => format!("${number}"),
        Role::Generated | Role::UpdatedAt => "now()".to_owned(),
    }));
    format!("INSERT INTO {} ({columns}) VALUES ({values})", table(&entity.table))
}

fn update(entity: &Entity) -> String {
    let set = assignments(entity, |number, _| format!("${number}"));
    let (table, key, number) = (table(&entity.table), quote(&entity.key().column), key_number(entity));
    format!("UPDATE {table} SET {set} WHERE {key} = ${number}")
}

fn upsert(entity: &Entity) -> String {
    let set = assignments(entity, |_, column| format!("EXCLUDED.{column}"));
    let key = quote(&entity.key().column);
    format!("{} ON CONFLICT ({key}) DO UPDATE SET {set}", insert(entity))
}

/// What an update sets. A row that is only a key has nothing to set, and sets the key: a no-op that still finds the row.
fn assignments(entity: &Entity, value: impl Fn(usize, &str) -> String) -> String {
    let assignment = |(number, field): (usize, &Field)| {
        let column = quote(&field.column);
        match field.role {
            Role::Plain => Some(format!("{column} = {}", value(number, &column))),
            Role::UpdatedAt => Some(format!("{column} = now()")),
            Role::Key | Role::Generated => None,
        }
    };
    let set = list(numbered(entity).filter_map(assignment));
    if !set.is_empty() {
        return set;
    }
    let key = quote(&entity.key().column);
    format!("{key} = {}", value(key_number(entity), &key))
}

fn key_number(entity: &Entity) -> usize {
    1 + entity.sent().take_while(|field| field.role != Role::Key).count()
}

/// Every field with the number of its placeholder; of a field that is not sent the number means nothing.
fn numbered(entity: &Entity) -> impl Iterator<Item = (usize, &Field)> {
    let mut number = 0;
    entity.fields().map(move |field| {
        number += usize::from(matches!(field.role, Role::Key | Role::Plain));
        (number, field)
    })
}

/// The columns a statement gives back, each under its field's name.
fn outputs(entity: &Entity, reader: Reader) -> String {
    list(entity.fields().map(|field| output(field, reader)))
}

fn output(field: &Field, reader: Reader) -> String {
    let (mut output, name) = (quote(&field.column), field.ident.unraw().to_string());
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
