//! Transactions of the user's own.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Instant;

use ryw_core::{Context, Error, Position, Reason, Route, Routed, Ticket, Written};
use sqlx::postgres::PgRow;
use sqlx::{Database, PgConnection, Postgres, Row};
use sqlx_core::transaction::TransactionManager;

use crate::capture::{Durability, Reached, reached};
use crate::cluster::PostgresSource;
use crate::error;
use crate::inner::Inner;
use crate::pending::Pending;
use crate::pool::Conn;

/// How deep a transaction without savepoints is.
const OUTERMOST: usize = 1;

type Manager = <Postgres as Database>::TransactionManager;

impl PostgresSource {
    /// Begins a transaction on the primary, whose position joins `ctx` when it commits.
    ///
    /// The isolation level is the session's default; set another with `SET TRANSACTION` as the first statement.
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if the primary cannot be reached.
    ///
    /// # Cancel safety
    /// Dropping the future rolls back.
    pub async fn begin(&self, ctx: &Context) -> Result<Transaction, Error> {
        self.inner().topology.tend();
        let (mut conn, _) = self.inner().topology.connect().await?;
        conn.open();
        let mut tx = Transaction { source: self.clone(), ctx: ctx.clone(), conn };
        Manager::begin(&mut tx.conn, None)
            .await
            .map_err(|error| error::read_failed(error, "begin a transaction".into()))?;
        Ok(tx)
    }
}

/// A transaction on the primary; made by [`PostgresSource::begin`].
///
/// Derefs to [`PgConnection`], so `&mut *tx` is an sqlx executor, and sqlx's own `begin` on it makes a savepoint.
/// Generated repositories write through it with their `_in` methods. Those return plain rows: inside a transaction there
/// is no position yet, it exists only after [`commit`](Self::commit).
///
/// Dropping it rolls back.
pub struct Transaction {
    source: PostgresSource,
    ctx: Context,
    /// Given back when what is open on it is rolled back.
    conn: Conn,
}

impl Transaction {
    /// Commits, and joins the transaction's position into its context.
    ///
    /// # Errors
    /// * [Database](Error::is_database) or [conflict](Error::is_conflict): the server refused, also because an earlier
    ///   statement had failed, or a savepoint's future was dropped under way; the transaction was rolled back.
    /// * [Commit unknown](Error::is_commit_unknown): the connection was lost before the answer came. The context
    ///   reads from the primary from now on.
    ///
    /// # Cancel safety
    /// Once polled, the transaction may be committed even if the future is dropped. The context then reads from the
    /// primary, so a write that happened is not lost from sight.
    pub async fn commit(mut self) -> Result<Written<()>, Error> {
        let operation = || "commit a transaction".to_owned();
        if Manager::get_transaction_depth(&self.conn) != OUTERMOST {
            return Err(Error::database(
                "commit a transaction that is not open any more, or has a savepoint open",
            ));
        }
        let source = self.source.clone();
        let ctx = self.ctx.clone();
        let pending = Pending::begin(source.inner(), &ctx);
        let asked_at = Instant::now();
        let rows = match sqlx::raw_sql(COMMIT).fetch_all(&mut *self.conn).await {
            Ok(rows) => rows,
            Err(error) => {
                if error::did_nothing(&error) {
                    pending.nothing_done();
                } else {
                    self.conn.give_up();
                }
                return Err(error::write_failed(error, operation()));
            }
        };
        source.inner().counts.record(Routed { route: Route::Primary, reason: Reason::Write });
        // What is open now is the empty transaction that keeps sqlx's count right; it ends beside the caller.
        drop(self);
        let position = match Committed::of(&rows, source.inner()) {
            Ok(Some(committed)) => {
                committed.reached.note(source.inner(), asked_at);
                committed.position()
            }
            Ok(None) => {
                pending.nothing_done();
                return Ok(Written::new((), None));
            }
            Err(error) => {
                tracing::warn!(source = %source.inner().id, %error, "a transaction was committed but its position could not be learnt");
                return Ok(Written::new((), None));
            }
        };
        pending.settle(position.clone());
        Ok(Written::new((), Some(position)))
    }

    /// Rolls back and gives the connection back at once.
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if the connection was lost; the server then rolls back by itself.
    ///
    /// # Cancel safety
    /// Dropping the future rolls back.
    pub async fn rollback(mut self) -> Result<(), Error> {
        if Manager::get_transaction_depth(&self.conn) != OUTERMOST {
            // Closing the connection rolls back all there is.
            return Ok(());
        }
        Manager::rollback(&mut self.conn)
            .await
            .map_err(|error| error::read_failed(error, "roll back a transaction".into()))?;
        self.conn.restore();
        Ok(())
    }
}

/// Commits, and says of the transaction which it was and where its commit record lies: one message, one round trip.
///
/// Its id and `synchronous_commit` are asked before, for both end with it; that also fails in a failed transaction, whose
/// `COMMIT` the server would answer with a quiet `ROLLBACK`. The LSN is asked after. The `BEGIN` at the end is for sqlx,
/// which counts transactions by the calls made to it: what it has seen begin it must see end.
const COMMIT: &str = concat!(
    "SELECT pg_current_xact_id_if_assigned()::text::int8, current_setting('synchronous_commit') = 'off'; COMMIT; SELECT ",
    reached!(),
    "; BEGIN"
);

/// What the server said of a transaction it has committed.
struct Committed {
    id: u64,
    durability: Durability,
    reached: Reached,
}

impl Committed {
    /// `None` if it wrote nothing.
    fn of(rows: &[PgRow], source: &Inner) -> Result<Option<Self>, sqlx::Error> {
        let [before, after] = rows else {
            return Err(sqlx::Error::Protocol(
                "a commit was answered by another number of rows than asked".into(),
            ));
        };
        let Some(id) = before.try_get::<Option<i64>, _>(0)? else { return Ok(None) };
        let durability = Durability::of(before.try_get(1)?);
        Ok(Some(Self { id: id.cast_unsigned(), durability, reached: Reached::of(after, source)? }))
    }

    fn position(&self) -> Position {
        let position = self.reached.position(self.durability);
        let ticket = Ticket { id: self.id, after: 0 };
        match position.offset() {
            Some(offset) => Position::ticketed(position.branch().clone(), ticket).with_offset(offset),
            None => position,
        }
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.conn
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.conn
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("source", &self.source.inner().id).finish_non_exhaustive()
    }
}
