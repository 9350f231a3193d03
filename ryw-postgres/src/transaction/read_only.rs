//! Transactions that only read, on a replica that holds everything its context must be able to see.
//!
//! The gate comes *before* `BEGIN`, on the same connection: whatever snapshot the transaction then takes is later than the
//! proof, so this holds for READ COMMITTED and REPEATABLE READ alike. A gate by LSN inside a REPEATABLE READ transaction
//! would freeze the snapshot and then open on it (`tests/tests/traps/repeatable_read.rs`). Rejected: the exact verdict
//! inside the snapshot, which is as right but always costs a round trip, and where it says no the transaction has to be
//! begun again; before `BEGIN` a replica known to have caught up is not asked at all. Behind a balancer, where only a
//! transaction holds on to a server, the gate runs in one, and the step from that to the next is a single message.
//!
//! A standby cannot give SERIALIZABLE, so such a transaction runs on the primary.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;

use ryw_core::{Context, Error, Frontier, MonotonicReads, Place, Routed};
use sqlx::{AssertSqlSafe, PgConnection, Row as _, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;

use super::ending::{self, Answers};
use super::{Isolation, Manager, OUTERMOST};
use crate::cluster::PostgresSource;
use crate::error;
use crate::facts::{Facts, Form};
use crate::observe::Operation;
use crate::record::record;
use crate::search::{Lease, Search, role_changed};

impl PostgresSource {
    /// A transaction that only reads, still to be begun, on a server that holds everything `ctx` must be able to see.
    ///
    /// ```no_run
    /// # async fn report(source: ryw_postgres::PostgresSource, ctx: ryw_core::Context) -> Result<(), Box<dyn std::error::Error>> {
    /// use ryw_postgres::{Isolation, sqlx};
    ///
    /// let mut tx = source.read_transaction(&ctx).isolation(Isolation::RepeatableRead).begin().await?;
    /// let users: i64 = sqlx::query_scalar("SELECT count(*) FROM favorites").fetch_one(&mut *tx).await?;
    /// let colors: i64 =
    ///     sqlx::query_scalar("SELECT count(DISTINCT color_hex) FROM favorites").fetch_one(&mut *tx).await?;
    /// tx.finish().await?;
    /// # let _ = (users, colors); Ok(()) }
    /// ```
    pub fn read_transaction(&self, ctx: &Context) -> ReadTransactionBuilder {
        ReadTransactionBuilder {
            source: self.clone(),
            ctx: ctx.clone(),
            isolation: Isolation::ReadCommitted,
            deferrable: false,
        }
    }
}

/// A reading transaction still to be begun; made by [`PostgresSource::read_transaction`].
#[derive(Clone)]
#[must_use = "nothing is begun before `begin`"]
pub struct ReadTransactionBuilder {
    source: PostgresSource,
    ctx: Context,
    isolation: Isolation,
    deferrable: bool,
}

/// A transaction that only reads; made by [`ReadTransactionBuilder::begin`].
///
/// Derefs to [`PgConnection`], so `&mut *tx` is an sqlx executor. The server refuses to write in it.
///
/// A statement that fails on a replica is not repeated elsewhere, for those before it were not either:
/// [`failed`](Self::failed) says whether the transaction is worth another try.
///
/// Dropping it without [`finish`](Self::finish) ends it, and loses how far it may have seen: a context whose reads are
/// monotonic then counts as unknown, and its next read goes to the primary.
#[must_use = "end it with `finish`, so that later reads do not go behind it"]
pub struct ReadTransaction {
    source: PostgresSource,
    ctx: Context,
    before: Arc<Frontier>,
    lease: Lease,
    place: Option<Place>,
    /// Whether what may have been seen is not recorded yet.
    open: bool,
    operation: Operation,
}

impl ReadTransactionBuilder {
    /// What it sees of others; [`ReadCommitted`](Isolation::ReadCommitted) if not said.
    /// [`Serializable`](Isolation::Serializable) runs on the primary.
    pub fn isolation(self, isolation: Isolation) -> Self {
        Self { isolation, ..self }
    }

    /// [Serializable](Isolation::Serializable), and rather waiting for a safe moment at the beginning than failing, or
    /// making others fail, later: `SERIALIZABLE READ ONLY DEFERRABLE`.
    pub fn deferrable(self) -> Self {
        Self { isolation: Isolation::Serializable, deferrable: true, ..self }
    }

    /// Begins it: on a replica that has caught up, else on the primary, as any read.
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if no server can be reached; [overloaded](Error::is_overloaded), if no replica
    /// will do and too many such reads are on the primary already.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn begin(self) -> Result<ReadTransaction, Error> {
        let ctx = match self.isolation {
            Isolation::ReadCommitted | Isolation::RepeatableRead => self.ctx.clone(),
            Isolation::Serializable => self.ctx.strong(),
        };
        let operation = Operation::reads(self.source.inner());
        let beginning = pin!(self.begin_as(&ctx, &operation));
        operation.watch(beginning).await
    }

    async fn begin_as(&self, ctx: &Context, operation: &Operation) -> Result<ReadTransaction, Error> {
        let mut search = Search::begin(self.source.inner(), ctx).await?;
        loop {
            let mut lease = search.lease().await?;
            let place = lease.node.place();
            match self.begin_on(&mut lease).await {
                Ok(()) => {
                    operation.routed(&lease.node, lease.routed);
                    let (source, ctx, operation) = (self.source.clone(), self.ctx.clone(), operation.clone());
                    let before = search.before;
                    return Ok(ReadTransaction { source, ctx, before, lease, place, open: true, operation });
                }
                Err(why) if search.failed(&mut lease, &why) => {}
                Err(why) => return Err(why),
            }
        }
    }

    async fn begin_on(&self, lease: &mut Lease) -> Result<(), Error> {
        if lease.is_pinned && self.isolation == Isolation::ReadCommitted {
            // It is in such a transaction.
            return Ok(());
        }
        let deferrable = if self.deferrable { " DEFERRABLE" } else { "" };
        let begin = format!("BEGIN ISOLATION LEVEL {} READ ONLY{deferrable}", self.isolation.sql());
        lease.conn.open();
        let begun = if lease.is_pinned {
            let next = AssertSqlSafe(format!("COMMIT; {begin}"));
            sqlx::raw_sql(next).execute(&mut *lease.conn).await.map(drop)
        } else {
            Manager::begin(&mut lease.conn, Some(AssertSqlSafe(begin).into_sql_str())).await
        };
        begun.map_err(|error| error::read_failed(error, "begin a reading transaction".into()))
    }
}

impl ReadTransaction {
    /// Where it runs, and why there.
    #[must_use]
    pub const fn routed(&self) -> Routed {
        self.lease.routed
    }

    /// Ends it, and records in the context how far it may have seen, which makes later reads monotonic. One round trip.
    ///
    /// # Errors
    /// * [Database](Error::is_database), if one of its statements had failed (that statement's error says why: see
    ///   [`failed`](Self::failed)), or it was ended by one; or, [retryable](Error::is_retryable), if under SERIALIZABLE what
    ///   it has read cannot be had in any order of transactions. Do not trust what was read.
    /// * [Unavailable](Error::is_unavailable), if the connection was lost or the server changed its role meanwhile; do not
    ///   trust what was read.
    ///
    /// The context is then as after dropping.
    ///
    /// # Cancel safety
    /// Dropping the future is like dropping the transaction without `finish`.
    pub async fn finish(self) -> Result<(), Error> {
        let operation = self.operation.clone();
        let ending = pin!(self.end());
        operation.watch(ending).await
    }

    async fn end(mut self) -> Result<(), Error> {
        /// The second statement ends it, as everywhere.
        const HERE: &str = concat!(
            "SELECT now() <> statement_timestamp(), * FROM ",
            crate::__facts!("'{}'"),
            " AS facts; COMMIT; BEGIN"
        );
        const ANYWHERE: &str = concat!(
            "SELECT now() <> statement_timestamp(), * FROM ",
            crate::__facts!("'{0}'"),
            " AS facts; COMMIT; BEGIN"
        );
        if Manager::get_transaction_depth(&self.lease.conn) != OUTERMOST {
            return Err(Error::database(
                "finish a reading transaction that is not open any more, or has a savepoint open",
            ));
        }
        let sql = if self.lease.branch.is_some() { HERE } else { ANYWHERE };
        let mut answers = Answers::default();
        if let Err(error) = answers.hear(&mut self.lease.conn, self.source.inner().statements.text(sql)).await
        {
            return Err(self.failed(error));
        }
        let failed = |error| error::read_failed(error, "ask how far a transaction has seen".into());
        let row = answers.rows.first().ok_or(sqlx::Error::RowNotFound).map_err(failed)?;
        let facts = Facts::of(row, Form::Full).map_err(failed)?;
        let in_transaction: bool = row.try_get(0).map_err(failed)?;
        ending::leave(&mut self.lease.conn).await;
        if !self.lease.is_still_itself(&facts) {
            return Err(role_changed(&mut self.lease));
        }
        if !in_transaction {
            return Err(Error::database("finish a reading transaction that a statement had ended"));
        }
        self.open = false;
        record(self.source.inner(), &self.ctx, &self.before, &self.lease, &facts, self.place);
        Ok(())
    }

    /// What a failed statement of it means.
    ///
    /// [Retryable](Error::is_retryable), if the same transaction may succeed when it is begun anew: a conflict with
    /// recovery, a shutdown or a lost connection, a serialization failure. In the middle two cases the server is left
    /// alone until it answers again.
    pub fn failed(&mut self, error: sqlx::Error) -> Error {
        let elsewhere = error::may_succeed_elsewhere(&error);
        let why = error::read_failed(error, format!("read on {}", self.lease.routed.route));
        if why.is_unavailable() {
            self.lease.conn.give_up();
            self.lease.node.suspect(&why);
        }
        if elsewhere { why.passing() } else { why }
    }
}

impl Drop for ReadTransaction {
    fn drop(&mut self) {
        if self.open && self.ctx.monotonic_reads() == MonotonicReads::On {
            self.ctx.join(&self.source.inner().id, &Frontier::unknown());
        }
    }
}

impl Deref for ReadTransaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.lease.conn
    }
}

impl DerefMut for ReadTransaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        if Manager::get_transaction_depth(&self.lease.conn) == 0 {
            // A `begin` on it was dropped, which has ended it: what follows may even write.
            self.ctx.join(&self.source.inner().id, &Frontier::unknown());
        }
        &mut self.lease.conn
    }
}

impl fmt::Debug for ReadTransactionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadTransactionBuilder")
            .field("source", &self.source.inner().id)
            .field("isolation", &self.isolation)
            .field("deferrable", &self.deferrable)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ReadTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadTransaction").field("lease", &self.lease).finish_non_exhaustive()
    }
}
