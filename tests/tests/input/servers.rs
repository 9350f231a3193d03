//! Servers in a place that is not theirs, and servers that are not there yet.

use ryw_core::{ConsistencySource, Context, Reason};
use ryw_postgres::{NodeState, PostgresSource};
use ryw_tests::servers::{cluster, eventually, patient, source};
use ryw_tests::{Favorite, FavoriteRepository};

#[tokio::test]
async fn servers_in_the_wrong_place_are_refused() {
    let (ours, other) = (cluster(2).await, cluster(1).await);
    let [primary, standby] = [ours.primary().url(), ours.replica(0).url()];
    for (primary, replica, says) in [
        (&primary, &other.replica(0).url(), "another database cluster"),
        (&primary, &other.primary().url(), "another database cluster"),
        (&primary, &primary, "is itself a primary"),
        (&standby, &ours.replica(1).url(), "is a standby"),
    ] {
        let builder = PostgresSource::builder("main").primary(primary.as_str()).replica(replica.as_str());
        let error = builder.connect().await.unwrap_err();
        assert!(error.is_config() && error.to_string().contains(says), "{error}, not {says}");
    }
}

#[tokio::test]
async fn a_replica_that_is_not_there_yet_is_taken_into_use_when_it_appears() {
    let cluster = cluster(2).await;
    cluster.replica(0).stop().await.unwrap();
    let source = source(&cluster).connect().await.unwrap();
    assert_eq!(source.replicas(), [NodeState::Down, NodeState::Up]);
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    assert!(favorites.find(&ctx, &7).await.unwrap().is_some());

    cluster.replica(1).stop().await.unwrap();
    for _ in 0..10 {
        assert!(favorites.find(&ctx, &7).await.unwrap().is_some());
    }
    assert!(source.counts().by_reason(Reason::NoReplica) > 0, "{:?}", source.counts().reasons());
    cluster.replica(0).start().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    eventually("the replica serves the session", async || {
        let before = source.counts().replica_reads();
        assert!(favorites.find(&ctx, &7).await.unwrap().is_some());
        source.counts().replica_reads() > before
    })
    .await;
    assert_eq!(source.replicas()[0], NodeState::Up);
}

/// Nobody notices while it is away; its connections are new when it is back.
#[tokio::test]
async fn a_server_of_another_cluster_on_a_replicas_port_is_refused() {
    let (ours, other) = (cluster(0).await, cluster(1).await);
    other.replica(0).stop().await.unwrap();
    let builder = patient().primary(ours.primary().url());
    let source = builder.replica(other.replica(0).url()).connect().await.unwrap();
    other.replica(0).start().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    eventually("the replica is refused", async || {
        favorites.find(&Context::new(), &7).await.unwrap();
        matches!(&source.replicas()[0], NodeState::Refused(why) if why.contains("another database cluster"))
    })
    .await;
    assert_eq!(source.counts().replica_reads(), 0);
}
