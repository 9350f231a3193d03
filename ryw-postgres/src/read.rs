//! Running a generated read: on the server that [`Search`] found, elsewhere if that one fails.

use std::io;

use ryw_core::{Context, Error};
use sqlx::PgConnection;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};

use crate::cluster::PostgresSource;
use crate::error;
use crate::inner::Inner;
use crate::search::{Lease, Search, role_changed};
use crate::seen::Seen;

/// A statement of a generated repository.
pub(crate) struct Statement<'a> {
    pub(crate) sql: &'static str,
    pub(crate) arguments: &'a (dyn Fn() -> Result<PgArguments, BoxDynError> + Sync),
    /// What it does, and with what; for messages.
    pub(crate) verb: &'static str,
    pub(crate) entity: &'static str,
}

impl Statement<'_> {
    pub(crate) fn arguments(&self) -> Result<PgArguments, Error> {
        (self.arguments)()
            .map_err(|error| Error::database(self.operation()).with_source(sqlx::Error::Encode(error)))
    }

    pub(crate) fn operation(&self) -> String {
        format!("{} a {}", self.verb, self.entity)
    }
}

/// Runs a generated read, whose last columns tell how far its server had come.
pub(crate) async fn rows(
    source: &PostgresSource,
    ctx: &Context,
    statement: &Statement<'_>,
) -> Result<Vec<PgRow>, Error> {
    let mut search = Search::begin(source.inner(), ctx).await?;
    loop {
        let mut lease = search.next().await?;
        let arguments = statement.arguments()?;
        let error = match limited(source.inner(), &mut lease, statement.sql, arguments).await {
            Ok((rows, seen)) if seen.is_of(lease.routed.route) => {
                search.finish(&lease, seen);
                return Ok(rows);
            }
            Ok(_) => role_changed(&lease),
            Err(error) if error::may_succeed_elsewhere(&error) => {
                error::read_failed(error, statement.operation())
            }
            Err(error) => return Err(error::read_failed(error, statement.operation())),
        };
        if !search.failed(&mut lease, &error) {
            return Err(error);
        }
    }
}

type Fetched = Result<(Vec<PgRow>, Seen), sqlx::Error>;

/// As [`fetch`], but bounded on a replica, which may hang; the primary is the last resort and has all the time it needs.
async fn limited(source: &Inner, lease: &mut Lease, sql: &'static str, arguments: PgArguments) -> Fetched {
    if !lease.routed.route.is_replica() {
        return fetch(&mut lease.conn, sql, arguments).await;
    }
    let fetched =
        tokio::time::timeout(source.limits.replica_read_limit, fetch(&mut lease.conn, sql, arguments)).await;
    fetched.unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())))
}

/// The rows, and how far the server had come: from the rows themselves, or, if there are none, by asking.
async fn fetch(conn: &mut PgConnection, sql: &'static str, arguments: PgArguments) -> Fetched {
    let rows = sqlx::query_with(sql, arguments).fetch_all(&mut *conn).await?;
    let seen = match rows.last() {
        Some(last) => Seen::of(last)?,
        None => Seen::ask(conn).await?,
    };
    Ok((rows, seen))
}
