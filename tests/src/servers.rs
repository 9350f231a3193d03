//! Servers and sources as most tests want them.

use std::time::{Duration, Instant};

use ryw_postgres::sqlx::{Connection, PgConnection};
use ryw_postgres::{PostgresSource, PostgresSourceBuilder};
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
    let primary = PostgresSource::builder("main").primary(cluster.primary().url());
    cluster.replicas().iter().fold(primary, |builder, replica| builder.replica(replica.url()))
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
