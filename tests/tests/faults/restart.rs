//! A replica that crashes comes back at an *earlier* state than it had shown: what it had not flushed it replays again.
//! What was remembered of its progress must not survive.

use std::time::Duration;

use ryw_core::{ConsistencySource, Context, Route};
use ryw_postgres::sqlx::postgres::PgPoolOptions;
use ryw_postgres::{Address, NodeState, PostgresSource};
use ryw_testkit::postgres::{Cluster, Node};
use ryw_tests::servers::{eventually, patient, start, until_a_replica_serves};
use ryw_tests::{Favorite, FavoriteRepository};

/// Nothing but a restartpoint flushes on the replica, and there is one only in the beginning.
async fn cluster() -> Cluster {
    let cluster = Cluster::builder().replicas(1).setting("checkpoint_timeout", "1h");
    let cluster = start(cluster.setting("bgwriter_lru_maxpages", "0").setting("autovacuum", "off")).await;
    // It shall come back with the tables, and without what is written from now on.
    cluster.execute("CHECKPOINT").await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).execute("CHECKPOINT").await.unwrap();
    cluster
}

async fn source(cluster: &Cluster, replica: impl Into<Address>) -> PostgresSource {
    // A pool of the user's waits that long for a server that is away.
    let builder = patient().replica_timeout(Duration::from_secs(5));
    builder.primary(cluster.primary().url()).replica(replica).connect().await.unwrap()
}

/// Crashes the replica, which then replays commits only an hour late: it stays where it came back.
async fn crash(replica: &Node) {
    replica.set_apply_delay(Duration::from_secs(3600)).await.unwrap();
    let before = replica.replay_lsn().await.unwrap();
    replica.kill().await.unwrap();
    replica.start().await.unwrap();
    let after = replica.replay_lsn().await.unwrap();
    assert!(after < before, "it came back at {after:X}, not before {before:X}: the trap is not there");
}

/// A row that is on the replica, whose session has been served by it; then the replica crashes.
async fn served_then_crashed(cluster: &Cluster, source: &PostgresSource) -> (FavoriteRepository, Context) {
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    for _ in 0..3 {
        until_a_replica_serves(source, async || {
            assert!(favorites.find(&ctx, &7).await.unwrap().is_some());
        })
        .await;
    }
    crash(cluster.replica(0)).await;
    (favorites, ctx)
}

async fn reads_stay_right(source: &PostgresSource, favorites: &FavoriteRepository, ctx: &Context) {
    for _ in 0..20 {
        assert!(favorites.find(ctx, &7).await.unwrap().is_some(), "{:?}", source.counts().reasons());
        assert_eq!(source.route_read(ctx).await.unwrap().route, Route::Primary);
    }
    eventually("the replica is in use again, and stale", async || {
        favorites.find(&Context::new(), &7).await.unwrap().is_none()
    })
    .await;
    for _ in 0..20 {
        assert!(favorites.find(ctx, &7).await.unwrap().is_some(), "{:?}", source.counts().reasons());
    }
}

#[tokio::test]
async fn a_watermark_does_not_survive_a_crash_of_the_replica() {
    let cluster = cluster().await;
    let source = source(&cluster, cluster.replica(0).url()).await;
    let (favorites, ctx) = served_then_crashed(&cluster, &source).await;
    reads_stay_right(&source, &favorites, &ctx).await;
}

/// The crash is over before anyone reads: the first reader finds a new connection, and a mark from before.
#[tokio::test]
async fn a_connection_made_after_the_crash_is_asked_first() {
    let cluster = cluster().await;
    let source = source(&cluster, cluster.replica(0).url()).await;
    let (favorites, ctx) = served_then_crashed(&cluster, &source).await;
    // Readers without a past use up what is left of the old connections.
    eventually("the replica is in use again, and stale", async || {
        favorites.find(&Context::new(), &7).await.unwrap().is_none()
    })
    .await;
    reads_stay_right(&source, &favorites, &ctx).await;
}

/// For a pool of the user's no watermark may be kept, also not after it was away: it connects anew without our knowing.
#[tokio::test]
async fn a_pool_of_the_users_has_no_watermark() {
    let cluster = cluster().await;
    let pool = PgPoolOptions::new().connect(&cluster.replica(0).url()).await.unwrap();
    let source = source(&cluster, pool).await;
    let favorites = FavoriteRepository::new(source.clone());
    cluster.replica(0).stop().await.unwrap();
    eventually("the replica is found to be away", async || {
        assert!(favorites.find(&Context::new(), &7).await.unwrap().is_none());
        source.replicas() == [NodeState::Down]
    })
    .await;
    cluster.replica(0).start().await.unwrap();
    eventually("the replica is in use again", async || {
        favorites.find(&Context::new(), &7).await.unwrap();
        source.replicas() == [NodeState::Up]
    })
    .await;
    let (favorites, ctx) = served_then_crashed(&cluster, &source).await;
    reads_stay_right(&source, &favorites, &ctx).await;
}

/// The probe that found the replica well must not leave a watermark either.
#[tokio::test]
async fn a_probe_of_a_users_pool_leaves_no_watermark() {
    let cluster = cluster().await;
    let pool = PgPoolOptions::new().connect(&cluster.replica(0).url()).await.unwrap();
    let source = source(&cluster, pool).await;
    let favorites = FavoriteRepository::new(source.clone());
    cluster.replica(0).stop().await.unwrap();
    eventually("the replica is found to be away", async || {
        assert!(favorites.find(&Context::new(), &8).await.unwrap().is_none());
        source.replicas() == [NodeState::Down]
    })
    .await;
    // The row is there before the probe asks.
    let ctx = Context::new();
    favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    cluster.replica(0).start().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    eventually("the replica is in use again", async || {
        assert!(favorites.find(&ctx.strong(), &7).await.unwrap().is_some());
        source.replicas() == [NodeState::Up]
    })
    .await;
    crash(cluster.replica(0)).await;
    reads_stay_right(&source, &favorites, &ctx).await;
}
