//! Two-phase commit: a transaction that is prepared by one and ended by another, later, perhaps after a crash.
//!
//! Prepared, it can no longer fail and is not yet to be seen; its position is that of `COMMIT PREPARED`, whoever sends
//! that, and is asked for afterwards (`tests/tests/transactions/prepared.rs`). That the server must be asked separately is
//! PostgreSQL's: `COMMIT PREPARED` stands alone in its message.

use std::fmt;

use ryw_core::{Context, Error, Reason, Route, Routed, Written};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::ending::{self, Answers};
use super::id::{TransactionId, run};
use super::{Transaction, outlived};
use crate::capture::{self, Durability};
use crate::cluster::PostgresSource;
use crate::error;
use crate::pending::Pending;

/// A transaction that was prepared; made by [`Transaction::prepare`].
///
/// Dropping it changes nothing: the transaction stays prepared, with its locks, through restarts, until
/// [`PostgresSource::commit_prepared`] or [`PostgresSource::rollback_prepared`] ends it. One that is forgotten holds
/// up vacuuming, and makes reads on replicas take a second round trip.
#[derive(Clone, PartialEq, Eq, Hash)]
#[must_use = "a prepared transaction has to be ended, by `commit_prepared` or `rollback_prepared`"]
pub struct Prepared {
    gid: String,
    id: Option<TransactionId>,
}

impl Prepared {
    /// The name it goes by.
    #[must_use]
    pub fn gid(&self) -> &str {
        &self.gid
    }

    /// Which transaction it is, for [`PostgresSource::outcome`].
    #[must_use]
    pub const fn id(&self) -> Option<&TransactionId> {
        self.id.as_ref()
    }
}

impl Transaction {
    /// Prepares it for two-phase commit under the name `gid`, which must be unique in the database cluster. Nothing of it is
    /// to be seen yet, and its context learns nothing.
    ///
    /// # Errors
    /// * [Config](Error::is_config), if the server allows none (`max_prepared_transactions` is 0, the default), or `gid` is
    ///   no name. The transaction was rolled back.
    /// * [Database](Error::is_database), if the server refuses: an earlier statement had failed, the name is taken, it
    ///   holds temporary objects. The transaction was rolled back.
    /// * [Commit unknown](Error::is_commit_unknown), if the connection was lost before the answer came: it may be prepared.
    ///   [`rollback_prepared`](PostgresSource::rollback_prepared) makes certain that it is not.
    ///
    /// # Cancel safety
    /// Once polled, it may be prepared even if the future is dropped.
    pub async fn prepare(mut self, gid: &str) -> Result<Prepared, Error> {
        self.expect_open("prepare")?;
        let sql = format!(
            "SELECT pg_current_xact_id()::text::int8, \
             ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int8, {}, \
             now() <> statement_timestamp(); \
             PREPARE TRANSACTION {}; BEGIN",
            run!(),
            quoted(gid)?
        );
        let mut answers = Answers::default();
        if let Err(error) = answers.hear(&mut self.conn, AssertSqlSafe(sql).into_sql_str()).await {
            self.conn_after(&error);
            if !answers.ended() {
                return Err(self.explain(prepare_failed(error)).await);
            }
        } else {
            ending::leave(&mut self.conn).await;
        }
        let said = answers.rows.first();
        if !said.is_some_and(|row| sqlx::Row::try_get(row, 3).unwrap_or(true)) {
            self.outlive();
            return Err(outlived());
        }
        let mut id = said.and_then(|row| TransactionId::of(row, self.source.inner()).ok());
        if let (Some(id), Some(ticket)) = (&mut id, self.ticket) {
            id.ticket = ticket;
        }
        Ok(Prepared { gid: gid.to_owned(), id })
    }
}

impl PostgresSource {
    /// Commits a prepared transaction, and joins its position into `ctx`. It need not have been prepared by this source.
    ///
    /// # Errors
    /// * [Not found](Error::is_not_found), if there is none of this name: it was ended before, by this or another call.
    /// * [Database](Error::is_database), if the server refuses, as it does to a role that did not prepare it.
    /// * [Commit unknown](Error::is_commit_unknown), if the connection was lost before the answer came. The context reads
    ///   from the primary from now on. It does no harm to call again: "not found" then means that it was ended.
    ///
    /// # Cancel safety
    /// If the future is dropped, it may be committed, and the context reads from the primary.
    pub async fn commit_prepared(&self, ctx: &Context, gid: &str) -> Result<Written<()>, Error> {
        let source = self.inner();
        source.topology.tend();
        let sql = format!("COMMIT PREPARED {}", quoted(gid)?);
        let (mut conn, node) = source.topology.connect().await?;
        let pending = Pending::begin(source, ctx);
        conn.busy();
        let committing = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *conn);
        if let Err(error) = source.topology.while_led(&node, committing).await {
            if error::did_nothing(&error) {
                pending.nothing_done();
                conn.keep();
            } else {
                conn.give_up();
            }
            let why = ending_failed(error, |error| {
                error::write_failed(error, "commit a prepared transaction".into())
            });
            if why.is_commit_unknown() {
                source.observer.commits_unknown.add();
            }
            if why.is_commit_unknown() || why.is_unavailable() {
                node.suspect(&why);
            }
            return Err(why);
        }
        source.counts.record(Routed { route: Route::Primary, reason: Reason::Write });
        source.observer.writes.add();
        // It is flushed whatever `synchronous_commit` says.
        let position = match capture::anything(&mut conn, source).await {
            Ok(reached) => reached.position(Durability::Synchronous),
            Err(error) => {
                conn.give_up();
                tracing::warn!(source = %source.id, %error, "a prepared transaction was committed but its position could not be learnt");
                return Ok(Written::new((), None));
            }
        };
        conn.keep();
        pending.settle(position.clone());
        Ok(Written::new((), Some(position)))
    }

    /// Rolls a prepared transaction back.
    ///
    /// # Errors
    /// * [Not found](Error::is_not_found), if there is none of this name: it was ended before, or never prepared.
    /// * [Database](Error::is_database), if the server refuses.
    /// * [Unavailable](Error::is_unavailable), if the connection was lost; it does no harm to call again.
    ///
    /// # Cancel safety
    /// If the future is dropped, it may be rolled back.
    pub async fn rollback_prepared(&self, gid: &str) -> Result<(), Error> {
        let source = self.inner();
        source.topology.tend();
        let sql = format!("ROLLBACK PREPARED {}", quoted(gid)?);
        let (mut conn, node) = source.topology.connect().await?;
        conn.busy();
        let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *conn).await else {
            conn.keep();
            return Ok(());
        };
        if error::leaves_the_connection(&error) {
            conn.keep();
        } else {
            conn.give_up();
        }
        let why = ending_failed(error, |error| {
            error::read_failed(error, "roll back a prepared transaction".into())
        });
        if why.is_unavailable() {
            node.suspect(&why);
        }
        Err(why)
    }
}

fn prepare_failed(error: sqlx::Error) -> Error {
    match code(&error).as_deref() {
        // Object not in prerequisite state.
        Some("55000") => Error::config(
            "the server allows no prepared transactions: set max_prepared_transactions to more than 0 and restart it",
        )
        .with_source(error),
        _ => error::write_failed(error, "prepare a transaction".into()),
    }
}

fn ending_failed(error: sqlx::Error, otherwise: impl FnOnce(sqlx::Error) -> Error) -> Error {
    match code(&error).as_deref() {
        // Undefined object.
        Some("42704") => Error::not_found("prepared transaction").with_source(error),
        _ => otherwise(error),
    }
}

fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(Into::into)
}

/// As a literal, whatever `standard_conforming_strings` says.
fn quoted(gid: &str) -> Result<String, Error> {
    if gid.contains('\0') {
        return Err(Error::config("the name of a prepared transaction cannot hold a zero byte"));
    }
    Ok(format!("E'{}'", gid.replace('\\', r"\\").replace('\'', "''")))
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").field("gid", &self.gid).field("id", &self.id).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_its_literal() {
        assert_eq!(quoted(r"a'b\'c").unwrap(), r"E'a''b\\''c'");
        assert!(quoted("a\0b").unwrap_err().is_config());
    }
}
