//! A primary and two replicas of our own, reached over loopback and over links with latency.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use ryw_postgres::sqlx::postgres::PgConnectOptions;
use ryw_postgres::sqlx::{self, AssertSqlSafe, Connection as _, PgConnection};
use ryw_testkit::link::Link;
use ryw_testkit::postgres::{Cluster, Node};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::favorite::TABLE;
use crate::strategies::Addresses;

/// What differs from the testkit's defaults: room for every strategy's pools, and no checkpoint within a run.
const SETTINGS: [(&str, &str); 4] = [
    ("max_connections", "1000"),
    ("shared_buffers", "256MB"),
    ("checkpoint_timeout", "1h"),
    ("max_wal_size", "4GB"),
];
/// Who waits for a commit that asks for it: everyone. No other connection of a run does ask, see [`LOCAL`].
const STANDBYS: (&str, &str) = ("synchronous_standby_names", "2 (replica_0, replica_1)");
/// A commit that waits for the primary's own disk, and for no standby: what `on` means where no standby is named.
const LOCAL: [(&str, &str); 1] = [("synchronous_commit", "local")];
/// The row that an old transaction has written; no client uses it.
const OLD_ROW: i64 = -1;
/// How often to ask in order to learn what a round trip takes.
const TRIPS: usize = 300;

/// How clients reach the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    /// Directly, over loopback.
    Loopback,
    /// Each server over a link with latency. The replicas stream from the primary directly.
    Link,
}

impl Path {
    pub(crate) const ALL: [Self; 2] = [Self::Loopback, Self::Link];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Link => "link",
        }
    }
}

/// The servers, and the links before them.
#[derive(Debug)]
pub(crate) struct Servers {
    cluster: Cluster,
    links: Vec<Link>,
    /// Ends the thread that the links live on.
    _relaying: oneshot::Sender<()>,
}

impl Servers {
    /// Starts them, with `rows` rows in the table.
    pub(crate) async fn start(round_trip: Duration, rows: i64) -> Result<Self> {
        let builder = SETTINGS
            .iter()
            .fold(Cluster::builder().replicas(2), |builder, (name, value)| builder.setting(*name, *value));
        let cluster = builder.start().await?;
        cluster.execute(TABLE).await?;
        let fill = format!(
            "INSERT INTO favorites (user_id, color_hex) \
             SELECT number, '#00000000' FROM generate_series({OLD_ROW}, {rows}) AS number"
        );
        cluster.execute(&fill).await?;
        cluster.execute("VACUUM (ANALYZE) favorites").await?;
        cluster.wait_until_caught_up().await?;
        cluster.primary().set(STANDBYS.0, STANDBYS.1).await?;
        let (handle, relaying) = relay_thread()?;
        let mut links = Vec::new();
        for node in cluster.nodes() {
            let url = node.url();
            let link = handle.spawn(async move { Link::before(&url).await }).await??;
            link.set_latency(round_trip / 2);
            links.push(link);
        }
        Ok(Self { cluster, links, _relaying: relaying })
    }

    /// How to connect over `path`.
    pub(crate) fn addresses(&self, path: Path) -> Result<Addresses> {
        let urls: Vec<_> = match path {
            Path::Loopback => self.cluster.nodes().iter().map(Node::url).collect(),
            Path::Link => self.links.iter().map(Link::url).collect(),
        };
        let mut options = urls.iter().map(|url| Ok(url.parse::<PgConnectOptions>()?.options(LOCAL)));
        let primary = options.next().context("a cluster has a primary")??;
        Ok(Addresses { primary, replicas: options.collect::<Result<_>>()? })
    }

    pub(crate) fn version(&self) -> String {
        self.cluster.version().to_string()
    }

    /// Makes the replicas replay each commit only when it is this old.
    pub(crate) async fn set_lag(&self, lag: Duration) -> Result<()> {
        for replica in self.cluster.replicas() {
            replica.set_apply_delay(lag).await?;
        }
        Ok(())
    }

    /// Waits until the replicas hold everything.
    pub(crate) async fn settle(&self) -> Result<()> {
        Ok(self.cluster.wait_until_caught_up().await?)
    }

    /// The first process of each server.
    pub(crate) fn postmasters(&self) -> Result<Vec<u32>> {
        self.cluster.nodes().iter().map(postmaster).collect()
    }

    /// Begins a transaction that has written, which stays open until the connection is dropped.
    pub(crate) async fn open_transaction(&self) -> Result<PgConnection> {
        let mut conn = PgConnection::connect(&self.cluster.primary().url()).await?;
        let write = format!(
            "BEGIN; UPDATE favorites SET color_hex = '#00000001' WHERE user_id = {OLD_ROW}; SELECT pg_current_xact_id()"
        );
        sqlx::raw_sql(AssertSqlSafe(write)).execute(&mut conn).await?;
        Ok(conn)
    }

    /// The median time of a question to the primary that needs no work.
    pub(crate) async fn round_trip(&self, path: Path) -> Result<Duration> {
        let mut conn = PgConnection::connect_with(&self.addresses(path)?.primary).await?;
        let mut took = Vec::with_capacity(TRIPS);
        for _ in 0..TRIPS {
            let begun = Instant::now();
            sqlx::query("SELECT").execute(&mut conn).await?;
            took.push(begun.elapsed());
        }
        took.sort();
        Ok(took[TRIPS / 2])
    }

    pub(crate) async fn stop(self) {
        self.cluster.shutdown().await;
    }
}

fn postmaster(node: &Node) -> Result<u32> {
    let path = node.data_dir().join("postmaster.pid");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let pid = text.lines().next().unwrap_or_default().trim();
    ensure!(!pid.is_empty(), "{} names no process", path.display());
    Ok(pid.parse()?)
}

/// A thread for the links, so that relaying does not stand in the queue of the clients' runtime. It ends when the sender
/// is dropped.
fn relay_thread() -> Result<(Handle, oneshot::Sender<()>)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    let (ends, ended) = oneshot::channel::<()>();
    thread::Builder::new().name("link".into()).spawn(move || {
        // An error is the end: the sender was dropped.
        let _ = runtime.block_on(ended);
    })?;
    Ok((handle, ends))
}
