//! A replica cancels a read whose snapshot stands in the way of replay.

use ryw_core::{ConsistencySource, Context, Reason};
use ryw_postgres::{NodeState, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::FavoriteRepository;
use ryw_tests::servers::{eventually, plain, source, start};

/// On a replica, reading favourites takes as long as somebody else has the lock.
const SLOW_ON_REPLICAS: &str = "
    ALTER TABLE favorites RENAME TO stored;
    INSERT INTO stored SELECT n, '#000001' FROM generate_series(1, 100) n;
    CREATE VIEW favorites AS SELECT * FROM stored
        WHERE CASE WHEN pg_is_in_recovery() THEN pg_advisory_xact_lock_shared(1)::text = '' ELSE true END";

#[tokio::test]
async fn a_read_that_conflicts_with_recovery_is_repeated_elsewhere() {
    let cluster = Cluster::builder().replicas(1).setting("max_standby_streaming_delay", "0");
    let cluster = start(cluster.setting("autovacuum", "off")).await;
    cluster.execute(SLOW_ON_REPLICAS).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let mut locker = plain(&cluster.replica(0).url()).await;
    sqlx::query("SELECT pg_advisory_lock(1)").execute(&mut locker).await.unwrap();

    let reading = tokio::spawn(async move { favorites.find(&Context::new(), &7).await });
    eventually("the read has its snapshot", async || {
        sqlx::query_scalar("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            .fetch_one(&mut locker)
            .await
            .unwrap()
    })
    .await;
    cluster.execute("DELETE FROM stored WHERE user_id <> 7").await.unwrap();
    cluster.execute("VACUUM stored").await.unwrap();

    assert!(reading.await.unwrap().unwrap().is_some());
    assert_eq!(source.counts().by_reason(Reason::ReplicaFailed), 1, "{:?}", source.counts().reasons());
    assert_eq!(
        source.replicas(),
        [NodeState::Up],
        "one refused statement is no reason to leave the server out"
    );
    eventually("the replica counts the conflict", async || {
        sqlx::query_scalar("SELECT sum(confl_snapshot) > 0 FROM pg_stat_database_conflicts")
            .fetch_one(&mut locker)
            .await
            .unwrap()
    })
    .await;
}
