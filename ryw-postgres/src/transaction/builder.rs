//! Beginning a transaction: how it is isolated, and when its commit counts as done.
//!
//! Everything chosen here travels in BEGIN's own round trip: `BEGIN ISOLATION LEVEL …; SET LOCAL …` is one simple query.
//! The exception is [`recoverable`](TransactionBuilder::recoverable), which asks a question: sqlx counts a transaction as
//! begun only by a call that throws all rows away.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use ryw_core::{Context, Error};
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use sqlx_core::transaction::TransactionManager as _;

use super::{Manager, Retries, Shown, Transaction, WRITE, run};
use crate::cluster::PostgresSource;
use crate::error;
use crate::node::Node;
use crate::observe::Operation;
use crate::pool::Conn;

/// What a transaction sees of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Isolation {
    /// Each statement sees what was committed before it began.
    ReadCommitted,
    /// Every statement sees what was committed before the first.
    RepeatableRead,
    /// As if transactions ran one after the other. A standby cannot give it.
    Serializable,
}

impl Isolation {
    pub(super) const fn sql(self) -> &'static str {
        match self {
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        }
    }
}

/// What a commit waits for before it counts as done: PostgreSQL's `synchronous_commit`.
///
/// Whatever is chosen, the context sees the write: a capture uses the LSN that belongs to the choice
/// (`tests/tests/traps/asynchronous_commit.rs`). What is at stake is whether the write survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SynchronousCommit {
    /// Nothing: a crash of the server may lose it.
    Off,
    /// The primary's own disk.
    Local,
    /// The disks of the synchronous standbys too, where there are any.
    On,
    /// The memory of the synchronous standbys.
    RemoteWrite,
    /// Until it can be read on the synchronous standbys.
    RemoteApply,
}

impl SynchronousCommit {
    const fn sql(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Local => "local",
            Self::On => "on",
            Self::RemoteWrite => "remote_write",
            Self::RemoteApply => "remote_apply",
        }
    }
}

impl PostgresSource {
    /// Begins a transaction on the primary, whose position joins `ctx` when it commits.
    ///
    /// Short for [`transaction`](Self::transaction)`(ctx).begin()`.
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if the primary cannot be reached.
    ///
    /// # Cancel safety
    /// Dropping the future rolls back.
    pub async fn begin(&self, ctx: &Context) -> Result<Transaction, Error> {
        self.transaction(ctx).begin().await
    }

    /// A transaction on the primary, still to be begun, whose position joins `ctx` when it commits.
    ///
    /// ```no_run
    /// # async fn run(source: ryw_postgres::PostgresSource, ctx: ryw_core::Context) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    /// use ryw_postgres::{Isolation, Transaction, sqlx};
    ///
    /// let moved = source
    ///     .transaction(&ctx)
    ///     .isolation(Isolation::Serializable)
    ///     .retries(3)
    ///     .run(async |tx: &mut Transaction| -> Result<u64, sqlx_or_ryw::Error> {
    ///         let sql = "UPDATE favorites SET color_hex = '#0000ff' WHERE color_hex = '#ff0000'";
    ///         Ok(sqlx::query(sql).execute(&mut **tx).await?.rows_affected())
    ///     })
    ///     .await?;
    /// println!("{} at {:?}", *moved, moved.position());
    /// # Ok(()) }
    /// # mod sqlx_or_ryw {
    /// #     #[derive(Debug)] pub enum Error { Sqlx(sqlx::Error), Ryw(ryw_core::Error) }
    /// #     use ryw_postgres::sqlx;
    /// #     impl From<sqlx::Error> for Error { fn from(error: sqlx::Error) -> Self { Self::Sqlx(error) } }
    /// #     impl From<ryw_core::Error> for Error { fn from(error: ryw_core::Error) -> Self { Self::Ryw(error) } }
    /// #     impl std::fmt::Display for Error { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("failed") } }
    /// #     impl std::error::Error for Error {
    /// #         fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
    /// #             Some(match self { Self::Sqlx(error) => error, Self::Ryw(error) => error })
    /// #         }
    /// #     }
    /// # }
    /// ```
    pub fn transaction(&self, ctx: &Context) -> TransactionBuilder {
        TransactionBuilder {
            source: self.clone(),
            ctx: ctx.clone(),
            isolation: None,
            synchronous_commit: None,
            recoverable: false,
        }
    }
}

/// A transaction still to be begun; made by [`PostgresSource::transaction`].
#[derive(Clone)]
#[must_use = "nothing is begun before `begin` or `run`"]
pub struct TransactionBuilder {
    source: PostgresSource,
    ctx: Context,
    isolation: Option<Isolation>,
    synchronous_commit: Option<SynchronousCommit>,
    recoverable: bool,
}

impl TransactionBuilder {
    /// What it sees of others; the session's default if not said.
    pub fn isolation(self, isolation: Isolation) -> Self {
        Self { isolation: Some(isolation), ..self }
    }

    /// What its commit waits for; the session's default if not said.
    pub fn synchronous_commit(self, synchronous_commit: SynchronousCommit) -> Self {
        Self { synchronous_commit: Some(synchronous_commit), ..self }
    }

    /// Learns the transaction's [id](Transaction::id) when it begins, so that a commit whose answer is lost can be looked
    /// up with [`PostgresSource::outcome`]. Costs one round trip, and a transaction id even if nothing is written.
    pub fn recoverable(self) -> Self {
        Self { recoverable: true, ..self }
    }

    /// Lets [`run`](Retries::run) repeat the work up to `times` times if the database breaks the transaction off because of
    /// others: a serialization failure or a deadlock.
    pub fn retries(self, times: u32) -> Retries {
        Retries::new(self, times)
    }

    /// Begins it.
    ///
    /// A connection that turns out to be dead is replaced: nothing was done yet.
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if the primary cannot be reached; [database](Error::is_database), if it
    /// refuses a setting.
    ///
    /// # Cancel safety
    /// Dropping the future rolls back.
    pub async fn begin(self) -> Result<Transaction, Error> {
        let operation = Operation::transaction(self.source.inner());
        let beginning = pin!(self.begin_as(&operation));
        operation.watch(beginning).await
    }

    async fn begin_as(&self, operation: &Operation) -> Result<Transaction, Error> {
        let topology = &self.source.inner().topology;
        topology.tend();
        let mut tries = topology.primary().max_connections();
        loop {
            let (mut conn, node) = topology.connect().await?;
            let why = match topology.while_led(&node, self.begin_on(&mut conn)).await {
                Ok(()) => return self.begun(conn, node, operation).await,
                Err(why) => why,
            };
            if !why.is_unavailable() {
                return Err(why);
            }
            conn.give_up();
            node.suspect(&why);
            if tries == 0 {
                return Err(why);
            }
            tries -= 1;
        }
    }

    /// Begins it, runs `work` in it, commits if that returns `Ok` and rolls back if it returns `Err`.
    ///
    /// The work runs once, whatever happens; see [`retries`](Self::retries). The future is `Send` if that of the work is,
    /// so that a spawned handler can use it (`tests/tests/transactions/closures.rs`).
    ///
    /// # Errors
    /// The work's own, after the transaction was rolled back. Else those of [`begin`](Self::begin) and
    /// [`commit`](Transaction::commit), as the work's error.
    ///
    /// # Cancel safety
    /// Dropping the future rolls back, unless it was committing: then the transaction may be committed, and the context
    /// reads from the primary.
    pub async fn run<T, E, F>(self, work: F) -> Result<ryw_core::Written<T>, E>
    where
        F: AsyncFnOnce(&mut Transaction) -> Result<T, E>,
        E: From<Error>,
    {
        run::once(self, work).await.map_err(run::Failure::into_error)
    }

    async fn begin_on(&self, conn: &mut Conn) -> Result<(), Error> {
        conn.open();
        Manager::begin(conn, Some(self.statement()))
            .await
            .map_err(|error| error::read_failed(error, "begin a transaction".into()))
    }

    async fn begun(&self, conn: Conn, node: Arc<Node>, operation: &Operation) -> Result<Transaction, Error> {
        operation.routed(&node, WRITE);
        let mut tx = Transaction {
            source: self.source.clone(),
            ctx: self.ctx.clone(),
            conn,
            node,
            operation: operation.clone(),
            ticket: None,
            id: None,
            outlived: false,
            shown: Shown { source: self.source.clone(), ctx: self.ctx.clone(), anything: false },
        };
        if self.recoverable {
            tx.id().await?;
        }
        Ok(tx)
    }

    fn statement(&self) -> SqlStr {
        if self.isolation.is_none() && self.synchronous_commit.is_none() {
            return "BEGIN".into_sql_str();
        }
        let level = self.isolation.map(|level| format!(" ISOLATION LEVEL {}", level.sql()));
        let commit =
            self.synchronous_commit.map(|to| format!("; SET LOCAL synchronous_commit = {}", to.sql()));
        let sql = format!("BEGIN{}{}", level.unwrap_or_default(), commit.unwrap_or_default());
        AssertSqlSafe(sql).into_sql_str()
    }
}

impl fmt::Debug for TransactionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionBuilder")
            .field("source", &self.source.inner().id)
            .field("isolation", &self.isolation)
            .field("synchronous_commit", &self.synchronous_commit)
            .field("recoverable", &self.recoverable)
            .finish()
    }
}
