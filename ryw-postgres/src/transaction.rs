//! Transactions of the user's own.
//!
//! A transaction has no position until it is committed, and then one with both witnesses, which come in COMMIT's own round
//! trip ([`commit`]). Until then nothing of it is in its context; from the moment that COMMIT is sent until its answer is
//! there, the context counts as unknown.
//!
//! What is read in it counts for monotonic reads like any read. A commit covers it, also of a transaction that wrote
//! nothing; after a rollback the context is unknown, which one read on the primary settles
//! (`tests/tests/transactions/monotonic.rs`).
//!
//! # Cancel safety
//!
//! A future dropped at any point neither hides a committed write nor spoils a connection (`tests/tests/transactions/
//! dropped.rs`):
//!
//! * before COMMIT was sent, all is rolled back, beside whoever dropped it, before the connection is used again;
//! * from then on the context reads from the primary;
//! * a savepoint whose future was dropped takes the whole transaction with it. sqlx then runs what follows in
//!   transactions of their own, without a word. Here that is noticed: the context becomes unknown at the first such
//!   statement, and `commit` fails.

mod builder;
mod commit;
mod ending;
mod id;
mod outcome;
mod prepare;
mod read_only;
mod run;
mod savepoint;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use ryw_core::{Context, Error, Frontier, MonotonicReads, Reason, Route, Routed, Ticket};
use sqlx::postgres::PgRow;
use sqlx::{Database, PgConnection, Postgres};
use sqlx_core::transaction::TransactionManager as _;

pub use self::builder::{Isolation, SynchronousCommit, TransactionBuilder};
pub use self::id::TransactionId;
pub use self::outcome::Outcome;
pub use self::prepare::Prepared;
pub use self::read_only::{ReadTransaction, ReadTransactionBuilder};
pub use self::run::{Retries, is_serialization_failure};
pub use self::savepoint::Savepoint;

use crate::cluster::PostgresSource;
use crate::error;
use crate::node::Node;
use crate::observe::Operation;
use crate::pending::Pending;
use crate::pool::Conn;
use crate::read::Statement;
use crate::topology::Topology;
use crate::witness::Witness;

/// Where it runs, and why there.
const WRITE: Routed = Routed { route: Route::Primary, reason: Reason::Write };
/// How deep a transaction without savepoints is.
const OUTERMOST: usize = 1;

type Manager = <Postgres as Database>::TransactionManager;

/// A transaction on the primary; made by [`PostgresSource::begin`] and [`PostgresSource::transaction`].
///
/// Derefs to [`PgConnection`], so `&mut *tx` is an sqlx executor. Generated repositories write through it with their `_in`
/// methods. Those return plain rows: inside a transaction there is no position yet, it exists only after
/// [`commit`](Self::commit). [`savepoint`](Self::savepoint) makes part of it undoable; so does sqlx's own `begin` on it.
///
/// Do not end it by a statement of your own (`COMMIT`, `ROLLBACK`). It is noticed, if only when it is too late to know
/// what was committed.
///
/// Dropping it rolls back. What was read in it, and not committed, may have been newer than what a replica has: the context
/// then reads from the primary once, unless its reads need not be monotonic.
#[must_use = "dropping a transaction rolls it back"]
pub struct Transaction {
    source: PostgresSource,
    ctx: Context,
    /// Given back when what is open on it is rolled back.
    conn: Conn,
    /// The server it runs on, which was the primary when it began.
    node: Arc<Node>,
    operation: Operation,
    /// What a generated write said of the transaction, the first to say anything.
    ticket: Option<Ticket>,
    /// Known if it was asked for.
    id: Option<TransactionId>,
    /// Whether statements were handed to it after it was over.
    outlived: bool,
    shown: Shown,
}

/// What a transaction may have shown of others' writes, while nothing says how far that went.
///
/// The position of a commit covers it. Without one, be it rolled back or dropped, the context becomes unknown: a read that
/// follows would otherwise be free to go back behind what was seen in the transaction.
struct Shown {
    source: PostgresSource,
    ctx: Context,
    anything: bool,
}

impl Drop for Shown {
    fn drop(&mut self) {
        if self.anything && self.ctx.monotonic_reads() == MonotonicReads::On {
            self.ctx.join(&self.source.inner().id, &Frontier::unknown());
        }
    }
}

impl Transaction {
    /// Rolls back and gives the connection back at once.
    ///
    /// # Errors
    /// * [Unavailable](Error::is_unavailable), if the connection was lost; the server then rolls back by itself.
    /// * [Commit unknown](Error::is_commit_unknown), if statements were run on it after it was over (see
    ///   [`commit`](Self::commit)).
    ///
    /// # Cancel safety
    /// Dropping the future rolls back.
    pub async fn rollback(mut self) -> Result<(), Error> {
        if self.outlived {
            return Err(outlived());
        }
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

    /// A generated statement in it, as an operation of its own.
    pub(crate) fn statement(&self, statement: &Statement<'_>) -> Operation {
        let operation = self.operation.inner(self.source.inner(), statement);
        operation.routed(&self.node, WRITE);
        operation
    }

    /// The server that it runs on, and who knows whether that still leads.
    pub(crate) fn led_by(&self) -> (Arc<Topology>, Arc<Node>) {
        (Arc::clone(&self.source.inner().topology), Arc::clone(&self.node))
    }

    /// Adds the columns of the constraint to an error of one of its statements, or of its end.
    pub(crate) async fn explain(&self, why: Error) -> Error {
        Box::pin(self.source.inner().constraints.explain_elsewhere(why, &self.node)).await
    }

    /// Takes in what a generated write returned.
    pub(crate) fn heard(&mut self, rows: &[PgRow]) {
        if self.ticket.is_none() {
            let witness = rows.last().map(|row| Witness::of(row, self.source.inner().wal));
            self.ticket = witness.and_then(Result::ok).map(Witness::ticket);
        }
    }

    /// Makes sure that `operation` finds it open, and no savepoint in it.
    fn expect_open(&self, operation: &str) -> Result<(), Error> {
        if self.outlived {
            return Err(outlived());
        }
        if Manager::get_transaction_depth(&self.conn) == OUTERMOST {
            return Ok(());
        }
        Err(Error::database(format!(
            "{operation} a transaction that is not open any more, or has a savepoint open"
        )))
    }

    /// Makes sure that `operation` finds it open.
    fn expect_begun(&self, operation: &str) -> Result<(), Error> {
        if Manager::get_transaction_depth(&self.conn) > 0 {
            return Ok(());
        }
        Err(Error::database(format!("{operation} a transaction that is not open any more")))
    }

    /// It is over, for a `begin` on it was dropped, and yet somebody is about to use it: what is sent now commits by itself.
    #[cold]
    fn outlive(&mut self) {
        if !self.outlived {
            self.outlived = true;
            drop(Pending::begin(self.source.inner(), &self.ctx));
        }
    }
}

fn outlived() -> Error {
    Error::commit_unknown().with_source(
        "the transaction was over, for it was ended by a statement or a savepoint of it was dropped while it was made; \
         statements that followed were committed one by one",
    )
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.conn
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        if Manager::get_transaction_depth(&self.conn) == 0 {
            self.outlive();
        }
        self.shown.anything = true;
        &mut self.conn
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("source", &self.source.inner().id).finish_non_exhaustive()
    }
}
