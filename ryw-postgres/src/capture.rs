//! Asking where a write stands, after its commit was acknowledged.
//!
//! Most writes never ask: they have a [witness](crate::witness). Asked is for a write that returned no row, in LSN mode,
//! over a pool of the user's, and when a context needs an LSN: to travel, or because many of its writes ran side by side.
//!
//! A commit that was synchronous is covered by the flush LSN. One that was not (`synchronous_commit = off`) is covered
//! only by the insert LSN, made reachable by [`WalLayout::normalise`](crate::lsn::WalLayout::normalise); see `lsn`. Which of
//! the two held is told by the setting *as it was for that commit*: the session's, for a statement on its own; the
//! transaction's, for an explicit one. What is not seen is a trigger that switches the setting off with `SET LOCAL`.
//!
//! Rejected: any LSN in `RETURNING`. It lies below the commit record, always; `tests/tests/traps.rs` shows the stale reads.

use std::time::Instant;

use ryw_core::{Branch, Error, Position, Progress};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::coalesced::Coalesced;
use crate::error;
use crate::inner::Inner;

/// What is asked, to begin a select list; read by [`Reached::of`].
macro_rules! reached {
    () => {
        "('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int8, \
         (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::int8, \
         (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8"
    };
}
pub(crate) use reached;

const SQL: &str = concat!(
    "SELECT ",
    reached!(),
    ", current_setting('synchronous_commit') = 'off', pg_current_xact_id_if_assigned() IS NOT NULL"
);

/// Whether a commit waited until its record was on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    Synchronous,
    Asynchronous,
}

/// How far the primary had come when it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    branch: Branch,
    flushed: u64,
    inserted: u64,
}

impl Durability {
    pub(crate) const fn of(off: bool) -> Self {
        if off { Self::Asynchronous } else { Self::Synchronous }
    }
}

impl Reached {
    /// Takes it from the first columns of a row.
    pub(crate) fn of(row: &PgRow, source: &Inner) -> Result<Self, sqlx::Error> {
        let number = |index| row.try_get::<i64, _>(index).map(i64::cast_unsigned);
        Ok(Self {
            branch: source.branch(number(0)?),
            flushed: number(1)?,
            inserted: source.wal.normalise(number(2)?),
        })
    }

    /// A position that covers a commit of this `durability`, acknowledged before the question.
    pub(crate) fn position(&self, durability: Durability) -> Position {
        let offset = match durability {
            Durability::Synchronous => self.flushed,
            Durability::Asynchronous => self.inserted,
        };
        Position::at(self.branch.clone(), offset)
    }

    /// Notes how far the primary has come, asked at `asked_at` or later.
    pub(crate) fn note(&self, source: &Inner, asked_at: Instant) {
        source.timeline.note(&Progress::new(self.branch.clone(), self.inserted), asked_at);
    }
}

/// A position that covers what this connection committed by itself just now.
///
/// `None` if nothing was committed, because the connection is inside a transaction that somebody left open: sqlx gives a
/// connection back like that if its `begin` is dropped before the answer, or after a raw `BEGIN`.
pub(crate) async fn after_statement(
    conn: &mut PgConnection,
    source: &Inner,
) -> Result<Option<Position>, Error> {
    let (reached, session, uncommitted) = ask(conn, source).await?;
    Ok(if uncommitted { None } else { Some(reached.position(session)) })
}

/// How far the primary has come: past everything that anyone had committed there before the call.
pub(crate) async fn anything(conn: &mut PgConnection, source: &Inner) -> Result<Reached, Error> {
    Ok(ask(conn, source).await?.0)
}

async fn ask(conn: &mut PgConnection, source: &Inner) -> Result<(Reached, Durability, bool), Error> {
    let failed = |error| error::read_failed(error, "ask the primary for its position".into());
    source.observer.captures.add();
    let asked_at = Instant::now();
    let row = sqlx::query(SQL).fetch_one(conn).await.map_err(failed)?;
    let reached = Reached::of(&row, source).map_err(failed)?;
    reached.note(source, asked_at);
    let session = Durability::of(row.try_get(3).map_err(failed)?);
    Ok((reached, session, row.try_get(4).map_err(failed)?))
}

/// One question for all who need an answer at the same time.
#[derive(Debug, Default)]
pub(crate) struct Shared(Coalesced<Reached>);

impl Shared {
    /// How far the primary has come, asked after this call.
    pub(crate) async fn ask(&self, source: &Inner) -> Result<Reached, Error> {
        self.0
            .ask(async || {
                let (mut conn, node) = source.topology.connect().await?;
                conn.busy();
                let reached = source.topology.while_led(&node, anything(&mut conn, source)).await;
                match &reached {
                    Ok(_) => conn.keep(),
                    Err(_) => conn.give_up(),
                }
                reached
            })
            .await
    }
}
