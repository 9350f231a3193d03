//! Replicated databases in a test, in one call: real Postgres clusters, and a model of DynamoDB Regions.
//!
//! A test of anything that reads from replicas needs replicas: servers that stream, lag, stop, crash and
//! get promoted. This crate starts them from the Postgres that is installed on the machine, injects those
//! faults on demand, and leaves nothing behind.
//!
//! ```no_run
//! use ryw_testkit::postgres::Cluster;
//!
//! # async fn example() -> Result<(), ryw_testkit::Error> {
//! let cluster = Cluster::builder().replicas(2).start().await?;
//! cluster.execute("CREATE TABLE note (id bigint PRIMARY KEY, body text NOT NULL)").await?;
//! cluster.wait_until_caught_up().await?;
//!
//! // The first replica stops replaying: what is written now is not seen there.
//! cluster.replica(0).hold_replay().await?;
//! cluster.execute("INSERT INTO note VALUES (1, 'written while the replica stands still')").await?;
//!
//! // Connect with any driver, as an ordinary role that owns the database.
//! let (primary, replica) = (cluster.primary().url(), cluster.replica(0).url());
//! # let _ = (primary, replica);
//!
//! cluster.replica(0).release_replay().await?;
//! cluster.wait_until_caught_up().await?;
//! # Ok(())
//! # }
//! ```
//!
//! DynamoDB is nothing that can be started on a machine. Its Regions are modelled in this process, on an emulator, with
//! the lag and the faults that the service documents, and the real SDK speaks to them: [`dynamo`].
//!
//! What clients were told while all this happened can be recorded as a [`history`], and [`check`]ed for the session guarantees:
//! those of ryw, or of any other service.
//!
//! # Features
//!
//! - `postgres`, on by default: [`postgres`]. Compiles sqlx.
//! - `history`: [`history`] and [`check`]. Compiles `ryw-core`, and no driver.
//! - `dynamo`: [`dynamo`]. Compiles the AWS SDK, and SQLite within the emulator.
//! - `redis`: [`redis`]. Compiles little.
//!
//! None compiles what another needs. [`link`] is there in any case.
//!
//! # What it promises of Postgres
//!
//! - The servers are real: one primary and asynchronous streaming replicas of the same system identifier,
//!   each with its own data directory, port and processes. Nothing is simulated.
//! - Faults are called by name ([`hold_replay`], [`set_apply_delay`], [`stop`], [`kill`], [`promote`], …)
//!   and each call returns when the server shows the effect, so that tests need no sleeps that hope.
//! - Everything is gone afterwards: after a normal end, a panic, Ctrl-C and `SIGKILL` of the test. The
//!   tests in `tests/cleanup.rs` hold this.
//! - Clusters do not disturb one another: as many as the machine carries, in as many processes.
//! - The network between a client and a server can be made slow, or lose what is sent: [`link`].
//!
//! It does *not* promise durability against a crash of the machine: `fsync` is off unless a
//! [setting](postgres::ClusterBuilder::setting) says otherwise. A crash of the servers loses nothing that
//! was committed durably, because the operating system keeps what they wrote.
//!
//! # What it needs
//!
//! A Unix with Postgres 15 or newer installed; only the programs `initdb` and `postgres` are used. The
//! rules of the search are at [`postgres::ClusterBuilder::start`]. Containers were the alternative: they
//! need a daemon, seconds to start, and hide the processes that a fault should hit.
//!
//! A `tokio` runtime with I/O and time enabled has to be running, as it is in `#[tokio::test]`.
//!
//! [`hold_replay`]: postgres::Node::hold_replay
//! [`set_apply_delay`]: postgres::Node::set_apply_delay
//! [`stop`]: postgres::Node::stop
//! [`kill`]: postgres::Node::kill
//! [`promote`]: postgres::Node::promote

#[cfg(all(any(feature = "postgres", feature = "redis"), not(unix)))]
compile_error!("ryw-testkit starts servers by Unix means: users, signals, process groups");

#[cfg(feature = "history")]
pub mod check;
#[cfg(feature = "dynamo")]
pub mod dynamo;
mod error;
#[cfg(feature = "history")]
pub mod history;
pub mod link;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod port;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod watchdog;

pub use error::{Error, Result};
