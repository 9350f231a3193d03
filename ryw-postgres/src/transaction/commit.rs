//! COMMIT, and where it stands: one message, one round trip.

use std::pin::pin;
use std::time::Instant;

use ryw_core::{Error, MonotonicReads, Position, Reason, Route, Routed, Seen, Ticket, Written};
use sqlx::postgres::PgRow;
use sqlx::{Row, SqlSafeStr as _};

use super::ending::{self, Answers};
use super::{Transaction, outlived};
use crate::capture::{Durability, Reached, reached};
use crate::error;
use crate::inner::Inner;
use crate::pending::Pending;

/// Commits, and says of the transaction which it was and where its commit record lies.
///
/// Its id and `synchronous_commit` are asked before, for both end with it; that also fails in a failed transaction, whose
/// `COMMIT` the server would answer with a quiet `ROLLBACK`. So is whether there is a transaction at all: where there is
/// none, one begins with the batch. The LSN is asked after.
const COMMIT: &str = concat!(
    "SELECT pg_current_xact_id_if_assigned()::text::int8, current_setting('synchronous_commit') = 'off', \
     (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8, now() <> statement_timestamp(), \
     pg_snapshot_xmax(pg_current_snapshot())::text::int8; COMMIT; SELECT ",
    reached!(),
    "; BEGIN"
);

impl Transaction {
    /// Commits, and joins the transaction's position into its context.
    ///
    /// The position has both witnesses, and `None` means that the transaction wrote nothing; or, with a pool of yours,
    /// that the position could not be learnt (the context then reads from the primary).
    ///
    /// # Errors
    /// * [Database](Error::is_database) or [conflict](Error::is_conflict): the server refused, also because an earlier
    ///   statement had failed, or a savepoint's future was dropped under way; the transaction was rolled back. It is
    ///   [retryable](Error::is_retryable) after a serialization failure.
    /// * [Commit unknown](Error::is_commit_unknown): the connection was lost before the answer came, or the transaction was
    ///   over before and statements were run nevertheless. The context reads from the primary from now on. In the first
    ///   case [`PostgresSource::outcome`](crate::PostgresSource::outcome) may tell, if the [`id`](Self::id) is known.
    ///
    /// # Cancel safety
    /// Once polled, the transaction may be committed even if the future is dropped. The context then reads from the
    /// primary, so a write that happened is not lost from sight.
    pub async fn commit(self) -> Result<Written<()>, Error> {
        let operation = self.operation.clone();
        let committing = pin!(self.end());
        operation.watch(committing).await
    }

    async fn end(mut self) -> Result<Written<()>, Error> {
        self.expect_open("commit")?;
        let source = self.source.clone();
        let ctx = self.ctx.clone();
        let pending = Pending::begin(source.inner(), &ctx);
        let asked_at = Instant::now();
        let mut answers = Answers::default();
        let asking = answers.hear(&mut self.conn, COMMIT.into_sql_str());
        if let Err(error) = source.inner().topology.while_led(&self.node, asking).await {
            self.conn_after(&error);
            if !answers.ended() {
                if error::did_nothing(&error) {
                    pending.nothing_done();
                }
                let why = self.lost(error::write_failed(error, "commit a transaction".into()));
                return Err(self.explain(why).await);
            }
            tracing::warn!(source = %source.inner().id, %error, "a transaction was committed but its LSN could not be learnt");
        } else {
            ending::leave(&mut self.conn).await;
        }
        source.inner().counts.record(Routed { route: Route::Primary, reason: Reason::Write });
        let Ok(committed) = Committed::of(&answers.rows, source.inner()) else {
            return Ok(Written::new((), None));
        };
        if !committed.in_transaction {
            return Err(outlived());
        }
        if let Some(reached) = &committed.reached {
            reached.note(source.inner(), asked_at);
        }
        if committed.ticket.is_none() {
            pending.nothing_done();
            self.saw(&committed);
            return Ok(Written::new((), None));
        }
        source.inner().observer.writes.add();
        let position = self.position(&committed);
        if let Some(position) = position.clone() {
            pending.settle(position);
            self.shown.anything = false;
        }
        Ok(Written::new((), position))
    }

    /// Notes how far a transaction may have seen that wrote nothing: no further than the log went before it was ended.
    fn saw(&mut self, committed: &Committed) {
        let Some(branch) = self.conn.branch() else { return };
        if self.shown.anything && self.ctx.monotonic_reads() == MonotonicReads::On {
            let seen = Seen::new(branch.clone(), committed.inserted).with_below(committed.xmax);
            self.ctx.record_read(&self.source.inner().id, seen);
        }
        self.shown.anything = false;
    }

    /// What is known of where it stands, now that it is committed.
    fn position(&self, committed: &Committed) -> Option<Position> {
        let ticket = committed.ticket?;
        match (&committed.reached, self.conn.branch()) {
            (Some(reached), _) => {
                let position = reached.position(committed.durability);
                let offset = position.offset()?;
                Some(Position::ticketed(position.branch().clone(), ticket).with_offset(offset))
            }
            (None, Some(branch)) => Some(Position::ticketed(branch.clone(), ticket)),
            (None, None) => None,
        }
    }

    /// Counts an outcome that was lost, with whatever became of its server.
    pub(super) fn lost(&self, why: Error) -> Error {
        if why.is_commit_unknown() {
            self.source.inner().observer.commits_unknown.add();
            self.node.suspect(&why);
        }
        why
    }

    /// What `error` leaves of the connection: the server's word ends the batch, anything else the connection.
    pub(super) fn conn_after(&mut self, error: &sqlx::Error) {
        if !error::leaves_the_connection(error) {
            self.conn.give_up();
        }
    }
}

/// What the server said of a transaction it has committed.
struct Committed {
    /// `None` if it wrote nothing.
    ticket: Option<Ticket>,
    durability: Durability,
    /// The insert LSN, before it was committed.
    inserted: u64,
    /// Of the last snapshot in it.
    xmax: u64,
    /// Whether there was a transaction when the batch came.
    in_transaction: bool,
    /// `None` if the question failed.
    reached: Option<Reached>,
}

impl Committed {
    fn of(rows: &[PgRow], source: &Inner) -> Result<Self, sqlx::Error> {
        let Some(before) = rows.first() else {
            return Err(sqlx::Error::Protocol("a commit was answered by no row".into()));
        };
        let inserted = source.wal.normalise(before.try_get::<i64, _>(2)?.cast_unsigned());
        let id = before.try_get::<Option<i64>, _>(0)?;
        Ok(Self {
            ticket: id.map(|id| Ticket { id: id.cast_unsigned(), after: inserted }),
            durability: Durability::of(before.try_get(1)?),
            inserted,
            xmax: before.try_get::<i64, _>(4)?.cast_unsigned(),
            in_transaction: before.try_get(3)?,
            reached: rows.get(1).map(|row| Reached::of(row, source)).transpose()?,
        })
    }
}
