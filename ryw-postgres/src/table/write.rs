//! Writes by themselves: one statement, which is a transaction.

use ryw_core::{
    Context, Error, Position, SoftDeleteStore, Store, UniqueStore, UpsertStore, VersionedStore, Written,
};
use sqlx::Arguments as _;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};

use super::reads::find_by_key;
use super::{
    SoftDeleteTable, Table, UpsertTable, VersionedTable, WriteTable, all, bound, expected, first, missed,
    statement, upsert_text,
};
use crate::cluster::PostgresSource;
use crate::write;

impl<T: WriteTable> Store<T> for PostgresSource {
    async fn insert(&self, ctx: &Context, new: T::New) -> Result<Written<T>, Error> {
        put(self, ctx, T::INSERT, "insert", &new).await
    }

    /// Nothing is sent if there are none.
    async fn insert_many(&self, ctx: &Context, news: Vec<T::New>) -> Result<Written<Vec<T>>, Error> {
        if news.is_empty() {
            return Ok(Written::new(Vec::new(), None));
        }
        let bind = || bound(|arguments| T::bind_news(&news, arguments));
        let (rows, position) =
            write::rows(self, ctx, &statement::<T>(T::INSERT_MANY, "insert", &bind)).await?;
        Ok(Written::new(all(&rows)?, position))
    }

    /// A patch that sets everything.
    async fn replace(&self, ctx: &Context, entity: &T) -> Result<Written<T>, Error> {
        let (key, patch) = (entity.key(), entity.to_new().into());
        let Some(sql) = T::REPLACE_IF else {
            return changed(self, ctx, "replace", &key, &patch).await;
        };
        let bind = || bound(|arguments| bind_entity(arguments, entity, &key, &patch));
        let (rows, position) = write::rows(self, ctx, &statement::<T>(sql, "replace", &bind)).await?;
        matched(self, ctx, &rows, position, &key).await
    }

    async fn update(&self, ctx: &Context, key: &T::Key, patch: T::Patch) -> Result<Written<T>, Error> {
        changed(self, ctx, "update", key, &patch).await
    }

    async fn delete(&self, ctx: &Context, key: &T::Key) -> Result<Written<Option<T>>, Error> {
        let (rows, position) = keyed::<T>(self, ctx, T::DELETE, "delete", key).await?;
        Ok(Written::new(first(&rows)?, position))
    }
}

impl<T: WriteTable> UniqueStore<T> for PostgresSource {
    async fn upsert_by(&self, ctx: &Context, column: T::Column, new: T::New) -> Result<Written<T>, Error> {
        put(self, ctx, upsert_text::<T>(column), "upsert", &new).await
    }
}

impl<T: UpsertTable> UpsertStore<T> for PostgresSource {
    async fn upsert(&self, ctx: &Context, new: T::New) -> Result<Written<T>, Error> {
        put(self, ctx, T::UPSERT, "upsert", &new).await
    }
}

impl<T: VersionedTable> VersionedStore<T> for PostgresSource {
    async fn update_if(
        &self,
        ctx: &Context,
        key: &T::Key,
        version: T::Version,
        patch: T::Patch,
    ) -> Result<Written<T>, Error> {
        let bind = || bound(|arguments| bind_change_if::<T>(arguments, key, &patch, version));
        let (rows, position) = write::rows(self, ctx, &statement::<T>(T::UPDATE_IF, "update", &bind)).await?;
        matched(self, ctx, &rows, position, key).await
    }
}

impl<T: SoftDeleteTable> SoftDeleteStore<T> for PostgresSource {
    async fn restore(&self, ctx: &Context, key: &T::Key) -> Result<Written<T>, Error> {
        let (rows, position) = keyed::<T>(self, ctx, T::RESTORE, "restore", key).await?;
        Ok(Written::new(expected(&rows)?, position))
    }

    async fn purge(&self, ctx: &Context, key: &T::Key) -> Result<Written<Option<T>>, Error> {
        let (rows, position) = keyed::<T>(self, ctx, T::PURGE, "purge", key).await?;
        Ok(Written::new(first(&rows)?, position))
    }

    async fn find_with_deleted(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
        find_by_key(self, ctx, T::FIND_WITH_DELETED, key).await
    }
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

/// The row of a write that names a version, or why there is none.
async fn matched<T: WriteTable>(
    source: &PostgresSource,
    ctx: &Context,
    rows: &[PgRow],
    position: Option<Position>,
    key: &T::Key,
) -> Result<Written<T>, Error> {
    match first(rows)? {
        Some(row) => Ok(Written::new(row, position)),
        // A second statement, because a snapshot from before the write may show the version that was expected.
        None => Err(missed::<T>(find_by_key(source, &ctx.strong(), T::FIND, key).await?)),
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

pub(super) fn bind_change_if<T: VersionedTable>(
    arguments: &mut PgArguments,
    key: &T::Key,
    patch: &T::Patch,
    version: T::Version,
) -> Result<(), BoxDynError> {
    bind_change::<T>(arguments, key, patch)?;
    arguments.add(version)
}

pub(super) fn bind_entity<T: WriteTable>(
    arguments: &mut PgArguments,
    entity: &T,
    key: &T::Key,
    patch: &T::Patch,
) -> Result<(), BoxDynError> {
    bind_change::<T>(arguments, key, patch)?;
    entity.bind_version(arguments)
}
