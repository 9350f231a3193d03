//! Stopping, crashing, starting and promoting a node.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::Node;
use crate::error::{Error, Result};
use crate::postgres::login;
use crate::postgres::process;
use crate::postgres::server::POLL;
use crate::postgres::setting::literal;

/// How long a server whose port is taken at the moment tries to get it back.
const PORT_PATIENCE: Duration = Duration::from_secs(5);

impl Node {
    /// Stops the server by a fast shutdown: sessions are ended, everything is written. Does nothing if
    /// it does not run.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](Error::is_timeout) if it does not shut down in time.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the server goes on shutting down.
    pub async fn stop(&self) -> Result<()> {
        self.thaw();
        self.server.shut_down(Signal::SIGINT, self.timeout).await
    }

    /// Crashes the server: all its processes are killed at once, by `SIGKILL`. Does nothing if it does
    /// not run.
    ///
    /// What was committed survives, as the operating system has it; with `synchronous_commit = off` the
    /// last commits are lost, as in any crash.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](Error::is_timeout) if killed processes stay.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the server is killed, but a following [`start`](Self::start) may come too
    /// early. Let it run to its end.
    pub async fn kill(&self) -> Result<()> {
        self.server.crash(self.timeout).await
    }

    /// Kills the server's first process alone, by `SIGKILL`, as an operating system out of memory may. Does nothing if it does
    /// not run.
    ///
    /// The others end by themselves as they notice: those that wait at once, a session in the middle of a statement when that
    /// is over. A standby's replay ends at once. [`start`](Self::start) fails until all of them are gone.
    ///
    /// # Errors
    ///
    /// [`is_timeout`](Error::is_timeout) if the killed process stays.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the process is killed.
    pub async fn kill_postmaster(&self) -> Result<()> {
        self.server.shut_down(Signal::SIGKILL, self.timeout).await
    }

    /// Starts a stopped or crashed server on its old port, and waits until it takes connections. Does
    /// nothing if it is up.
    ///
    /// A primary comes back as a primary, also if a replica was [promoted](Self::promote) meanwhile: then
    /// there are two, of different timelines, as after a failover without fencing.
    ///
    /// # Errors
    ///
    /// [`is_start_failed`](Error::is_start_failed) with the end of the log if the server ends again,
    /// [`is_timeout`](Error::is_timeout) if it does not become ready.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the server goes on starting.
    pub async fn start(&self) -> Result<()> {
        let deadline = Instant::now() + PORT_PATIENCE;
        loop {
            self.server.spawn()?;
            match self.ready().await {
                Err(error) if error.is_port_taken() && Instant::now() < deadline => {
                    tokio::time::sleep(POLL * 10).await;
                }
                result => return result,
            }
        }
    }

    /// [Stops](Self::stop) and [starts](Self::start) the server.
    ///
    /// # Errors
    ///
    /// Those of the two.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the server may stay stopped.
    pub async fn restart(&self) -> Result<()> {
        self.stop().await?;
        self.start().await
    }

    /// Freezes the server: its processes stop running, connections stay open, and nothing answers. It is
    /// what a stalled machine or a broken network looks like to a client.
    ///
    /// All methods that ask the server wait for it until they give up; [`thaw`](Self::thaw) it first.
    pub fn freeze(&self) {
        self.server.processes().into_iter().for_each(|pid| process::send(pid, Signal::SIGSTOP));
    }

    /// Lets a frozen server run again. Does nothing if it is not frozen.
    pub fn thaw(&self) {
        self.server.processes().into_iter().for_each(|pid| process::send(pid, Signal::SIGCONT));
    }

    /// Promotes a replica to a primary on a new timeline, and waits until it takes writes.
    ///
    /// What it has received but not replayed is replayed first, also if replay is held or delayed. The old
    /// primary is not touched: stop or kill it before, as an operator would. Other replicas stay with the
    /// old primary until they are told to [`follow`](Self::follow) the new one.
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if the node is not a running replica,
    /// [`is_timeout`](Error::is_timeout) if it stays one.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the promotion may go on.
    pub async fn promote(&self) -> Result<()> {
        let mut connection = self.connect().await?;
        self.run(&mut connection, "SELECT pg_promote(false)").await?;
        self.until("recovery has ended", "SELECT NOT pg_is_in_recovery()").await
    }

    /// Makes this replica stream from `primary`, which may be a node that was just promoted.
    ///
    /// Returns when it streams. A node that was a primary itself cannot follow another: its history may
    /// have diverged.
    ///
    /// # Errors
    ///
    /// [`is_database`](Error::is_database) if one of the two cannot be asked,
    /// [`is_timeout`](Error::is_timeout) if the replica does not get to stream, for one because it is
    /// further than the new primary was when it was promoted. Also fails if this node is no replica.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the replica may follow either of the two.
    pub async fn follow(&self, primary: &Self) -> Result<()> {
        if !self.is_in_recovery().await? {
            return Err(Error::system(format!("{} is a primary and cannot follow another", self.name())));
        }
        primary.create_slot(self.name()).await?;
        self.set("primary_conninfo", &primary.conninfo(self.name())).await?;
        self.upstream.store(primary.port(), Ordering::Relaxed);
        let streams = format!(
            "SELECT max(sender_port) = {} FROM pg_stat_wal_receiver WHERE status = 'streaming'",
            primary.port()
        );
        self.until(&format!("it streams from {}", primary.name()), &streams).await
    }

    /// Whether this is a running replica that streams from `primary`, or tries to.
    pub(in crate::postgres) async fn follows(&self, primary: &Self) -> Result<bool> {
        let told = self.upstream.load(Ordering::Relaxed) == primary.port();
        Ok(told && self.is_running() && self.is_in_recovery().await?)
    }

    /// Waits until the server, which was just started, takes connections.
    pub(in crate::postgres) async fn ready(&self) -> Result<()> {
        let deadline = Instant::now() + self.timeout;
        loop {
            self.server.check_running()?;
            let refusal = match self.connect().await {
                Ok(_) => return Ok(()),
                Err(refusal) => refusal,
            };
            if Instant::now() > deadline {
                return Err(Error::timeout(self.timeout, format_args!("{} takes connections", self.name()))
                    .because(refusal));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Makes a replication slot, so that a replica that was away finds all it has missed.
    pub(in crate::postgres) async fn create_slot(&self, name: &str) -> Result<()> {
        let name = literal(name);
        self.execute(&format!(
            "SELECT pg_create_physical_replication_slot({name}, true) \
             WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = {name})"
        ))
        .await
    }

    /// How a replica called `name` connects to this node.
    pub(in crate::postgres) fn conninfo(&self, name: &str) -> String {
        let (port, password) = (self.port(), &self.passwords.superuser);
        let user = login::SUPERUSER;
        format!("host=127.0.0.1 port={port} user={user} password={password} application_name={name}")
    }
}
