//! The servers of the demonstration: a primary and two replicas that lag, with the table.

use std::time::Duration;

use anyhow::Result;
use ryw_testkit::postgres::Cluster;

const TABLE: &str = include_str!("../../../schema/favorites.sql");

/// Starts them.
pub(crate) async fn cluster(lag: Duration) -> Result<Cluster> {
    let cluster = Cluster::builder().replicas(2).start().await?;
    cluster.execute(TABLE).await?;
    cluster.wait_until_caught_up().await?;
    for replica in cluster.replicas() {
        replica.set_apply_delay(lag).await?;
    }
    Ok(cluster)
}
