//! Writing a single statement: run it on the primary; where it stands it says itself.

use std::pin::pin;
use std::time::Instant;

use futures_util::TryStreamExt as _;
use ryw_core::{Context, Error, Position, Progress, Reason, Route, Routed};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Either, Executor as _, PgConnection};

use crate::boxed::{Boxed, boxed};
use crate::capture::{self, Durability};
use crate::cluster::PostgresSource;
use crate::error;
use crate::inner::Inner;
use crate::mode::Mode;
use crate::observe::Operation;
use crate::pending::Pending;
use crate::pool::Conn;
use crate::query::Witness as Told;
use crate::read::Statement;
use crate::witness::Witness;

/// So many writes of one context side by side may be known by their tickets alone; the next asks for an LSN, which
/// stands for them all.
const TICKETS: usize = 4;

/// A write that is committed.
pub(crate) struct Stored {
    pub(crate) rows: Vec<PgRow>,
    pub(crate) affected: u64,
    pub(crate) position: Option<Position>,
}

/// Runs a generated write by itself and returns its rows and position.
pub(crate) async fn rows(
    source: &PostgresSource,
    ctx: &Context,
    statement: &Statement<'_>,
) -> Result<(Vec<PgRow>, Option<Position>), Error> {
    let stored = run(source, ctx, statement, Told::InRows).await?;
    Ok((stored.rows, stored.position))
}

/// Runs a write by itself.
pub(crate) fn run<'a>(
    source: &'a PostgresSource,
    ctx: &'a Context,
    statement: &'a Statement<'_>,
    told: Told,
) -> Boxed<'a, Stored> {
    boxed(async move {
        let source = source.inner();
        let operation = Operation::statement(source, statement);
        let storing = pin!(store(source, ctx, statement, told, &operation));
        operation.watch(storing).await
    })
}

/// All rows of a statement, and how many it changed.
pub(crate) async fn fetch(
    conn: &mut PgConnection,
    sql: &'static str,
    arguments: PgArguments,
) -> Result<(Vec<PgRow>, u64), sqlx::Error> {
    let (mut rows, mut affected) = (Vec::new(), 0);
    let mut answers = conn.fetch_many(sqlx::query_with(sql, arguments));
    while let Some(answer) = answers.try_next().await? {
        match answer {
            Either::Left(done) => affected += done.rows_affected(),
            Either::Right(row) => rows.push(row),
        }
    }
    Ok((rows, affected))
}

async fn store(
    source: &Inner,
    ctx: &Context,
    statement: &Statement<'_>,
    told: Told,
    operation: &Operation,
) -> Result<Stored, Error> {
    source.topology.tend();
    let arguments = statement.arguments()?;
    let (mut conn, node) = source.topology.connect().await?;
    let routed = Routed { route: Route::Primary, reason: Reason::Write };
    operation.routed(&node, routed);
    let pending = Pending::begin(source, ctx);
    let asked_at = Instant::now();
    conn.busy();
    // To the end, not to the first row: the commit comes after the rows, and so does its failure.
    let (rows, affected) =
        match source.topology.while_led(&node, fetch(&mut conn, statement.sql, arguments)).await {
            Ok(answer) => answer,
            Err(error) => {
                let nothing_done = error::did_nothing(&error);
                let mut why = error::write_failed(error, statement.operation());
                if nothing_done {
                    pending.nothing_done();
                    why = Box::pin(source.constraints.explain(why, &mut conn)).await;
                } else {
                    conn.give_up();
                }
                if why.is_commit_unknown() {
                    source.observer.commits_unknown.add();
                }
                if why.is_commit_unknown() || why.is_unavailable() {
                    node.suspect(&why);
                }
                return Err(why);
            }
        };
    source.counts.record(routed);
    source.observer.writes.add();
    let position = match witnessed(source, &conn, told.of(&rows), asked_at) {
        Some(position) => Some(position),
        None => Box::pin(asked(source, &mut conn)).await?,
    };
    conn.keep();
    drop(conn);
    let Some(mut position) = position else { return Ok(Stored { rows, affected, position: None }) };
    if let Some(lsn) = Box::pin(collapsed(source, ctx)).await {
        position = lsn;
    }
    pending.settle(position.clone());
    Ok(Stored { rows, affected, position: Some(position) })
}

/// A position in place of many: of all that `ctx` wrote so far, and of a write acknowledged before the call.
async fn collapsed(source: &Inner, ctx: &Context) -> Option<Position> {
    let before = Box::new(ctx.frontier(&source.id));
    if before.ticket_count() < TICKETS {
        return None;
    }
    // Without an answer the tickets stay; the context becomes unknown when it cannot hold more of them.
    let position = source.captures.ask(source).await.ok()?.position(Durability::Asynchronous);
    ctx.resolve(&source.id, &before, position.clone());
    Some(position)
}

/// Where the write stands, by its own word. `None` if it said nothing, or its word is not enough.
fn witnessed(source: &Inner, conn: &Conn, last: Option<&PgRow>, asked_at: Instant) -> Option<Position> {
    // On a pool of the user's the statement may have run inside a transaction that somebody left open.
    let branch = conn.branch()?;
    let ticket = Witness::of(last?, source.wal).ok()?.ticket();
    let reached = Progress::new(branch.clone(), ticket.after).with_below(ticket.id + 1);
    source.timeline.note(&reached, asked_at);
    (source.mode != Mode::LsnGate).then(|| Position::ticketed(branch.clone(), ticket))
}

/// Where the write stands, by asking after it. `None` if that could not be learnt.
///
/// # Errors
/// If it turns out not to be committed.
async fn asked(source: &Inner, conn: &mut Conn) -> Result<Option<Position>, Error> {
    match capture::after_statement(conn, source).await {
        Ok(Some(position)) => Ok(Some(position)),
        Ok(None) => {
            conn.give_up();
            Err(Error::commit_unknown().with_source(
                "the connection had been left inside a transaction; it is closed, which rolls that back",
            ))
        }
        Err(error) => {
            conn.give_up();
            tracing::warn!(source = %source.id, %error, "a write was committed but its position could not be learnt");
            Ok(None)
        }
    }
}
