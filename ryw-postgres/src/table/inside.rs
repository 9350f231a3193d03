//! The same inside a transaction of the user's: rows without a position, and reads that see its own writes.

use std::pin::pin;

use ryw_core::Error;
use sqlx::postgres::PgRow;

use super::write::{bind_change, bind_change_if, bind_entity};
use super::{
    SoftDeleteTable, Table, UpsertTable, VersionedTable, WriteTable, all, bound, expected, first, missed,
    statement, upsert_text,
};
use crate::boxed::{Boxed, boxed};
use crate::error;
use crate::read::Statement;
use crate::transaction::Transaction;

/// Finds the row of a key.
pub async fn find_in<T: Table>(tx: &mut Transaction, key: &T::Key) -> Result<Option<T>, Error> {
    look::<T>(tx, T::FIND_IN, key).await
}

/// Finds the row of a key, and locks it until the transaction ends.
pub async fn find_for_update_in<T: WriteTable>(
    tx: &mut Transaction,
    key: &T::Key,
) -> Result<Option<T>, Error> {
    look::<T>(tx, T::FIND_FOR_UPDATE, key).await
}

/// Inserts a row.
pub async fn insert_in<T: WriteTable>(tx: &mut Transaction, new: T::New) -> Result<T, Error> {
    put::<T>(tx, T::INSERT, "insert", &new).await
}

/// Inserts some rows; nothing is sent if there are none.
pub async fn insert_many_in<T: WriteTable>(tx: &mut Transaction, news: Vec<T::New>) -> Result<Vec<T>, Error> {
    if news.is_empty() {
        return Ok(Vec::new());
    }
    let bind = || bound(|arguments| T::bind_news(&news, arguments));
    all(&write(tx, &statement::<T>(T::INSERT_MANY, "insert", &bind)).await?)
}

/// Stores what the application gives of an entity in the row of its key, if that is of the same version.
pub async fn replace_in<T: WriteTable>(tx: &mut Transaction, entity: &T) -> Result<T, Error> {
    let (key, patch) = (entity.key(), entity.to_new().into());
    let Some(sql) = T::REPLACE_IF else {
        return changed(tx, "replace", &key, &patch).await;
    };
    let bind = || bound(|arguments| bind_entity(arguments, entity, &key, &patch));
    let rows = write(tx, &statement::<T>(sql, "replace", &bind)).await?;
    matched(tx, &rows, &key).await
}

/// Changes the row of a key.
pub async fn update_in<T: WriteTable>(
    tx: &mut Transaction,
    key: &T::Key,
    patch: T::Patch,
) -> Result<T, Error> {
    changed(tx, "update", key, &patch).await
}

/// Changes the row of a key if it has this version.
pub async fn update_if_in<T: VersionedTable>(
    tx: &mut Transaction,
    key: &T::Key,
    version: T::Version,
    patch: T::Patch,
) -> Result<T, Error> {
    let bind = || bound(|arguments| bind_change_if::<T>(arguments, key, &patch, version));
    let rows = write(tx, &statement::<T>(T::UPDATE_IF, "update", &bind)).await?;
    matched(tx, &rows, key).await
}

/// Inserts a row or changes the one of its key.
pub async fn upsert_in<T: UpsertTable>(tx: &mut Transaction, new: T::New) -> Result<T, Error> {
    put::<T>(tx, T::UPSERT, "upsert", &new).await
}

/// Inserts a row or changes the one with the same value in a unique column.
pub async fn upsert_by_in<T: WriteTable>(
    tx: &mut Transaction,
    column: T::Column,
    new: T::New,
) -> Result<T, Error> {
    put::<T>(tx, upsert_text::<T>(column), "upsert", &new).await
}

/// Deletes the row of a key, or marks it as deleted.
pub async fn delete_in<T: WriteTable>(tx: &mut Transaction, key: &T::Key) -> Result<Option<T>, Error> {
    first(&keyed::<T>(tx, T::DELETE, "delete", key).await?)
}

/// Takes the mark from the row of a key.
pub async fn restore_in<T: SoftDeleteTable>(tx: &mut Transaction, key: &T::Key) -> Result<T, Error> {
    expected(&keyed::<T>(tx, T::RESTORE, "restore", key).await?)
}

/// Deletes the row of a key, marked or not.
pub async fn purge_in<T: SoftDeleteTable>(tx: &mut Transaction, key: &T::Key) -> Result<Option<T>, Error> {
    first(&keyed::<T>(tx, T::PURGE, "purge", key).await?)
}

async fn put<T: WriteTable>(
    tx: &mut Transaction,
    sql: &'static str,
    verb: &'static str,
    new: &T::New,
) -> Result<T, Error> {
    let bind = || bound(|arguments| T::bind_new(new, arguments));
    expected(&write(tx, &statement::<T>(sql, verb, &bind)).await?)
}

async fn changed<T: WriteTable>(
    tx: &mut Transaction,
    verb: &'static str,
    key: &T::Key,
    patch: &T::Patch,
) -> Result<T, Error> {
    let bind = || bound(|arguments| bind_change::<T>(arguments, key, patch));
    expected(&write(tx, &statement::<T>(T::UPDATE, verb, &bind)).await?)
}

/// The row of a write that names a version, or why there is none.
async fn matched<T: Table>(tx: &mut Transaction, rows: &[PgRow], key: &T::Key) -> Result<T, Error> {
    match first(rows)? {
        Some(row) => Ok(row),
        None => Err(missed::<T>(find_in(tx, key).await?)),
    }
}

async fn keyed<T: Table>(
    tx: &mut Transaction,
    sql: &'static str,
    verb: &'static str,
    key: &T::Key,
) -> Result<Vec<PgRow>, Error> {
    let bind = || bound(|arguments| T::bind_key(key, arguments));
    write(tx, &statement::<T>(sql, verb, &bind)).await
}

async fn look<T: Table>(tx: &mut Transaction, sql: &'static str, key: &T::Key) -> Result<Option<T>, Error> {
    let bind = || bound(|arguments| T::bind_key(key, arguments));
    first(&watched(tx, &statement::<T>(sql, "find", &bind)).await?)
}

/// Runs a write, whose last columns are its witness.
async fn write(tx: &mut Transaction, statement: &Statement<'_>) -> Result<Vec<PgRow>, Error> {
    let rows = watched(tx, statement).await?;
    tx.heard(&rows);
    Ok(rows)
}

fn watched<'a>(tx: &'a mut Transaction, statement: &'a Statement<'_>) -> Boxed<'a, Vec<PgRow>> {
    boxed(async move {
        let operation = tx.statement(statement);
        let running = pin!(run(tx, statement));
        operation.watch(running).await
    })
}

async fn run(tx: &mut Transaction, statement: &Statement<'_>) -> Result<Vec<PgRow>, Error> {
    let (topology, node) = tx.led_by();
    let running = sqlx::query_with(statement.sql, statement.arguments()?).fetch_all(&mut **tx);
    match topology.while_led(&node, running).await {
        Ok(rows) => Ok(rows),
        Err(error) => {
            // Not committed, so nothing is unknown: a lost connection rolls back.
            let why = error::read_failed(error, statement.operation());
            Err(tx.explain(why).await)
        }
    }
}
