//! Starting after a failover: the configuration still names the old primary.

use ryw_core::{ConsistencySource as _, Route};
use ryw_postgres::{NodeState, PostgresSource};
use ryw_tests::servers::{cluster, eventually, source};
use ryw_tests::session::{Rule, Session};

#[tokio::test]
async fn a_promoted_replica_leads_from_the_start() {
    let cluster = cluster(2).await;
    cluster.primary().stop().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    cluster.replica(1).follow(cluster.replica(0)).await.unwrap();
    let source = source(&cluster).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    assert_eq!(session.read(1).await.unwrap(), None);
    eventually("both are in use", async || {
        assert_eq!(session.read(1).await.unwrap(), None);
        source.replicas() == [NodeState::Up, NodeState::Up]
    })
    .await;
    // A plain role reads the timeline of a standby off its control file, which a restartpoint brings up to date.
    cluster.replica(0).execute("CHECKPOINT").await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(1).execute("CHECKPOINT").await.unwrap();
    eventually("the other replica serves", async || {
        session.read(1).await.unwrap();
        source.route_read(session.context()).await.unwrap().route == Route::Replica(1)
    })
    .await;
}

/// Which of the two is meant cannot be told, and it is better to start nothing than to write to the wrong one.
#[tokio::test]
async fn two_primaries_do_not_start() {
    let cluster = cluster(2).await;
    cluster.replica(0).promote().await.unwrap();
    let refused = source(&cluster).connect().await.unwrap_err();
    assert!(refused.is_config() && refused.to_string().contains("replica 0"), "{refused}");
    cluster.primary().stop().await.unwrap();
    cluster.replica(1).promote().await.unwrap();
    let refused = source(&cluster).connect().await.unwrap_err();
    assert!(refused.is_config() && refused.to_string().contains("both promoted"), "{refused}");
}

/// A primary of its own, which nobody promoted, is not the successor of one that is away.
#[tokio::test]
async fn a_server_that_was_never_a_replica_succeeds_nobody() {
    let (ours, other) = (cluster(0).await, cluster(0).await);
    ours.primary().stop().await.unwrap();
    let source = PostgresSource::builder("main").primary(ours.primary().url());
    let refused = source.replica(other.primary().url()).connect().await.unwrap_err();
    assert!(refused.is_unavailable(), "{refused}");
}
