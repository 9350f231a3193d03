//! Writing a single statement: run it on the primary, and when its commit was acknowledged ask where it stands.

use ryw_core::{Context, Error, Position, Reason, Route, Routed};
use sqlx::postgres::PgRow;

use crate::capture;
use crate::cluster::PostgresSource;
use crate::error;
use crate::inner::Inner;
use crate::pending::Pending;
use crate::read::Statement;

/// Runs a generated write by itself and returns its rows and position.
pub(crate) async fn rows(
    source: &PostgresSource,
    ctx: &Context,
    statement: &Statement<'_>,
) -> Result<(Vec<PgRow>, Option<Position>), Error> {
    let source = source.inner();
    source.primary.probe_if_due();
    let arguments = statement.arguments()?;
    let mut conn = source.primary.acquire().await?;
    let pending = Pending::begin(source, ctx);
    // To the end, not to the first row: the commit comes after the rows, and so does its failure.
    let rows = match sqlx::query_with(statement.sql, arguments).fetch_all(&mut *conn).await {
        Ok(rows) => rows,
        Err(error) => {
            if error::did_nothing(&error) {
                pending.nothing_done();
            }
            return Err(error::write_failed(error, statement.operation()));
        }
    };
    let captured =
        if source.captures() { Some(capture::after_statement(&mut conn, source).await) } else { None };
    if let Some(Ok(None)) = captured {
        conn.close_on_drop();
        return Err(Error::commit_unknown().with_source(
            "the connection had been left inside a transaction; it is closed, which rolls that back",
        ));
    }
    source.counts.record(Routed { route: Route::Primary, reason: Reason::Write });
    let position = settle(source, pending, captured.and_then(Result::transpose));
    Ok((rows, position))
}

/// Joins what was captured. The write happened whatever became of the question: if its answer is missing the context
/// counts as unknown, and the write has no position.
pub(crate) fn settle(
    source: &Inner,
    pending: Pending<'_>,
    captured: Option<Result<Position, Error>>,
) -> Option<Position> {
    match captured? {
        Ok(position) => {
            pending.settle(&position);
            Some(position)
        }
        Err(error) => {
            tracing::warn!(source = %source.id, %error, "a write was committed but its position could not be learnt");
            None
        }
    }
}
