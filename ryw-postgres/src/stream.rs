//! Reading a large result: proven once, on one connection, a row at a time.
//!
//! A read that returns all its rows at once carries the facts of its snapshot beside them. Beside a million rows they would
//! travel a million times, and the outer order that SQL makes necessary there would sort them all again. So here the proof
//! comes first: the connection is asked whether its server has come far enough, as for reads of the user's own; then a
//! transaction fixes a snapshot (REPEATABLE READ), whose facts are asked for before any row. A later snapshot on the same
//! connection holds what was proven; and how far the stream can see is known, and noted in the context, before its first
//! row is given out. So one that is dropped half-way leaves its context as exact as one that was read to its end.
//!
//! Rows are taken off the connection as they are asked for; what is not, waits in the server, which stops when the
//! network's buffers are full. Rejected: `FETCH` from a cursor, which needs a size for its batches (rows can be large) and is
//! planned for its first rows.
//!
//! # Failures
//!
//! Before the first row the read goes elsewhere, as any. After it, it does not: another server has another snapshot, and
//! the rows would be of two moments. The stream then yields the error and ends; it ends without one only when the server
//! has said that there are no more rows.
//!
//! # Cancel safety
//!
//! A stream dropped before its end closes its connection: reading the rest off may take longer than a login, and the server
//! stops at the closed socket. (`tests/tests/streams`)

use std::io;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use ryw_core::{Context, Error, Routed};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Database, Postgres, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;

use crate::cluster::PostgresSource;
use crate::error;
use crate::facts::Facts;
use crate::giving::{Giver, Giving, giving};
use crate::inner::Inner;
use crate::node::Node;
use crate::observe::Operation;
use crate::record::{Ran, note};
use crate::search::{Lease, Search, role_changed};
use crate::trial::Tickets;

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Behind a balancer, where a transaction holds on to the server.
const NEXT: &str = "COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

type Manager = <Postgres as Database>::TransactionManager;

/// A plain statement of a generated repository.
pub(crate) struct Streamed {
    pub(crate) sql: &'static str,
    pub(crate) arguments: PgArguments,
    pub(crate) entity: &'static str,
    pub(crate) table: &'static str,
}

/// A stream that failed on one server.
struct Failure {
    why: Error,
    /// Whether it may succeed on another: no row was given out.
    may_succeed_elsewhere: bool,
}

/// The rows, as they are asked for; nothing happens before the first, nor if there is nothing that could be sent.
pub(crate) fn rows(
    source: PostgresSource,
    ctx: Context,
    streamed: Result<Streamed, Error>,
) -> Giving<Result<PgRow, Error>> {
    giving(move |mut giver| async move {
        let streamed = match streamed {
            Ok(streamed) => streamed,
            Err(why) => return giver.give(Err(why)).await,
        };
        let operation = Operation::stream(source.inner(), streamed.table);
        let ended = {
            let streaming = pin!(stream(source.inner(), &ctx, &streamed, &operation, &mut giver));
            operation.watch(streaming).await
        };
        if let Err(why) = ended {
            giver.give(Err(why)).await;
        }
    })
}

type Rows = Giver<Result<PgRow, Error>>;

async fn stream(
    source: &Inner,
    ctx: &Context,
    streamed: &Streamed,
    operation: &Operation,
    giver: &mut Rows,
) -> Result<(), Error> {
    let mut search = Search::begin(source, ctx).await?;
    loop {
        let mut lease = search.lease().await?;
        operation.routed(&lease.node, lease.routed);
        let Err(Failure { why, may_succeed_elsewhere }) = on(&search, &mut lease, streamed, giver).await
        else {
            return Ok(());
        };
        if !(search.failed(&mut lease, &why) && may_succeed_elsewhere) {
            return Err(why);
        }
    }
}

/// The whole stream, on one connection.
async fn on(
    search: &Search<'_>,
    lease: &mut Lease,
    streamed: &Streamed,
    giver: &mut Rows,
) -> Result<(), Failure> {
    let failed = |error, given| failed(error, streamed.entity, given);
    let (place, node) = (lease.node.place(), Arc::clone(&lease.node));
    let _under_way = node.load().begin();
    let facts = snapshot(search, lease).await.map_err(|error| failed(error, 0))?;
    if !lease.is_still_itself(&facts) {
        end(search, lease).await;
        return Err(Failure { why: role_changed(lease), may_succeed_elsewhere: true });
    }
    let (routed, branch) = (lease.routed, lease.branch.clone());
    let ran = Ran { routed, branch: branch.as_ref(), at: node.at() };
    // Until the last row: whoever drops the stream leaves rows behind that nobody will read.
    lease.conn.give_up();
    let mut given = 0_u64;
    let mut rows = sqlx::query_with(streamed.sql, streamed.arguments.clone()).fetch(&mut *lease.conn);
    loop {
        let next = bounded(search.source, &node, routed, rows.try_next()).await;
        let next = next.map_err(|error| failed(error, given))?;
        if given == 0 {
            note(search.source, search.ctx, &search.before, ran, &facts, place);
        }
        let Some(row) = next else { break };
        given += 1;
        giver.give(Ok(row)).await;
    }
    drop(rows);
    end(search, lease).await;
    Ok(())
}

/// Ends the transaction, of which all is known: if this fails the connection is closed, and that is all.
async fn end(search: &Search<'_>, lease: &mut Lease) {
    let (node, routed) = (Arc::clone(&lease.node), lease.routed);
    if bounded(search.source, &node, routed, Manager::rollback(&mut lease.conn)).await.is_ok() {
        lease.conn.restore();
    }
}

/// Fixes the snapshot, and tells what it holds.
async fn snapshot(search: &Search<'_>, lease: &mut Lease) -> Result<Facts, sqlx::Error> {
    let tickets = Tickets::of_nothing(lease.branch.as_ref());
    let (asked, node, routed) = (lease.node.about_to_ask(), Arc::clone(&lease.node), lease.routed);
    lease.conn.open();
    let asking = async {
        if lease.is_pinned {
            sqlx::raw_sql(NEXT).execute(&mut *lease.conn).await?;
        } else {
            Manager::begin(&mut lease.conn, Some(BEGIN.into_sql_str())).await?;
        }
        Facts::ask(&mut lease.conn, &search.source.statements, tickets.as_slice()).await
    };
    let facts = bounded(search.source, &node, routed, asking).await?;
    if lease.is_still_itself(&facts) {
        lease.passed(asked, &facts);
    }
    Ok(facts)
}

/// Waits for one answer: of a replica, which may hang, only so long; of the primary as long as it leads.
async fn bounded<T>(
    source: &Inner,
    node: &Node,
    routed: Routed,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    if routed.route.is_replica() {
        let limited = tokio::time::timeout(source.limits.replica_read_limit, answer).await;
        limited.unwrap_or_else(|_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())))
    } else {
        source.topology.while_led(node, answer).await
    }
}

/// What a failure after so many rows means.
fn failed(error: sqlx::Error, entity: &str, given: u64) -> Failure {
    let passes = error::may_succeed_elsewhere(&error);
    let operation = match given {
        0 => format!("stream {entity}"),
        _ => format!("go on after {given} rows in a stream of {entity}"),
    };
    let why = error::read_failed(error, operation);
    Failure { why: if passes { why.passing() } else { why }, may_succeed_elsewhere: passes && given == 0 }
}
