//! Postgres: a primary, and replicas whose replay is held.

use std::sync::Arc;
use std::time::Duration;

use ryw_core::Mode;
use ryw_postgres::PostgresSource;
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers;

use super::place::Place;

pub(crate) struct Replicated {
    cluster: Arc<Cluster>,
    source: PostgresSource,
    mode: Mode,
}

impl Replicated {
    pub(crate) async fn start() -> Self {
        Self::over(Arc::new(servers::cluster(1).await), Mode::Position).await
    }

    /// The same servers.
    pub(crate) async fn without_proof(&self) -> Self {
        Self::over(Arc::clone(&self.cluster), Mode::TimeToLive(Duration::ZERO)).await
    }

    async fn over(cluster: Arc<Cluster>, mode: Mode) -> Self {
        let source = servers::source(&cluster).mode(mode).connect().await.unwrap();
        Self { cluster, source, mode }
    }
}

impl Place for Replicated {
    type Source = PostgresSource;

    const CAN_HOLD: bool = true;

    fn source(&self) -> &PostgresSource {
        &self.source
    }

    async fn elsewhere(&self) -> PostgresSource {
        servers::source(&self.cluster).mode(self.mode).connect().await.unwrap()
    }

    async fn hold(&self) {
        for replica in self.cluster.replicas() {
            replica.hold_replay().await.unwrap();
        }
    }

    async fn release(&self) {
        for replica in self.cluster.replicas() {
            replica.release_replay().await.unwrap();
        }
        self.cluster.wait_until_caught_up().await.unwrap();
    }
}
