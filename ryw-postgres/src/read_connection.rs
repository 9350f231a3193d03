//! Reads of the user's own, with the same guarantee.

use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;

use ryw_core::{Context, Error, Frontier, MonotonicReads, Place, Routed};
use sqlx::{Database, PgConnection, Postgres};
use sqlx_core::transaction::TransactionManager as _;

use crate::cluster::PostgresSource;
use crate::error;
use crate::facts::Facts;
use crate::observe::Operation;
use crate::record::record;
use crate::search::{Lease, Search, role_changed};

/// How deep a transaction is that only holds on to a server behind a balancer.
const PINNED: usize = 1;

type Manager = <Postgres as Database>::TransactionManager;

impl PostgresSource {
    /// A connection for reads of your own, to a server that holds everything `ctx` must be able to see.
    ///
    /// Run any number of reading statements on it, then call [`finish`](ReadConnection::finish). Statements that fail on
    /// a replica are not repeated elsewhere: start again with a new connection. Do not write through it: a write has no
    /// position here; use [`begin`](Self::begin).
    ///
    /// ```no_run
    /// # async fn count(source: ryw_postgres::PostgresSource, ctx: ryw_core::Context) -> Result<(), Box<dyn std::error::Error>> {
    /// use ryw_postgres::sqlx;
    ///
    /// let mut conn = source.read(&ctx).await?;
    /// let reds: i64 = sqlx::query_scalar("SELECT count(*) FROM favorites WHERE color_hex = $1")
    ///     .bind("#ff0000")
    ///     .fetch_one(&mut *conn)
    ///     .await?;
    /// conn.finish().await?;
    /// # let _ = reds; Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if no server can be reached.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn read(&self, ctx: &Context) -> Result<ReadConnection, Error> {
        let operation = Operation::reads(self.inner());
        let searching = pin!(async {
            let mut search = Search::begin(self.inner(), ctx).await?;
            Ok((search.lease().await?, search.before))
        });
        let (mut lease, before) = operation.watch(searching).await?;
        operation.routed(&lease.node, lease.routed);
        let place = lease.node.place();
        // Whatever is left on it when it is dropped is not ours to end.
        lease.conn.give_up();
        Ok(ReadConnection {
            source: self.clone(),
            ctx: ctx.clone(),
            before,
            lease,
            place,
            open: true,
            operation,
        })
    }
}

/// A connection to a server that holds everything its context must be able to see; made by [`PostgresSource::read`].
///
/// Derefs to [`PgConnection`], so `&mut *conn` is an sqlx executor.
///
/// Dropping it without [`finish`](Self::finish) loses how far the reads may have seen. If the context's reads are
/// monotonic it then counts as unknown to this source, and its next read goes to the primary. The connection is closed,
/// for a transaction may be open on it.
#[derive(Debug)]
pub struct ReadConnection {
    source: PostgresSource,
    ctx: Context,
    before: Arc<Frontier>,
    lease: Lease,
    place: Option<Place>,
    /// Whether what may have been seen is not recorded yet.
    open: bool,
    operation: Operation,
}

impl ReadConnection {
    /// Where the reads run, and why there.
    #[must_use]
    pub const fn routed(&self) -> Routed {
        self.lease.routed
    }

    /// Records in the context how far the reads may have seen, which makes later reads monotonic.
    ///
    /// A transaction of yours should be over by then; if it is not, the connection is closed.
    ///
    /// # Errors
    /// [Unavailable](Error::is_unavailable), if the connection was lost or the server changed its role meanwhile; do not
    /// trust what was read. The context is then as after dropping.
    ///
    /// # Cancel safety
    /// Dropping the future is like dropping the connection without `finish`.
    pub async fn finish(self) -> Result<(), Error> {
        let operation = self.operation.clone();
        let ending = pin!(self.end());
        operation.watch(ending).await
    }

    async fn end(mut self) -> Result<(), Error> {
        let failed = |error| error::read_failed(error, "ask how far the read has seen".into());
        let branch = self.lease.branch.clone();
        let asking =
            Facts::ask_and_look(&mut self.lease.conn, &self.source.inner().statements, branch.as_ref());
        let (facts, mut in_transaction) = asking.await.map_err(failed)?;
        if self.lease.is_pinned && Manager::get_transaction_depth(&self.lease.conn) == PINNED {
            Manager::commit(&mut self.lease.conn).await.map_err(failed)?;
            in_transaction = false;
        }
        if !in_transaction {
            self.lease.conn.restore();
        }
        if !self.lease.is_still_itself(&facts) {
            return Err(role_changed(&mut self.lease));
        }
        self.open = false;
        record(self.source.inner(), &self.ctx, &self.before, &self.lease, &facts, self.place);
        Ok(())
    }
}

impl Drop for ReadConnection {
    fn drop(&mut self) {
        if self.open && self.ctx.monotonic_reads() == MonotonicReads::On {
            self.ctx.join(&self.source.inner().id, &Frontier::unknown());
        }
    }
}

impl Deref for ReadConnection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.lease.conn
    }
}

impl DerefMut for ReadConnection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.lease.conn
    }
}
