//! Servers and sources as most tests want them.

use std::time::{Duration, Instant};

use ryw_core::ConsistencySource as _;
use ryw_postgres::sqlx::{Connection, PgConnection};
use ryw_postgres::{PostgresSource, PostgresSourceBuilder};
use ryw_testkit::link::Link;
use ryw_testkit::postgres::{Cluster, ClusterBuilder};

/// Longest wait for something that is certain to come. Generous: it is reached only by a test that fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a cluster and makes the tables of [`SCHEMA`](crate::SCHEMA), on every node.
///
/// # Panics
/// If Postgres cannot be started.
pub async fn start(cluster: ClusterBuilder) -> Cluster {
    let cluster = cluster.start().await.expect("a cluster starts");
    cluster.execute(crate::SCHEMA).await.expect("the schema is sound");
    cluster.wait_until_caught_up().await.expect("the replicas follow");
    cluster
}

/// A cluster with the tables of [`SCHEMA`](crate::SCHEMA) and this many replicas.
pub async fn cluster(replicas: usize) -> Cluster {
    start(Cluster::builder().replicas(replicas)).await
}

/// A source named `main` over all nodes of `cluster`, still to be connected.
pub fn source(cluster: &Cluster) -> PostgresSourceBuilder {
    let primary = patient().primary(cluster.primary().url());
    cluster.replicas().iter().fold(primary, |builder, replica| builder.replica(replica.url()))
}

/// As [`source`], its servers a millisecond away. The links end, with all connections, when they are dropped.
///
/// # Panics
/// If there is no port to be had.
pub async fn distant(cluster: &Cluster) -> (Vec<Link>, PostgresSourceBuilder) {
    let mut links = Vec::new();
    for node in std::iter::once(cluster.primary()).chain(cluster.replicas()) {
        let link = Link::before(&node.url()).await.expect("a port is free");
        link.set_latency(Duration::from_millis(1));
        links.push(link);
    }
    let builder = patient().primary(links[0].url());
    let builder = links[1..].iter().fold(builder, |builder, link| builder.replica(link.url()));
    (links, builder)
}

/// A source named `main`, its servers still to be named, that does not go elsewhere because the machine is busy: where a
/// test says that a replica serves, it waits for that replica to log it in, however long that takes.
pub fn patient() -> PostgresSourceBuilder {
    patient_named("main")
}

/// [`patient`], under another name.
pub fn patient_named(name: &str) -> PostgresSourceBuilder {
    let builder = PostgresSource::builder(name).replica_timeout(PATIENCE).replica_read_timeout(PATIENCE);
    builder.fallback_timeout(PATIENCE)
}

/// A connection of the test's own, which ryw knows nothing of.
///
/// # Panics
/// If the server does not answer.
pub async fn plain(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("the server answers")
}

/// Waits until `reached` says yes.
///
/// # Panics
/// If it does not for a minute.
pub async fn eventually(what: &str, mut reached: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !reached().await {
        assert!(Instant::now() < deadline, "never came about: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Runs `read` until a replica has served it.
///
/// A replica that was seen to lag is believed to lag for a while longer, so that the first read after it has caught up may
/// still go to the primary.
///
/// # Panics
/// If none does for a minute.
pub async fn until_a_replica_serves(source: &PostgresSource, mut read: impl AsyncFnMut()) {
    eventually("a replica serves", async || {
        let before = source.counts().replica_reads();
        read().await;
        source.counts().replica_reads() > before
    })
    .await;
}
