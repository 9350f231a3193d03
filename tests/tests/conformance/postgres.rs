//! Postgres: a primary, and replicas whose replay is held.

use ryw_postgres::PostgresSource;
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers;

use super::place::Place;

pub(crate) struct Replicated {
    cluster: Cluster,
    source: PostgresSource,
}

impl Replicated {
    pub(crate) async fn start() -> Self {
        let cluster = servers::cluster(1).await;
        let source = servers::source(&cluster).connect().await.unwrap();
        Self { cluster, source }
    }
}

impl Place for Replicated {
    type Source = PostgresSource;

    const CAN_HOLD: bool = true;

    fn source(&self) -> &PostgresSource {
        &self.source
    }

    async fn elsewhere(&self) -> PostgresSource {
        servers::source(&self.cluster).connect().await.unwrap()
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
