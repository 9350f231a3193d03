//! Contexts of users, kept in the database that they speak of.
//!
//! A table on whichever server takes the writes, so that no other system is needed, and so that it survives a failover as
//! the rows do. Each save is a row written, and each restore a read on the primary: that is the price against a store in
//! memory, and it is small beside a write, and large beside a read that a replica could have served.
//!
//! One statement each, judged by the row as it is when it is locked: of two that would replace the same bytes the second
//! finds others.
//!
//! Not promised: what a failover loses of acknowledged writes it may lose of contexts too, and then of a context whose rows
//! have survived. One that was stored before the failover has positions of the old timeline, which send its user to the
//! primary once; a user of whom nothing was stored then may for a moment miss on a lagging replica what the last request
//! before the failover wrote.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use ryw_core::{ContextStorage, Error};
use sqlx::PgConnection;

use crate::cluster::PostgresSource;
use crate::error;
use crate::transaction::is_serialization_failure;

/// The statements that make the table of contexts; they change nothing if it is there.
///
/// Apply them with your own migrations (the text is `migrations/contexts.sql` of this crate), or by
/// [`migrate`](PostgresContexts::migrate).
pub const CONTEXT_MIGRATION: &str = include_str!("../migrations/contexts.sql");

/// How long a restore or a save may take, unless it is said.
const LIMIT: Duration = Duration::from_secs(1);
/// The longest that anything is kept: a timestamp has an end.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A [`ContextStorage`] in a table on the primary of a source; see [`CONTEXT_MIGRATION`].
#[derive(Clone)]
pub struct PostgresContexts {
    source: PostgresSource,
    limit: Duration,
}

impl fmt::Debug for PostgresContexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresContexts").field("source", &self.source).finish_non_exhaustive()
    }
}

impl PostgresContexts {
    /// On the primary of `source`, over its connections.
    #[must_use]
    pub const fn new(source: PostgresSource) -> Self {
        Self { source, limit: LIMIT }
    }

    /// How long a restore or a save may take, a connection included, before it counts as unanswered; 1 s unless it is said.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Makes the table, if it is not there. The role must be allowed to create tables in the schema `public`.
    ///
    /// # Errors
    /// [Database](Error::is_database), if the server refuses; [unavailable](Error::is_unavailable), if it cannot be reached.
    ///
    /// # Cancel safety
    /// The table may have been made or not; call it again.
    pub async fn migrate(&self) -> Result<(), Error> {
        let (mut conn, _) = self.source.inner().topology.connect().await?;
        conn.busy();
        let made = sqlx::raw_sql(CONTEXT_MIGRATION).execute(&mut *conn).await;
        conn.keep();
        made.map(drop).map_err(|error| error::read_failed(error, "make the table of contexts".into()))
    }

    /// Deletes what has expired, and says how much that was. It looks through the table: call it now and then, from one place.
    ///
    /// What has expired counts as not there without it. It only takes room.
    ///
    /// # Errors
    /// As any write.
    ///
    /// # Cancel safety
    /// It may have been deleted or not.
    pub async fn delete_expired(&self) -> Result<u64, Error> {
        const SQL: &str = "DELETE FROM public.ryw_contexts WHERE expires_at <= now()";
        let (mut conn, _) = self.source.inner().topology.connect().await?;
        conn.busy();
        let deleted = sqlx::query(SQL).execute(&mut *conn).await;
        conn.keep();
        let deleted =
            deleted.map_err(|error| error::write_failed(error, "delete expired contexts".into()))?;
        Ok(deleted.rows_affected())
    }

    /// Runs `statement` on the primary, within the limit.
    async fn on_the_primary<T>(
        &self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<Result<T, sqlx::Error>, Error> {
        let running = async {
            let (mut conn, node) = self.source.inner().topology.connect().await?;
            conn.busy();
            let answer = self.source.inner().topology.while_led(&node, statement(&mut conn)).await;
            match &answer {
                Err(error) if !error::leaves_the_connection(error) => conn.give_up(),
                Ok(_) | Err(_) => conn.keep(),
            }
            Ok(answer)
        };
        let late = |_| Error::unavailable(format!("the primary did not answer within {:?}", self.limit));
        tokio::time::timeout(self.limit, running).await.map_err(late)?
    }
}

#[async_trait]
impl ContextStorage for PostgresContexts {
    async fn load(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        const SQL: &str = "SELECT context FROM public.ryw_contexts WHERE key = $1 AND expires_at > now()";
        let found =
            self.on_the_primary(async |conn| sqlx::query_scalar(SQL).bind(key).fetch_optional(conn).await);
        found.await?.map_err(|error| error::read_failed(error, "restore a context".into()))
    }

    async fn replace(
        &self,
        key: &str,
        expected: Option<&[u8]>,
        bytes: &[u8],
        time_to_live: Duration,
    ) -> Result<bool, Error> {
        // The same parameters, so that one place binds them.
        const NOTHING: &str = "INSERT INTO public.ryw_contexts AS kept (key, context, expires_at) \
            SELECT $1, $3, now() + make_interval(secs => $4) WHERE $2::bytea IS NULL \
            ON CONFLICT (key) DO UPDATE SET context = excluded.context, expires_at = excluded.expires_at \
            WHERE kept.expires_at <= now()";
        const BYTES: &str = "UPDATE public.ryw_contexts SET context = $3, expires_at = now() + make_interval(secs => $4) \
            WHERE key = $1 AND context = $2 AND expires_at > now()";
        let sql = if expected.is_none() { NOTHING } else { BYTES };
        let seconds = time_to_live.min(LONGEST).as_secs_f64();
        let replaced = self.on_the_primary(async |conn| {
            sqlx::query(sql).bind(key).bind(expected).bind(bytes).bind(seconds).execute(conn).await
        });
        match replaced.await? {
            Ok(done) => Ok(done.rows_affected() == 1),
            // Sessions that begin every transaction as repeatable read are told so that another was quicker.
            Err(error) if is_serialization_failure(&error) => Ok(false),
            Err(error) => Err(error::write_failed(error, "save a context".into())),
        }
    }
}
