//! Reads.

use std::collections::BTreeSet;

use ryw_core::{Context, EntityStream, Error, ListStore, Page, PageRequest, Paging, ReadStore};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Arguments as _, Row as _};

use super::{Sought, Table, all, bound, first, statement, stream};
use crate::cluster::PostgresSource;
use crate::read;

/// The statements of a list: one for each kind of page.
///
/// Each is bound to a value if the rows are those of one value, then to a key if the page lies beyond one, then to a limit.
/// Whatever the page, its rows come in the order of their keys.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// The first rows.
    pub first: &'static str,
    /// The first rows after a key.
    pub after: &'static str,
    /// The last rows.
    pub last: &'static str,
    /// The last rows before a key.
    pub before: &'static str,
}

impl Pages {
    /// The statement for a page, and the key it is bound to.
    const fn of<'k, K>(&self, page: &'k PageRequest<K>) -> (&'static str, Option<&'k K>) {
        match page.paging() {
            Paging::First => (self.first, None),
            Paging::After(key) => (self.after, Some(key)),
            Paging::Last => (self.last, None),
            Paging::Before(key) => (self.before, Some(key)),
        }
    }
}

impl<T: Table> ReadStore<T> for PostgresSource {
    async fn find(&self, ctx: &Context, key: &T::Key) -> Result<Option<T>, Error> {
        find_by_key(self, ctx, T::FIND, key).await
    }

    async fn find_many(&self, ctx: &Context, keys: &[T::Key]) -> Result<Vec<T>, Error> {
        let bind = || bound(|arguments| T::bind_keys(keys, arguments));
        let rows = read::rows(self, ctx, &statement::<T>(T::FIND_MANY, "find", &bind)).await?;
        // In the order of the keys; a key that is given twice counts once.
        let mut found = all::<T>(&rows)?;
        let mut known = BTreeSet::new();
        found.retain(|entity| known.insert(entity.key()));
        Ok(found)
    }

    async fn exists(&self, ctx: &Context, key: &T::Key) -> Result<bool, Error> {
        let bind = || bound(|arguments| T::bind_key(key, arguments));
        Ok(!read::rows(self, ctx, &statement::<T>(T::EXISTS, "find", &bind)).await?.is_empty())
    }
}

impl<T: Table> ListStore<T> for PostgresSource {
    async fn count(&self, ctx: &Context) -> Result<u64, Error> {
        let bind = || Ok(PgArguments::default());
        let rows = read::rows(self, ctx, &statement::<T>(T::COUNT, "count", &bind)).await?;
        let count = counted(&rows).map_err(|error| {
            Error::database(format!("tell how many rows of {} there are", T::NAME)).with_source(error)
        })?;
        Ok(count.cast_unsigned())
    }

    async fn list(&self, ctx: &Context, page: &PageRequest<T::Key>) -> Result<Page<T>, Error> {
        let none = |_: &mut PgArguments| Ok(());
        listed(self, ctx, &T::LIST, &none, page).await
    }

    fn stream(&self, ctx: &Context) -> EntityStream<T> {
        stream::streamed(self, ctx, T::STREAM, Ok(PgArguments::default()))
    }
}

/// The row that `sql` finds by a key.
pub(super) async fn find_by_key<T: Table>(
    source: &PostgresSource,
    ctx: &Context,
    sql: &'static str,
    key: &T::Key,
) -> Result<Option<T>, Error> {
    let bind = || bound(|arguments| T::bind_key(key, arguments));
    first(&read::rows(source, ctx, &statement::<T>(sql, "find", &bind)).await?)
}

fn counted(rows: &[PgRow]) -> Result<i64, sqlx::Error> {
    rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)
}

/// Finds the row of a value.
pub async fn find_by<'v, T, V>(
    source: &PostgresSource,
    ctx: &Context,
    sql: &'static str,
    value: V,
) -> Result<Option<T>, Error>
where
    T: Table,
    V: Sought<'v>,
{
    let bind = || bound(|arguments| arguments.add(value));
    first(&read::rows(source, ctx, &statement::<T>(sql, "find", &bind)).await?)
}

/// Lists one page of the rows of a value, by key.
pub async fn list_by<'v, T, V>(
    source: &PostgresSource,
    ctx: &Context,
    pages: &Pages,
    value: V,
    page: &PageRequest<T::Key>,
) -> Result<Page<T>, Error>
where
    T: Table,
    V: Sought<'v>,
{
    let one = |arguments: &mut PgArguments| arguments.add(value);
    listed(source, ctx, pages, &one, page).await
}

/// `values` is bound before what is said of the page.
async fn listed<T: Table>(
    source: &PostgresSource,
    ctx: &Context,
    pages: &Pages,
    values: &(dyn Fn(&mut PgArguments) -> Result<(), BoxDynError> + Sync),
    page: &PageRequest<T::Key>,
) -> Result<Page<T>, Error> {
    let (sql, key) = pages.of(page);
    let bind = || {
        bound(|arguments| {
            values(arguments)?;
            if let Some(key) = key {
                T::bind_key(key, arguments)?;
            }
            arguments.add(page.lookahead())
        })
    };
    let rows = read::rows(source, ctx, &statement::<T>(sql, "list", &bind)).await?;
    Ok(Page::of(all(&rows)?, page))
}
