//! Transactions of the user's own.

use std::fmt;
use std::ops::{Deref, DerefMut};

use ryw_core::{Context, Error, Position, Reason, Route, Routed, Written};
use sqlx::pool::PoolConnection;
use sqlx::{Database, PgConnection, Postgres};
// The one thing that the facade does not export; it keeps the depth of nested transactions right.
use sqlx_core::transaction::TransactionManager;

use crate::capture::{self, Durability};
use crate::cluster::PostgresSource;
use crate::error;
use crate::pending::Pending;
use crate::write;

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
        self.inner().primary.probe_if_due();
        let conn = self.inner().primary.acquire().await?;
        let mut tx = Transaction { source: self.clone(), ctx: ctx.clone(), conn, state: State::Beginning };
        Manager::begin(&mut tx.conn, None)
            .await
            .map_err(|error| error::read_failed(error, "begin a transaction".into()))?;
        tx.state = State::Open;
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
    conn: PoolConnection<Postgres>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// `BEGIN` may have reached the server.
    Beginning,
    Open,
    Over,
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
        // Asked before the commit, because it may have been changed for this transaction alone. Fails in a failed
        // transaction, whose COMMIT the server would answer with a quiet ROLLBACK.
        let durability = match capture::durability(&mut self.conn).await {
            Ok(durability) => durability,
            Err(error) => return Err(error::read_failed(error, operation())),
        };
        let source = self.source.clone();
        let ctx = self.ctx.clone();
        let pending = Pending::begin(source.inner(), &ctx);
        if let Err(error) = Manager::commit(&mut self.conn).await {
            if error::did_nothing(&error) {
                pending.nothing_done();
            }
            return Err(error::write_failed(error, operation()));
        }
        self.state = State::Over;
        source.inner().counts.record(Routed { route: Route::Primary, reason: Reason::Write });
        let captured = self.capture(durability).await;
        Ok(Written::new((), write::settle(source.inner(), pending, captured)))
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
        self.state = State::Over;
        Ok(())
    }

    async fn capture(&mut self, durability: Durability) -> Option<Result<Position, Error>> {
        if !self.source.inner().captures() {
            return None;
        }
        Some(capture::after_commit(&mut self.conn, self.source.inner(), durability).await)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        match self.state {
            State::Over => {}
            // Queued, and sent before the connection is used again.
            State::Open if Manager::get_transaction_depth(&self.conn) == OUTERMOST => {
                Manager::start_rollback(&mut self.conn);
            }
            // sqlx's own bookkeeping would leave it open: a `begin`, or a savepoint, was dropped under way.
            State::Open | State::Beginning => self.conn.close_on_drop(),
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
