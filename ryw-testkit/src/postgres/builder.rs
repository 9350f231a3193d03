//! Starting a cluster.

use std::path::Path;
use std::sync::atomic::AtomicU16;
use std::time::Duration;

use super::account::Account;
use super::data;
use super::folder::Folder;
use super::locate::Search;
use super::login::{APPLICATION, MAINTENANCE, Passwords};
use super::node::Node;
use super::server::Server;
use super::version::Version;
use super::{Cluster, setting};
use crate::error::{Error, Result};
use crate::port;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// How many ports to try, if others take the free ones faster than servers start.
const PORT_TRIES: u32 = 10;

/// What a cluster is to be like. Made by [`Cluster::builder`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct ClusterBuilder {
    replicas: usize,
    settings: Vec<(String, String)>,
    timeout: Duration,
}

impl ClusterBuilder {
    pub(super) fn new() -> Self {
        Self { replicas: 0, settings: Vec::new(), timeout: DEFAULT_TIMEOUT }
    }

    /// How many replicas stream from the primary. Without this, none.
    pub fn replicas(mut self, count: usize) -> Self {
        self.replicas = count;
        self
    }

    /// A setting for all nodes, as in `postgresql.conf`. It goes before this crate's own defaults:
    ///
    /// | setting | default here | why |
    /// |---|---|---|
    /// | `fsync` | `off` | tests crash servers, not the machine, so that nothing is lost by it |
    /// | `shared_buffers` | `16MB` | many clusters fit on one machine |
    /// | `max_connections` | `200` | room for pools |
    /// | `wal_keep_size` | `64MB` | a replica can change over to a promoted one |
    /// | `wal_retrieve_retry_interval` | `100ms` | a replica finds its primary again quickly |
    /// | `dynamic_shared_memory_type` | `mmap` | a killed server leaves nothing outside its folder |
    /// | `unix_socket_directories` | empty | all connections are TCP, over 127.0.0.1 |
    ///
    /// The port cannot be chosen.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// How long any operation waits for a server, before it fails with a
    /// [timeout](crate::Error::is_timeout). Without this, 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Starts the cluster and waits until every replica streams and has caught up.
    ///
    /// Postgres is searched for in this order; versions older than 15 are passed over:
    ///
    /// 1. the environment variable `RYW_POSTGRES_BIN`, a folder with `initdb` and `postgres`. If it is
    ///    set, nothing else is tried;
    /// 2. the folders in `PATH`;
    /// 3. where packages install it, newest version first: Debian (`/usr/lib/postgresql/*/bin`), Red Hat
    ///    (`/usr/pgsql-*/bin`), Homebrew, Postgres.app.
    ///
    /// When this process is root, the servers run as the user `postgres`, or else `nobody`, since Postgres
    /// refuses to run as root.
    ///
    /// The data lies in the folder for temporary files, about 40 MB for each node. With `TMPDIR` in memory
    /// (`TMPDIR=/dev/shm` on Linux) clusters start and end in about two thirds of the time; many of them in
    /// a row gain more, since some file systems slow down when thousands of files come and go.
    ///
    /// # Errors
    ///
    /// [`is_postgres_missing`](crate::Error::is_postgres_missing) and
    /// [`is_postgres_too_old`](crate::Error::is_postgres_too_old) as the search ends;
    /// [`is_start_failed`](crate::Error::is_start_failed), with the end of the server's log, if a server
    /// does not start, for one because of a wrong setting; [`is_timeout`](crate::Error::is_timeout).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, what was started is ended and removed; dropping blocks until it is, for up
    /// to a second on an idle machine.
    pub async fn start(self) -> Result<Cluster> {
        let account = Account::choose()?;
        let programs = Search::from_env().run(|program| version_of(&account, program))?;
        let mut cluster = Cluster {
            version: programs.version,
            nodes: Vec::with_capacity(1 + self.replicas),
            folder: Folder::create(&account)?,
        };
        let passwords = Passwords::random()?;
        let data_dir = data::initialize(&programs, &account, &cluster.folder, &passwords).await?;
        data::configure(&data_dir, &self.configuration()?)?;
        self.copy_for_replicas(&cluster.folder, &account).await?;

        for name in std::iter::once("primary".to_owned()).chain((0..self.replicas).map(replica_name)) {
            let place = (cluster.folder.join(&name), port::free()?);
            let program = (programs.postgres(), account.clone());
            let server = Server::new(name, place, program, cluster.folder.watchdog().clone());
            let (passwords, timeout) = (passwords.clone(), self.timeout);
            cluster.nodes.push(Node { server, passwords, timeout, upstream: AtomicU16::new(0) });
        }
        bring_up(&mut cluster.nodes).await?;
        cluster.wait_until_caught_up().await?;
        Ok(cluster)
    }

    fn configuration(&self) -> Result<String> {
        // Room for each replica's stream and slot, and for as many to change over.
        let senders = (2 * self.replicas + 10).to_string();
        let own = setting::DEFAULTS
            .into_iter()
            .chain([("max_wal_senders", senders.as_str()), ("max_replication_slots", senders.as_str())]);
        let users = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        own.chain(users).map(|(name, value)| setting::line(name, value)).collect()
    }

    async fn copy_for_replicas(&self, folder: &Folder, account: &Account) -> Result<()> {
        let (from, account) = (folder.join("primary"), account.clone());
        let targets: Vec<_> = (0..self.replicas).map(|index| folder.join(&replica_name(index))).collect();
        tokio::task::spawn_blocking(move || {
            targets.iter().try_for_each(|to| data::copy_for_standby(&account, &from, to))
        })
        .await
        .map_err(|cause| Error::system("could not copy the data directory").because(cause))?
    }
}

/// Starts the primary, then all replicas at once.
async fn bring_up(nodes: &mut [Node]) -> Result<()> {
    let Some((primary, replicas)) = nodes.split_first_mut() else { return Ok(()) };
    primary.server.spawn()?;
    ready_on_some_port(primary).await?;
    set_up(primary).await?;
    for replica in replicas.iter_mut() {
        primary.create_slot(replica.name()).await?;
        let conninfo = setting::line("primary_conninfo", &primary.conninfo(replica.name()))?;
        let slot = setting::line("primary_slot_name", replica.name())?;
        data::configure(replica.data_dir(), &(conninfo + &slot))?;
        replica.upstream = AtomicU16::new(primary.port());
        replica.server.spawn()?;
    }
    for replica in replicas {
        ready_on_some_port(replica).await?;
    }
    Ok(())
}

/// Waits for a server that was just started; moves it if somebody took its port before it did.
async fn ready_on_some_port(node: &mut Node) -> Result<()> {
    for _ in 1..PORT_TRIES {
        match node.ready().await {
            Err(error) if error.is_port_taken() => {
                port::give_back(std::mem::replace(&mut node.server.port, port::free()?));
                node.server.spawn()?;
            }
            result => return result,
        }
    }
    node.ready().await
}

/// Makes the application's role and database.
async fn set_up(primary: &Node) -> Result<()> {
    let password = setting::literal(&primary.passwords.application);
    // A database cannot be created in a transaction, which two statements together would be.
    for sql in [
        format!("CREATE ROLE {APPLICATION} LOGIN PASSWORD {password}"),
        format!("CREATE DATABASE {APPLICATION} OWNER {APPLICATION}"),
    ] {
        primary.execute_in(MAINTENANCE, &sql).await?;
    }
    // What the superuser makes, the application may use.
    let grants = ["TABLES", "SEQUENCES", "ROUTINES", "TYPES", "SCHEMAS"];
    let grants = grants.map(|kind| format!("ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO {APPLICATION};"));
    primary.execute(&grants.concat()).await
}

fn version_of(account: &Account, program: &Path) -> Result<Version> {
    let output = account.command(program, Path::new("/")).arg("--version").output();
    let output = output.map_err(|cause| account.could_not_run(program, cause))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    Version::parse(&printed).ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        Error::system(format!("{} does not tell its version: {printed}{said}", program.display()))
    })
}

fn replica_name(index: usize) -> String {
    format!("replica_{index}")
}
