//! A cluster, and the sources of several processes over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use ryw_postgres::sqlx::postgres::PgConnectOptions;
use ryw_postgres::{Mode, PostgresSource};
use ryw_testkit::link::Link;
use ryw_testkit::postgres::Cluster;

use crate::histories::clock::JumpyClock;
use crate::histories::place::PostgresPlace;
use crate::histories::rows::SCHEMA;
use crate::histories::scene::Scene;
use crate::histories::world::{LOGS, SUMS};

/// Something to clean up after, for reads to be in the way of.
const CHURN: &str = "CREATE TABLE churn (n bigint NOT NULL); INSERT INTO churn SELECT generate_series(1, 50)";
/// How long an operation may wait for a primary: longer than any here is away.
const PRIMARY_PATIENCE: Duration = Duration::from_secs(6);
const REPLICA_PATIENCE: Duration = Duration::from_millis(800);
const HOWEVER_FAR: Duration = Duration::from_secs(24 * 3600);
const CONNECTIONS: u32 = 8;

/// Real servers.
pub(crate) struct Servers {
    pub(crate) cluster: Cluster,
    /// Before each server, the primary first; only where networks fail.
    pub(crate) links: Vec<Link>,
    /// Of each process.
    pub(crate) sources: Vec<PostgresSource>,
    /// Which server takes the writes: the place in the cluster's nodes.
    pub(crate) leader: Arc<AtomicUsize>,
}

impl Servers {
    pub(crate) async fn start(scene: Scene, clock: &Arc<JumpyClock>, processes: usize) -> Result<Self> {
        let cluster = cluster(scene).await.context("the servers could not be started")?;
        let mut links = Vec::new();
        if scene == Scene::Network {
            for node in cluster.nodes() {
                links.push(Link::before(&node.url()).await?);
            }
        }
        let mut servers = Self { cluster, links, sources: Vec::new(), leader: Arc::default() };
        if scene == Scene::Divergence {
            let migrating = PostgresSource::builder("main").primary(servers.cluster.primary().url());
            migrating.connect().await?.migrate_epochs().await?;
            servers.cluster.wait_until_caught_up().await?;
        }
        for number in 0..processes {
            let source = servers.connect(scene, clock, number).await?;
            PostgresPlace::new(source.clone()).verify().await?;
            servers.sources.push(source);
        }
        Ok(servers)
    }

    /// Processes differ in how they commit, and in how they ask whether a replica has come far enough.
    async fn connect(&self, scene: Scene, clock: &Arc<JumpyClock>, number: usize) -> Result<PostgresSource> {
        // Of an LSN alone it often cannot be told whether what was written there survived.
        let may_lose = matches!(scene, Scene::Loss | Scene::Divergence);
        let mode = if number == 2 && !may_lose { Mode::LsnGate } else { Mode::InBand };
        let mut builder = PostgresSource::builder("main")
            .mode(mode)
            .clock(Arc::clone(clock) as Arc<_>)
            .max_connections(CONNECTIONS)
            .fallback_limit(64)
            .primary_timeout(PRIMARY_PATIENCE)
            .replica_timeout(REPLICA_PATIENCE)
            .replica_read_timeout(REPLICA_PATIENCE);
        if scene == Scene::Divergence {
            // One replica has all, and would be preferred to those that are to take over, once they lag for too long.
            builder = builder.epochs().max_lag(HOWEVER_FAR);
        }
        let asynchronous = scene == Scene::Lag && number == 1;
        let primary: PgConnectOptions = self.url(0).parse()?;
        let primary = if asynchronous { primary.options([("synchronous_commit", "off")]) } else { primary };
        builder = builder.primary(primary);
        for replica in 1..self.cluster.nodes().len() {
            builder = builder.replica(self.url(replica));
        }
        Ok(builder.connect().await?)
    }

    /// Where each server is reached, the primary first.
    pub(crate) fn urls(&self) -> Vec<String> {
        (0..self.cluster.nodes().len()).map(|node| self.url(node)).collect()
    }

    fn url(&self, node: usize) -> String {
        self.links.get(node).map_or_else(|| self.cluster.nodes()[node].url(), Link::url)
    }

    /// Lets every server and every link be well again.
    pub(crate) async fn heal(&self) -> Result<()> {
        for link in &self.links {
            link.set_latency(Duration::ZERO);
            link.cut();
        }
        let leader = self.leader.load(Ordering::SeqCst);
        for (place, node) in self.cluster.nodes().iter().enumerate() {
            // A primary that was replaced stays away: it would come back as one.
            if leader != 0 && place == 0 {
                continue;
            }
            node.thaw();
            node.start().await?;
            if node.is_in_recovery().await? {
                node.set_apply_delay(Duration::ZERO).await?;
                node.release_replay().await?;
            }
        }
        Ok(())
    }
}

async fn cluster(scene: Scene) -> Result<Cluster> {
    let replicas = match scene {
        Scene::Both => 1,
        Scene::Divergence => 3,
        _ => 2,
    };
    let cluster = Cluster::builder().replicas(replicas).start().await?;
    cluster.execute(SCHEMA).await?;
    cluster.execute(CHURN).await?;
    let rows = format!(
        "INSERT INTO sums SELECT n, 0, 1 FROM generate_series(1, {SUMS}) n;
         INSERT INTO logs SELECT n, '{{}}', 1 FROM generate_series(1, {LOGS}) n"
    );
    cluster.execute(&rows).await?;
    if scene == Scene::Failover {
        cluster.primary().set("synchronous_standby_names", "FIRST 1 (replica_0)").await?;
    }
    cluster.wait_until_caught_up().await?;
    Ok(cluster)
}
