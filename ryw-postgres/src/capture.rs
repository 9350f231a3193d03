//! Learning where a write stands, after its commit was acknowledged.
//!
//! Asked on the connection that wrote, so of the same server for certain. A commit that was synchronous is covered by
//! the flush LSN. One that was not (`synchronous_commit = off`) is covered only by the insert LSN, made reachable by
//! [`WalLayout::normalise`](crate::lsn::WalLayout::normalise); see `lsn`.
//!
//! Which of the two held is told by the setting *as it was for that commit*: the session's, for a statement on its own;
//! the transaction's, asked before its `COMMIT`, for an explicit one. What neither sees is a trigger that switches the
//! setting off with `SET LOCAL`: any trigger of a statement on its own, a deferred one of a transaction.
//!
//! Rejected: any LSN in `RETURNING`. It lies below the commit record, always; `tests/tests/traps.rs` shows the stale reads.

use std::time::Instant;

use ryw_core::{Error, Position};
use sqlx::{PgConnection, Row};

use crate::error;
use crate::inner::Inner;

const SQL: &str = "\
SELECT ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int8,
       (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::int8,
       (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8,
       current_setting('synchronous_commit') = 'off',
       pg_current_xact_id_if_assigned() IS NOT NULL";

/// Whether a commit waited until its record was on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    Synchronous,
    Asynchronous,
}

struct Answer {
    flushed: Position,
    inserted: Position,
    session: Durability,
    uncommitted: bool,
}

/// A position that covers what this connection committed by itself just now.
///
/// `None` if nothing was committed, because the connection is inside a transaction that somebody left open: sqlx gives a
/// connection back like that if its `begin` is dropped before the answer, or after a raw `BEGIN`.
pub(crate) async fn after_statement(
    conn: &mut PgConnection,
    source: &Inner,
) -> Result<Option<Position>, Error> {
    let answer = ask(conn, source).await?;
    let durability = answer.session;
    Ok(if answer.uncommitted { None } else { Some(answer.choose(durability)) })
}

/// A position that covers the transaction this connection committed just now, which was of this `durability`.
pub(crate) async fn after_commit(
    conn: &mut PgConnection,
    source: &Inner,
    durability: Durability,
) -> Result<Position, Error> {
    Ok(ask(conn, source).await?.choose(durability))
}

/// A position that covers everything anyone had committed on this server before the call.
pub(crate) async fn anything(conn: &mut PgConnection, source: &Inner) -> Result<Position, Error> {
    Ok(ask(conn, source).await?.choose(Durability::Asynchronous))
}

/// How the open transaction of this connection will commit. Fails if the transaction has failed.
pub(crate) async fn durability(conn: &mut PgConnection) -> Result<Durability, sqlx::Error> {
    let off: bool =
        sqlx::query_scalar("SELECT current_setting('synchronous_commit') = 'off'").fetch_one(conn).await?;
    Ok(Durability::of(off))
}

impl Durability {
    const fn of(off: bool) -> Self {
        if off { Self::Asynchronous } else { Self::Synchronous }
    }
}

impl Answer {
    fn choose(self, durability: Durability) -> Position {
        match durability {
            Durability::Synchronous => self.flushed,
            Durability::Asynchronous => self.inserted,
        }
    }
}

async fn ask(conn: &mut PgConnection, source: &Inner) -> Result<Answer, Error> {
    let failed = |error| error::read_failed(error, "ask the primary for its position".into());
    let asked_at = Instant::now();
    let row = sqlx::query(SQL).fetch_one(conn).await.map_err(failed)?;
    let number = |index| row.try_get::<i64, _>(index).map(i64::cast_unsigned).map_err(failed);
    let timeline = number(0)?;
    let at = |lsn| Position::new(source.identity.clone(), timeline, lsn);
    let answer = Answer {
        flushed: at(number(1)?),
        inserted: at(source.wal.normalise(number(2)?)),
        session: Durability::of(row.try_get(3).map_err(failed)?),
        uncommitted: row.try_get(4).map_err(failed)?,
    };
    source.timeline.note(&answer.inserted, asked_at);
    Ok(answer)
}
