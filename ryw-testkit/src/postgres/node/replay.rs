//! How far a node is, and making it lag.

use std::time::Duration;

use super::Node;
use crate::error::{Error, Result};

/// WAL positions as the plain numbers behind Postgres's `pg_lsn`.
const REPLAYED: &str = "SELECT (pg_last_wal_replay_lsn() - '0/0')::int8";

/// A primary's flush position; a standby's is what it has received and flushed, or replayed if it has
/// received nothing since it was started.
const FLUSHED: &str = "SELECT (CASE WHEN pg_is_in_recovery() \
    THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) \
    ELSE pg_current_wal_flush_lsn() END - '0/0')::int8";

impl Node {
    /// Holds replay: the replica goes on receiving, but what is written from now on is not seen there.
    ///
    /// Returns when the replica stands still. If an [apply delay](Self::set_apply_delay) is running, that
    /// is when the delay is over.
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if the node is not a running replica,
    /// [`is_timeout`](Error::is_timeout) if it does not come to a stand.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the replica may or may not stand still, now or later; call
    /// [`release_replay`](Self::release_replay) to be sure.
    pub async fn hold_replay(&self) -> Result<()> {
        let mut connection = self.connect().await?;
        self.run(&mut connection, "SELECT pg_wal_replay_pause()").await?;
        self.until("replay is held", "SELECT pg_get_wal_replay_pause_state() = 'paused'").await
    }

    /// Lets a held replica go on. Does nothing if it is not held.
    ///
    /// Returns when replay is allowed again, not when the replica has caught up; for that, see
    /// [`Cluster::wait_until_caught_up`](crate::postgres::Cluster::wait_until_caught_up).
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if the node is not a running replica.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the replica may have been released or not.
    pub async fn release_replay(&self) -> Result<()> {
        self.execute("SELECT pg_wal_replay_resume()").await
    }

    /// Makes the replica replay each commit only when it is `delay` old, by `recovery_min_apply_delay`.
    ///
    /// Counts in whole milliseconds, rounded up; zero switches it off. Returns when the delay holds for
    /// whatever is replayed next.
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if the node does not run or the delay is above 24 days,
    /// [`is_timeout`](Error::is_timeout) if it does not reload.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the delay may have been set or not.
    pub async fn set_apply_delay(&self, delay: Duration) -> Result<()> {
        let milliseconds = delay.as_micros().div_ceil(1000);
        self.set("recovery_min_apply_delay", &format!("{milliseconds}ms")).await
    }

    /// How far the node has replayed, as the number behind Postgres's `pg_lsn`.
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if the node cannot be asked. Also fails on a node that never was
    /// a replica, which replays nothing.
    pub async fn replay_lsn(&self) -> Result<u64> {
        self.lsn(REPLAYED).await
    }

    /// How far the node's own WAL is flushed, as the number behind Postgres's `pg_lsn`; on a replica, how
    /// far it has received.
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if the node cannot be asked.
    pub async fn flush_lsn(&self) -> Result<u64> {
        self.lsn(FLUSHED).await
    }

    /// Waits until the node has replayed up to `lsn`.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](Error::is_timeout) if it does not get there in time,
    /// [`is_database`](Error::is_database) if it cannot be asked.
    ///
    /// # Cancel safety
    ///
    /// Only waits: it can be dropped at any time.
    pub async fn wait_for_replay(&self, lsn: u64) -> Result<()> {
        let lsn = pg_lsn(lsn);
        let passed = format!("SELECT pg_last_wal_replay_lsn() >= '{lsn}'");
        self.until(&format!("WAL is replayed up to {lsn}"), &passed).await
    }

    /// Whether the node is a replica now, and was not promoted.
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if the node cannot be asked.
    pub async fn is_in_recovery(&self) -> Result<bool> {
        let mut connection = self.connect().await?;
        self.ask(&mut connection, "SELECT pg_is_in_recovery()").await
    }

    /// A position that covers everything committed so far.
    ///
    /// A commit with `synchronous_commit = off` may not be flushed yet, and what is not flushed is not
    /// shipped. A commit of our own flushes all that is before it.
    pub(in crate::postgres) async fn flush_all(&self) -> Result<u64> {
        let mut connection = self.connect().await?;
        self.run(&mut connection, "SET synchronous_commit = local").await?;
        self.run(&mut connection, "SELECT pg_logical_emit_message(true, 'ryw-testkit', '')").await?;
        self.number(self.ask(&mut connection, FLUSHED).await?)
    }

    async fn lsn(&self, sql: &'static str) -> Result<u64> {
        let mut connection = self.connect().await?;
        self.number(self.ask(&mut connection, sql).await?)
    }

    fn number(&self, lsn: Option<i64>) -> Result<u64> {
        lsn.and_then(|lsn| u64::try_from(lsn).ok())
            .ok_or_else(|| Error::system(format!("{} has replayed no WAL", self.name())))
    }
}

/// The way Postgres writes a position.
fn pg_lsn(lsn: u64) -> String {
    format!("{:X}/{:X}", lsn >> 32, lsn & 0xFFFF_FFFF)
}
