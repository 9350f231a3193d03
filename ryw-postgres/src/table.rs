//! What generated code hands over, and the functions it calls.
//!
//! A derive emits the SQL, how a row is read and how one is bound; everything that happens with them is here, in
//! ordinary functions. Reads end their select lists in the columns of [`seen`](crate::seen).

use std::collections::BTreeMap;
use std::pin::pin;

use ryw_core::{Context, Entity, Error, Page, PageRequest, Position, Written};
use sqlx::Arguments;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgHasArrayType, PgRow};
use sqlx::{Encode, Postgres, Type};

use crate::cluster::PostgresSource;
use crate::error;
use crate::read::{self, Statement};
use crate::transaction::Transaction;
use crate::write;

/// An entity stored in a table; implemented by the derive.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not stored in a Postgres table",
    note = "add `#[repository(postgres(table = \"...\"))]` beside `#[derive(Repository)]`"
)]
pub trait Table: Entity + Unpin {
    /// The table's name, with its schema if the user gave one, unquoted; for spans.
    const TABLE: &'static str;
    /// `INSERT … RETURNING`, bound by [`bind`](Self::bind).
    const INSERT: &'static str;
    /// `UPDATE … RETURNING`, bound by [`bind`](Self::bind).
    const UPDATE: &'static str;
    /// `INSERT … ON CONFLICT … DO UPDATE … RETURNING`, bound by [`bind`](Self::bind).
    const UPSERT: &'static str;
    /// `DELETE … RETURNING`, bound to a key.
    const DELETE: &'static str;
    /// The row of a key.
    const FIND: &'static str;
    /// The rows of an array of keys.
    const FIND_MANY: &'static str;
    /// The first rows by key, bound to a limit.
    const LIST_FIRST: &'static str;
    /// The rows after a key, bound to the key and a limit.
    const LIST_AFTER: &'static str;

    /// Reads a row, by index.
    ///
    /// # Errors
    /// If the row has another shape than at compile time.
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error>;

    /// Binds the columns that are sent, in order.
    ///
    /// # Errors
    /// If a value cannot be encoded.
    fn bind(&self, arguments: &mut PgArguments) -> Result<(), BoxDynError>;
}

/// Inserts a row.
pub async fn insert<T: Table>(
    source: &PostgresSource,
    ctx: &Context,
    entity: &T,
) -> Result<Written<T>, Error> {
    put(source, ctx, T::INSERT, "insert", entity).await
}

/// Updates the row of the entity's key.
pub async fn update<T: Table>(
    source: &PostgresSource,
    ctx: &Context,
    entity: &T,
) -> Result<Written<T>, Error> {
    put(source, ctx, T::UPDATE, "update", entity).await
}

/// Inserts a row or replaces the one of its key.
pub async fn upsert<T: Table>(
    source: &PostgresSource,
    ctx: &Context,
    entity: &T,
) -> Result<Written<T>, Error> {
    put(source, ctx, T::UPSERT, "upsert", entity).await
}

/// Deletes the row of a key.
pub async fn delete<T>(
    source: &PostgresSource,
    ctx: &Context,
    key: &T::Key,
) -> Result<Written<Option<T>>, Error>
where
    T: Table,
    T::Key: Key,
{
    let bind = || one(key);
    let (rows, position) = write::rows(source, ctx, &statement::<T>(T::DELETE, "delete", &bind)).await?;
    Ok(Written::new(first::<T>(&rows)?, position))
}

/// Finds the row of a key.
pub async fn find<T>(source: &PostgresSource, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error>
where
    T: Table,
    T::Key: Key,
{
    let bind = || one(key);
    first(&read::rows(source, ctx, &statement::<T>(T::FIND, "find", &bind)).await?)
}

/// Finds the rows of some keys, in their order.
pub async fn find_many<T>(source: &PostgresSource, ctx: &Context, keys: &[T::Key]) -> Result<Vec<T>, Error>
where
    T: Table,
    T::Key: Key,
    for<'k> &'k [T::Key]: Encode<'k, Postgres>,
{
    let bind = || one(keys);
    let rows = read::rows(source, ctx, &statement::<T>(T::FIND_MANY, "find", &bind)).await?;
    let mut found = BTreeMap::new();
    for entity in all::<T>(&rows)? {
        found.insert(entity.key().clone(), entity);
    }
    Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
}

/// Lists one page by key.
pub async fn list<T>(
    source: &PostgresSource,
    ctx: &Context,
    page: &PageRequest<T::Key>,
) -> Result<Page<T>, Error>
where
    T: Table,
    T::Key: Key,
{
    let limit = i64::from(page.limit());
    let bind = || {
        let mut arguments = PgArguments::default();
        if let Some(key) = page.after_key() {
            arguments.add(key)?;
        }
        arguments.add(limit)?;
        Ok(arguments)
    };
    let sql = if page.after_key().is_some() { T::LIST_AFTER } else { T::LIST_FIRST };
    let rows = read::rows(source, ctx, &statement::<T>(sql, "list", &bind)).await?;
    Ok(Page::new(all(&rows)?, page))
}

/// Inserts a row inside a transaction.
pub async fn insert_in<T: Table>(tx: &mut Transaction, entity: &T) -> Result<T, Error> {
    put_in(tx, T::INSERT, "insert", entity).await
}

/// Updates the row of the entity's key inside a transaction.
pub async fn update_in<T: Table>(tx: &mut Transaction, entity: &T) -> Result<T, Error> {
    put_in(tx, T::UPDATE, "update", entity).await
}

/// Inserts a row, or replaces the one of its key, inside a transaction.
pub async fn upsert_in<T: Table>(tx: &mut Transaction, entity: &T) -> Result<T, Error> {
    put_in(tx, T::UPSERT, "upsert", entity).await
}

/// Deletes the row of a key inside a transaction.
pub async fn delete_in<T>(tx: &mut Transaction, key: &T::Key) -> Result<Option<T>, Error>
where
    T: Table,
    T::Key: Key,
{
    let bind = || one(key);
    first(&rows_in(tx, &statement::<T>(T::DELETE, "delete", &bind)).await?)
}

/// What a key must be able to do; every type that sqlx can bind by reference can.
pub trait Key: for<'q> Encode<'q, Postgres> + Type<Postgres> + PgHasArrayType {}

impl<K: for<'q> Encode<'q, Postgres> + Type<Postgres> + PgHasArrayType> Key for K {}

async fn put<T: Table>(
    source: &PostgresSource,
    ctx: &Context,
    sql: &'static str,
    verb: &'static str,
    entity: &T,
) -> Result<Written<T>, Error> {
    let bind = || columns(entity);
    let (rows, position) = write::rows(source, ctx, &statement::<T>(sql, verb, &bind)).await?;
    written(&rows, position)
}

async fn put_in<T: Table>(
    tx: &mut Transaction,
    sql: &'static str,
    verb: &'static str,
    entity: &T,
) -> Result<T, Error> {
    let bind = || columns(entity);
    let rows = rows_in(tx, &statement::<T>(sql, verb, &bind)).await?;
    first(&rows)?.ok_or_else(|| Error::not_found(T::NAME))
}

async fn rows_in(tx: &mut Transaction, statement: &Statement<'_>) -> Result<Vec<PgRow>, Error> {
    let operation = tx.statement(statement);
    let running = pin!(run_in(tx, statement));
    operation.watch(running).await
}

async fn run_in(tx: &mut Transaction, statement: &Statement<'_>) -> Result<Vec<PgRow>, Error> {
    let (topology, node) = tx.led_by();
    let running = sqlx::query_with(statement.sql, statement.arguments()?).fetch_all(&mut **tx);
    let rows = topology
        .while_led(&node, running)
        .await
        // Not committed, so nothing is unknown: a lost connection rolls back.
        .map_err(|error| error::read_failed(error, statement.operation()))?;
    tx.heard(&rows);
    Ok(rows)
}

fn statement<'a, T: Table>(
    sql: &'static str,
    verb: &'static str,
    arguments: &'a (dyn Fn() -> Result<PgArguments, BoxDynError> + Sync),
) -> Statement<'a> {
    Statement { sql, arguments, verb, entity: T::NAME, table: T::TABLE }
}

fn columns<T: Table>(entity: &T) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    entity.bind(&mut arguments)?;
    Ok(arguments)
}

fn one<'q, V: Encode<'q, Postgres> + Type<Postgres> + 'q>(value: V) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    arguments.add(value)?;
    Ok(arguments)
}

fn written<T: Table>(rows: &[PgRow], position: Option<Position>) -> Result<Written<T>, Error> {
    let row = first(rows)?.ok_or_else(|| Error::not_found(T::NAME))?;
    Ok(Written::new(row, position))
}

fn first<T: Table>(rows: &[PgRow]) -> Result<Option<T>, Error> {
    rows.first().map(decode).transpose()
}

fn all<T: Table>(rows: &[PgRow]) -> Result<Vec<T>, Error> {
    rows.iter().map(decode).collect()
}

fn decode<T: Table>(row: &PgRow) -> Result<T, Error> {
    T::from_row(row).map_err(|error| {
        Error::database(format!("give a {} in the shape it had at compile time", T::NAME)).with_source(error)
    })
}
