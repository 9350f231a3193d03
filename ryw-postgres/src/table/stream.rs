//! Large results, a row at a time.

use futures_util::StreamExt as _;
use ryw_core::{Context, EntityStream, Error};
use sqlx::Arguments as _;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;

use super::{Sought, Table, bound, decode};
use crate::cluster::PostgresSource;
use crate::stream::{Streamed, rows};

/// Streams the rows of a value, by key.
pub fn stream_by<'v, T, V>(
    source: &PostgresSource,
    ctx: &Context,
    sql: &'static str,
    value: V,
) -> EntityStream<T>
where
    T: Table,
    V: Sought<'v>,
{
    streamed(source, ctx, sql, bound(|arguments| arguments.add(value)))
}

/// The rows of a statement, as they are asked for.
pub(super) fn streamed<T: Table>(
    source: &PostgresSource,
    ctx: &Context,
    sql: &'static str,
    arguments: Result<PgArguments, BoxDynError>,
) -> EntityStream<T> {
    let streamed = arguments.map(|arguments| Streamed { sql, arguments, entity: T::NAME, table: T::TABLE });
    let streamed = streamed.map_err(|error| {
        Error::database(format!("stream {}", T::NAME)).with_source(sqlx::Error::Encode(error))
    });
    let rows = rows(source.clone(), ctx.clone(), streamed);
    EntityStream::new(rows.map(|row| decode(&row?)))
}
