//! The statements that read.
//!
//! A list asks for its rows in the order of their keys, from the end that is wanted, with the key of a row as the bound: a
//! few rows of an index, wherever in the table the page lies. There is a statement for each kind of page, because one for
//! all (`$1 IS NULL OR key > $1`) is planned for its worst case.

use super::{Edge, Kind, Statement, among_keys, by_key, list, outputs, present, quote, table};
use crate::model::Entity;

/// The statement of a kind that reads.
pub(super) fn statement(entity: &Entity, kind: Kind) -> Statement {
    let all = || Rows::of(entity);
    let columns = || outputs(entity);
    match kind {
        Kind::Find => all().of_a_key().select(&columns()),
        Kind::FindWithDeleted => all().even_deleted().of_a_key().select(&columns()),
        Kind::FindMany => all().among_keys().select(&columns()),
        Kind::Exists => all().of_a_key().select(r#"true AS "found""#),
        Kind::Count => all().select(r#"count(*) AS "count""#),
        Kind::List(edge) => all().page(edge).select(&columns()),
        Kind::FindBy(lookup) => all().of_a_value(lookup).select(&columns()),
        Kind::ListBy(lookup, edge) => all().of_a_value(lookup).page(edge).select(&columns()),
        Kind::Stream => all().in_order("").plain(&columns()),
        Kind::StreamBy(lookup) => all().of_a_value(lookup).in_order("").plain(&columns()),
        Kind::FindIn => all().of_a_key().plain(&columns()),
        Kind::FindForUpdate => all().of_a_key().locked().plain(&columns()),
        Kind::Insert
        | Kind::InsertMany
        | Kind::Update
        | Kind::UpdateIf
        | Kind::Upsert
        | Kind::UpsertBy(_) => {
            unreachable!("{kind:?} writes")
        }
        Kind::Delete | Kind::Restore | Kind::Purge => unreachable!("{kind:?} writes"),
    }
}

/// Everything from `FROM` on, in the making. Placeholders are numbered in the order in which they are needed.
struct Rows<'a> {
    entity: &'a Entity,
    joined: String,
    conditions: Vec<String>,
    shows_deleted: bool,
    parameters: usize,
    rest: String,
}

impl<'a> Rows<'a> {
    fn of(entity: &'a Entity) -> Self {
        let (joined, rest) = (String::new(), String::new());
        Self { entity, joined, conditions: Vec::new(), shows_deleted: false, parameters: 0, rest }
    }

    fn even_deleted(self) -> Self {
        Self { shows_deleted: true, ..self }
    }

    fn of_a_key(mut self) -> Self {
        let condition = by_key(self.entity, self.next(self.entity.keys().count()));
        self.only(condition)
    }

    fn among_keys(mut self) -> Self {
        self.next(self.entity.keys().count());
        self.joined = format!(" {}", among_keys(self.entity));
        self
    }

    /// Those that have a value in the column of a lookup.
    fn of_a_value(mut self, lookup: usize) -> Self {
        let value = self.next(1);
        let column = self.entity.lookups().nth(lookup).map(|field| quote(&field.column));
        let column = column.unwrap_or_else(|| unreachable!("lookups are numbered by the model"));
        self.only(format!("{column} = ${value}"))
    }

    fn page(self, edge: Edge) -> Self {
        let mut page = match edge {
            Edge::First => self.in_order(""),
            Edge::After => self.beyond_a_key(">").in_order(""),
            Edge::Last => self.in_order(" DESC"),
            Edge::Before => self.beyond_a_key("<").in_order(" DESC"),
        };
        let limit = page.next(1);
        page.rest.push_str(&format!(" LIMIT ${limit}"));
        page
    }

    /// Those on one side of a key; of a composite one in the order of its parts, as one value.
    fn beyond_a_key(mut self, side: &str) -> Self {
        let first = self.next(self.entity.keys().count());
        let columns: Vec<_> = self.entity.keys().map(|field| quote(&field.column)).collect();
        let numbers: Vec<_> = (first..).take(columns.len()).map(|number| format!("${number}")).collect();
        let condition = match (columns.as_slice(), numbers.as_slice()) {
            ([column], [number]) => format!("{column} {side} {number}"),
            _ => format!("({}) {side} ({})", columns.join(", "), numbers.join(", ")),
        };
        self.only(condition)
    }

    fn in_order(mut self, direction: &str) -> Self {
        // Qualified, because a bare name in ORDER BY means an output of that name first: a renamed field's, perhaps.
        let table = table(self.entity.table());
        let columns = self.entity.keys().map(|field| format!("{table}.{}{direction}", quote(&field.column)));
        self.rest = format!(" ORDER BY {}", list(columns));
        self
    }

    fn locked(mut self) -> Self {
        self.rest.push_str(" FOR UPDATE");
        self
    }

    fn only(mut self, condition: String) -> Self {
        self.conditions.push(condition);
        self
    }

    /// The first of so many placeholders.
    fn next(&mut self, count: usize) -> usize {
        let first = self.parameters + 1;
        self.parameters += count;
        first
    }

    /// In two parts, to be sent with the facts.
    fn select(self, columns: &str) -> Statement {
        Statement::Select { columns: format!("SELECT {columns}"), rows: self.text() }
    }

    /// In one, to be sent as it is.
    fn plain(self, columns: &str) -> Statement {
        Statement::Plain(format!("SELECT {columns} {}", self.text()))
    }

    fn text(self) -> String {
        let Self { entity, joined, conditions, shows_deleted, parameters: _, rest } = self;
        let mut text = format!("FROM {}{joined}", table(entity.table()));
        if !conditions.is_empty() {
            text.push_str(" WHERE ");
            text.push_str(&conditions.join(" AND "));
        }
        if !shows_deleted {
            text.push_str(&present(entity, if conditions.is_empty() { "WHERE" } else { "AND" }));
        }
        text.push_str(&rest);
        text
    }
}
