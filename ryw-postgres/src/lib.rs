//! Read-your-writes on Postgres replicas, over sqlx.
//!
//! A [`PostgresSource`] is one primary and any number of asynchronous streaming replicas. Writes go to the primary and,
//! once their commit was acknowledged, are given a position, which joins the [`Context`](ryw_core::Context). Reads go to a
//! replica that is *proven* to have passed every position of their context: known from before, or asked on the very
//! connection that then reads. If none has, the read waits within a budget and then goes to the primary.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use ryw_core::Context;
//! use ryw_postgres::{PostgresSource, sqlx};
//!
//! let source = PostgresSource::builder("main")
//!     .primary("postgres://app:secret@db-1/app")
//!     .replica("postgres://app:secret@db-2/app")
//!     .connect()
//!     .await?;
//!
//! let ctx = Context::new();
//! let mut tx = source.begin(&ctx).await?;
//! sqlx::query("UPDATE favorites SET color_hex = '#0000ff' WHERE user_id = 7").execute(&mut *tx).await?;
//! tx.commit().await?;
//!
//! // Sees the update, wherever it runs.
//! let mut conn = source.read(&ctx).await?;
//! let color: String =
//!     sqlx::query_scalar("SELECT color_hex FROM favorites WHERE user_id = 7").fetch_one(&mut *conn).await?;
//! conn.finish().await?;
//! # let _ = color; Ok(()) }
//! ```
//!
//! `#[derive(Repository)]` from `ryw-core` writes the SQL for you, and has the database check it at compile time.
//!
//! # What a role needs
//!
//! A plain login role. ryw calls `pg_is_in_recovery`, `pg_control_system`, `pg_control_checkpoint`,
//! `pg_control_recovery`, `pg_walfile_name`, `pg_current_wal_flush_lsn`, `pg_current_wal_insert_lsn`,
//! `pg_last_wal_replay_lsn`, `pg_last_wal_receive_lsn`, `pg_size_bytes`, `current_setting`, `pg_current_xact_id`,
//! `pg_current_xact_id_if_assigned`, `pg_current_snapshot`, `pg_snapshot_xmin`, `pg_snapshot_xmax`, `pg_xact_status`,
//! `pg_postmaster_start_time`, `pg_stat_get_bgwriter_stat_reset_time` and, when a write has run into a constraint,
//! `pg_partition_root`, and looks into `pg_stat_wal_receiver` (`pg_stat_get_wal_receiver`) and the catalog; all open to
//! everyone unless an administrator has revoked them.
//! With epochs it needs `SELECT` and `INSERT` on `public.ryw_epochs`.
//!
//! # What is not promised
//!
//! * That acknowledged writes survive a failover: replication is asynchronous. Where it can be known that one did not, the
//!   next read of its context says so ([`Reason::WriteLost`](ryw_core::Reason::WriteLost)), and
//!   [`fate`](PostgresSource::fate) tells.
//! * Reads while two servers both believe to be the primary and a replica has changed from one to the other: its
//!   sessions are not cut. With `pg_read_all_stats` it is noticed within a second, by a plain role at the next
//!   restartpoint; with [epochs](PostgresSourceBuilder::epochs) as soon as the row of the new one has arrived there.
//! * That the primary is ahead of a replica. A commit that waits for synchronous standbys (`synchronous_standby_names`) is
//!   shown by a standby while the primary still calls it in progress; without any, for the moment between shipping the
//!   record and letting go of the transaction. A session that has seen *another's* write on a replica just then, and goes to
//!   the primary next, does not see it there until the commit has returned. Its own writes it sees: those were
//!   acknowledged.
//! * A time limit for your own statements, on a [`ReadConnection`] or in a [`Transaction`]: a server that hangs holds
//!   them. Set `statement_timeout` and TCP keep-alives, or wrap them in a time-out of your own; dropping one closes the
//!   connection.
//! * A capture sees `synchronous_commit` as the session, or an explicit transaction before its `COMMIT`, had it; a
//!   trigger that switches it off with `SET LOCAL` within a single statement, or when a deferred constraint fires, is not
//!   seen.
//! * That an LSN asked for after the commit is soon replayed everywhere: it is the primary's insert position, so beside a
//!   session that has written WAL and not flushed it, on an otherwise idle primary, it can lie up to 20 s ahead of what
//!   replicas are sent. Such reads go to the primary. Transaction ids, which the default mode compares, are exact.
//!
//! # Features
//!
//! `chrono`, `time`, `uuid`, `json`, `rust_decimal`, `ipnetwork` add sqlx's types, for queries and for the compile-time check;
//! `tls-rustls` adds TLS. `metrics` tells the recorder of the [`metrics`](https://docs.rs/metrics) crate what happens;
//! `docs/observability.md` lists the names. `contexts` adds [`PostgresContexts`], which keeps the contexts of users in a table.

mod address;
mod boxed;
mod capture;
mod choose;
mod cluster;
mod coalesced;
mod config;
mod constraints;
#[cfg(feature = "contexts")]
mod contexts;
mod convert;
mod durable;
mod either;
mod enum_of;
mod epoch;
mod error;
mod facts;
mod fate;
mod fit;
mod giving;
mod health;
mod inner;
mod lag;
mod leadership;
mod limiter;
mod limits;
mod load;
mod lsn;
mod mode;
#[cfg(test)]
mod model;
mod node;
mod observe;
mod pending;
mod pool;
mod query;
mod read;
mod read_connection;
mod record;
mod remote_apply;
mod report;
mod retirement;
mod search;
mod sequence;
mod server;
mod start;
mod status;
mod stream;
mod sync;
mod table;
mod timeline;
mod topology;
mod transaction;
mod trial;
mod verify;
mod wait_for_lsn;
mod watermark;
mod witness;
mod write;

pub use sqlx;

pub use crate::address::{Address, Kind};
pub use crate::cluster::PostgresSource;
pub use crate::config::PostgresSourceBuilder;
#[cfg(feature = "contexts")]
pub use crate::contexts::{CONTEXT_MIGRATION, PostgresContexts};
pub use crate::epoch::EPOCH_MIGRATION;
pub use crate::fate::Fate;
pub use crate::health::NodeState;
pub use crate::mode::Mode;
pub use crate::read_connection::ReadConnection;
pub use crate::remote_apply::RemoteApply;
pub use crate::retirement::Retirement;
pub use crate::status::{Counts, Fallbacks, NodeStatus, PoolStatus, Status};
pub use crate::transaction::{
    Isolation, Outcome, Prepared, ReadTransaction, ReadTransactionBuilder, Retries, Savepoint,
    SynchronousCommit, Transaction, TransactionBuilder, TransactionId, is_serialization_failure,
};

/// For generated code; no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use sqlx;
    pub use sqlx::Error as SqlxError;
    pub use sqlx::error::BoxDynError;
    pub use sqlx::postgres::{PgArguments, PgRow};

    pub use crate::__facts as facts;
    pub use crate::__witness as witness;
    pub use crate::convert::{converted, converted_if_any};
    pub use crate::enum_of::{EnumOf, EnumType, unknown_label};
    pub use crate::table::{
        FromColumn, InArray, InColumn, Pages, SoftDeleteTable, Table, UpsertTable, VersionedTable,
        WriteTable, array, array_of_arrays, change, delete_in, find_by, find_for_update_in, find_in,
        insert_in, insert_many_in, list_by, purge_in, replace_in, restore_in, stream_by, update_if_in,
        update_in, upsert_by_in, upsert_in,
    };

    /// What `#[queries]` and `#[derive(Row)]` print.
    pub mod query {
        pub use crate::__columns as columns;
        pub use crate::__field_fits as field_fits;
        pub use crate::query::{
            Answer, AsRow, AsValue, Column, Columns, Exactly, FieldNumber, Fields, Holds, MaybeNull,
            NeverNull, NoFields, NullFits, NullOnly, Query, Row, Single, Takes, Unjudged, Unknown, Value,
            Witness, YourType, columns_match, each, fits, null_fits, place, read, rows, run_in, takes,
            values, write,
        };
    }

    pub use crate::verify::{Expected, Verify, accepts, accepts_part, verify};

    /// What the check of an entity's SQL calls, in functions that never run.
    pub mod fit {
        pub use crate::fit::{
            DatabaseType, Holds, Judged, Probe, StoredAs, Unjudged, field, holds, may_be_null, nullable,
            number, of_view,
        };
    }
}
