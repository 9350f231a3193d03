//! Pools and options of the user's own keep the guarantee.

use ryw_core::{ConsistencySource, Route};
use ryw_postgres::sqlx::PgPool;
use ryw_postgres::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use ryw_postgres::{Address, PostgresSource};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, patient, until_a_replica_serves};
use ryw_tests::session::{Rule, Session};

async fn keeps_the_guarantee(cluster: &Cluster, primary: impl Into<Address>, replica: impl Into<Address>) {
    let source = patient().primary(primary).replica(replica).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    let forgetful = Session::new(&source, Rule::Forgetful);
    for round in 0..3 {
        let first = 4 * round;
        session.write(7, first).await.unwrap();
        forgetful.write(8, first).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        until_a_replica_serves(&source, async || {
            assert_eq!(session.read(7).await.unwrap(), None);
        })
        .await;
        assert_eq!(source.route_read(session.context()).await.unwrap().route, Route::Replica(0));
        cluster.replica(0).hold_replay().await.unwrap();
        session.write(7, first + 1).await.unwrap();
        session.write_in(7, first + 2, "SET LOCAL synchronous_commit = off").await.unwrap();
        forgetful.write(8, first + 1).await.unwrap();
        assert_eq!(session.read(7).await.unwrap(), None);
        assert_eq!(session.query(7).await.unwrap(), None);
        assert!(forgetful.read(8).await.unwrap().is_some(), "the replica is behind: the test can fail");
        cluster.replica(0).release_replay().await.unwrap();
    }
}

#[tokio::test]
async fn options_are_addresses() {
    let cluster = cluster(1).await;
    let options = |url: String| url.parse::<PgConnectOptions>().unwrap().application_name("mine");
    let [primary, replica] = [cluster.primary(), cluster.replica(0)].map(|node| options(node.url()));
    keeps_the_guarantee(&cluster, primary, replica).await;
}

#[tokio::test]
async fn pools_are_addresses() {
    let cluster = cluster(1).await;
    let pool = async |url: String| PgPoolOptions::new().max_connections(3).connect(&url).await.unwrap();
    let primary = pool(cluster.primary().url()).await;
    keeps_the_guarantee(&cluster, primary, pool(cluster.replica(0).url()).await).await;
}

#[tokio::test]
async fn a_lazy_pool_of_a_replica_that_is_away_does_not_hinder_the_start() {
    let cluster = cluster(1).await;
    cluster.replica(0).stop().await.unwrap();
    let lazy = PgPool::connect_lazy(&cluster.replica(0).url()).unwrap();
    let source =
        PostgresSource::builder("main").primary(cluster.primary().url()).replica(lazy).connect().await;
    let session = Session::new(&source.unwrap(), Rule::Session);
    session.write(7, 1).await.unwrap();
    assert_eq!(session.read(7).await.unwrap(), None);
}
