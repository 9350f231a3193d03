//! Writes by themselves: one statement, which is a transaction.

use ryw_core::{Context, Error, Position, Written};
use sqlx::Arguments as _;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Encode, Postgres, Type};

use super::{
    SoftDeleteTable, Table, UpsertTable, VersionedTable, WriteTable, all, bound, expected, find, first,
    outdated, statement, upsert_text,
};
use crate::cluster::PostgresSource;
use crate::write;

/// Inserts a row.
pub async fn insert<T: WriteTable>(
    source: &PostgresSource,
    ctx: &Context,
    new: T::New,
) -> Result<Written<T>, Error> {
    put::<T>(source, ctx, T::INSERT, "insert", &new).await
}

/// Inserts some rows; nothing is sent if there are none.
pub async fn insert_many<T: WriteTable>(
    source: &PostgresSource,
    ctx: &Context,
    news: Vec<T::New>,
) -> Result<Written<Vec<T>>, Error> {
    if news.is_empty() {
        return Ok(Written::new(Vec::new(), None));
    }
    let bind = || bound(|arguments| T::bind_news(&news, arguments));
    let (rows, position) = write::rows(source, ctx, &statement::<T>(T::INSERT_MANY, "insert", &bind)).await?;
    Ok(Written::new(all(&rows)?, position))
}

/// Stores what the application gives of an entity in the row of its key: a patch that sets everything.
pub async fn replace<T: WriteTable>(
    source: &PostgresSource,
    ctx: &Context,
    entity: &T,
) -> Result<Written<T>, Error> {
    changed(source, ctx, "replace", &entity.key(), &entity.to_new().into()).await
}

/// Stores what the application gives of an entity in the row of its key, if that is of the same version.
pub async fn replace_versioned<T: VersionedTable>(
    source: &PostgresSource,
    ctx: &Context,
    entity: &T,
) -> Result<Written<T>, Error>
where
    T::Version: for<'q> Encode<'q, Postgres> + Type<Postgres>,
{
    changed_if(source, ctx, "replace", &entity.key(), entity.version(), &entity.to_new().into()).await
}

/// Changes the row of a key.
pub async fn update<T: WriteTable>(
    source: &PostgresSource,
    ctx: &Context,
    key: &T::Key,
    patch: T::Patch,
) -> Result<Written<T>, Error> {
    changed(source, ctx, "update", key, &patch).await
}

/// Changes the row of a key if it has this version.
pub async fn update_if<T: VersionedTable>(
    source: &PostgresSource,
    ctx: &Context,
    key: &T::Key,
    version: T::Version,
    patch: T::Patch,
) -> Result<Written<T>, Error>
where
    T::Version: for<'q> Encode<'q, Postgres> + Type<Postgres>,
{
    changed_if(source, ctx, "update", key, version, &patch).await
}

/// Inserts a row or changes the one of its key.
pub async fn upsert<T: UpsertTable>(
    source: &PostgresSource,
    ctx: &Context,
    new: T::New,
) -> Result<Written<T>, Error> {
    put::<T>(source, ctx, T::UPSERT, "upsert", &new).await
}

/// Inserts a row or changes the one with the same value in a unique column.
pub async fn upsert_by<T: WriteTable>(
    source: &PostgresSource,
    ctx: &Context,
    column: T::Column,
    new: T::New,
) -> Result<Written<T>, Error> {
    put::<T>(source, ctx, upsert_text::<T>(column), "upsert", &new).await
}

/// Deletes the row of a key, or marks it as deleted.
pub async fn delete<T: WriteTable>(
    source: &PostgresSource,
    ctx: &Context,
    key: &T::Key,
) -> Result<Written<Option<T>>, Error> {
    let (rows, position) = keyed::<T>(source, ctx, T::DELETE, "delete", key).await?;
    Ok(Written::new(first(&rows)?, position))
}

/// Takes the mark from the row of a key.
pub async fn restore<T: SoftDeleteTable>(
    source: &PostgresSource,
    ctx: &Context,
    key: &T::Key,
) -> Result<Written<T>, Error> {
    let (rows, position) = keyed::<T>(source, ctx, T::RESTORE, "restore", key).await?;
    Ok(Written::new(expected(&rows)?, position))
}

/// Deletes the row of a key, marked or not.
pub async fn purge<T: SoftDeleteTable>(
    source: &PostgresSource,
    ctx: &Context,
    key: &T::Key,
) -> Result<Written<Option<T>>, Error> {
    let (rows, position) = keyed::<T>(source, ctx, T::PURGE, "purge", key).await?;
    Ok(Written::new(first(&rows)?, position))
}

/// The rows of a write, and where it stands.
type Rows = (Vec<PgRow>, Option<Position>);

async fn put<T: WriteTable>(
    source: &PostgresSource,
    ctx: &Context,
    sql: &'static str,
    verb: &'static str,
    new: &T::New,
) -> Result<Written<T>, Error> {
    let bind = || bound(|arguments| T::bind_new(new, arguments));
    let (rows, position) = write::rows(source, ctx, &statement::<T>(sql, verb, &bind)).await?;
    Ok(Written::new(expected(&rows)?, position))
}

async fn changed<T: WriteTable>(
    source: &PostgresSource,
    ctx: &Context,
    verb: &'static str,
    key: &T::Key,
    patch: &T::Patch,
) -> Result<Written<T>, Error> {
    let bind = || bound(|arguments| bind_change::<T>(arguments, key, patch));
    let (rows, position) = write::rows(source, ctx, &statement::<T>(T::UPDATE, verb, &bind)).await?;
    Ok(Written::new(expected(&rows)?, position))
}

async fn changed_if<T: VersionedTable>(
    source: &PostgresSource,
    ctx: &Context,
    verb: &'static str,
    key: &T::Key,
    version: T::Version,
    patch: &T::Patch,
) -> Result<Written<T>, Error>
where
    T::Version: for<'q> Encode<'q, Postgres> + Type<Postgres>,
{
    let bind = || {
        bound(|arguments| {
            bind_change::<T>(arguments, key, patch)?;
            arguments.add(version)
        })
    };
    let (rows, position) = write::rows(source, ctx, &statement::<T>(T::UPDATE_IF, verb, &bind)).await?;
    match first(&rows)? {
        Some(row) => Ok(Written::new(row, position)),
        // A second statement, because a snapshot from before the write may show the version that was expected.
        None => Err(outdated::<T>(Box::pin(find(source, &ctx.strong(), key)).await?)),
    }
}

async fn keyed<T: Table>(
    source: &PostgresSource,
    ctx: &Context,
    sql: &'static str,
    verb: &'static str,
    key: &T::Key,
) -> Result<Rows, Error> {
    let bind = || bound(|arguments| T::bind_key(key, arguments));
    write::rows(source, ctx, &statement::<T>(sql, verb, &bind)).await
}

pub(super) fn bind_change<T: WriteTable>(
    arguments: &mut PgArguments,
    key: &T::Key,
    patch: &T::Patch,
) -> Result<(), BoxDynError> {
    T::bind_key(key, arguments)?;
    T::bind_patch(patch, arguments)
}
