//! Transactions that only read: where they run, what they see, and what they leave in the session.

use std::time::{Duration, Instant};

use ryw_core::{ConsistencySource, Context, Error, Route};
use ryw_postgres::{Address, Isolation, PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, patient, plain, source, start, until_a_replica_serves};
use ryw_tests::{Favorite, FavoriteRepository};

use super::shared::{color, put};

const LEVELS: [Isolation; 2] = [Isolation::ReadCommitted, Isolation::RepeatableRead];

/// Reads a key in a transaction; says where.
async fn read(
    source: &PostgresSource,
    ctx: &Context,
    level: Isolation,
    key: i64,
) -> Result<(Option<i64>, Route), Error> {
    let mut tx = source.read_transaction(ctx).isolation(level).begin().await?;
    let found = color(&mut tx, key).await;
    let route = tx.routed().route;
    tx.finish().await?;
    Ok((found, route))
}

#[tokio::test]
async fn it_runs_on_a_replica_that_has_caught_up_and_else_on_the_primary() {
    let cluster = cluster(1).await;
    let source = source(&cluster).max_connections(2).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    for (count, level) in (1..).zip(LEVELS) {
        let ctx = Context::new();
        favorites.upsert(&ctx, &Favorite::numbered(7, count)).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        until_a_replica_serves(&source, async || {
            assert_eq!(read(&source, &ctx, level, 7).await.unwrap().0, Some(count));
        })
        .await;

        cluster.replica(0).hold_replay().await.unwrap();
        favorites.upsert(&ctx, &Favorite::numbered(7, 10 + count)).await.unwrap();
        assert_eq!(read(&source, &ctx, level, 7).await.unwrap(), (Some(10 + count), Route::Primary));
        let stale = read(&source, &Context::new(), level, 7).await.unwrap();
        assert_eq!(stale, (Some(count), Route::Replica(0)), "the replica is behind: the test can fail");
        cluster.replica(0).release_replay().await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
    }
}

/// A gate inside the transaction would freeze its snapshot before the write has arrived.
#[tokio::test]
async fn no_snapshot_is_older_than_what_was_written_before() {
    let cluster = cluster(2).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let mut on_replicas = 0;
    // On a busy machine no replica may be quick enough for a while.
    let patience = Instant::now() + Duration::from_secs(60);
    for count in 1.. {
        if count >= 300 && (on_replicas > 0 || Instant::now() > patience) {
            break;
        }
        favorites.upsert(&ctx, &Favorite::numbered(7, count)).await.unwrap();
        for level in LEVELS {
            let (found, route) = read(&source, &ctx, level, 7).await.unwrap();
            assert_eq!(found, Some(count), "on {route}, {level:?}");
            on_replicas += u32::from(route.is_replica());
        }
    }
    println!("{on_replicas} reading transactions right after a write ran on replicas, none stale");
    assert!(on_replicas > 0);
}

#[tokio::test]
async fn its_snapshot_is_its_isolations() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let mut writer = plain(&cluster.primary().url()).await;
    for (level, expected) in [(Isolation::ReadCommitted, 2), (Isolation::RepeatableRead, 1)] {
        put(&mut writer, 7, 1).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        let mut tx = source.read_transaction(&Context::new()).isolation(level).begin().await.unwrap();
        assert!(tx.routed().route.is_replica());
        assert_eq!(color(&mut tx, 7).await, Some(1));
        put(&mut writer, 7, 2).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        assert_eq!(color(&mut tx, 7).await, Some(expected), "{level:?}");
        let refused = sqlx::query("DELETE FROM favorites").execute(&mut *tx).await.unwrap_err();
        assert!(refused.to_string().contains("read-only"), "{refused}");
        let refused = tx.finish().await.unwrap_err();
        assert!(refused.is_database() && !refused.is_retryable(), "{refused:?}");
    }
}

/// Behind it there may be another server for each transaction: the gate runs in one, and the next follows in its message.
#[tokio::test]
async fn it_holds_on_to_one_server_behind_a_balancer() {
    let cluster = cluster(1).await;
    let replica = Address::from(cluster.replica(0).url()).balanced();
    let builder = patient().primary(cluster.primary().url()).replica(replica);
    let source = builder.max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    for (count, level) in (1..).zip(LEVELS.repeat(3)) {
        favorites.upsert(&ctx, &Favorite::numbered(7, count)).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        let mut tx = source.read_transaction(&ctx).isolation(level).begin().await.unwrap();
        assert!(tx.routed().route.is_replica());
        let sql = "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')";
        let (isolation, read_only): (String, String) = sqlx::query_as(sql).fetch_one(&mut *tx).await.unwrap();
        let expected = if level == Isolation::RepeatableRead { "repeatable read" } else { "read committed" };
        assert_eq!((isolation.as_str(), read_only.as_str()), (expected, "on"));
        assert_eq!(color(&mut tx, 7).await, Some(count));
        tx.finish().await.unwrap();
        assert!(!ctx.frontier(source.id()).is_unknown());
    }
}

#[tokio::test]
async fn a_serializable_one_runs_on_the_primary() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let ctx = Context::new();
    assert_eq!(read(&source, &ctx, Isolation::Serializable, 7).await.unwrap(), (None, Route::Primary));
    let mut tx = source.read_transaction(&ctx).deferrable().begin().await.unwrap();
    let sql = "SELECT current_setting('transaction_isolation'), current_setting('transaction_deferrable'),
        current_setting('transaction_read_only')";
    let set: (String, String, String) = sqlx::query_as(sql).fetch_one(&mut *tx).await.unwrap();
    assert_eq!(set, ("serializable".into(), "on".into(), "on".into()));
    tx.finish().await.unwrap();
}

/// Two sources of one name, each over one of the replicas, so that it is certain which is read.
#[tokio::test]
async fn later_reads_do_not_go_behind_it() {
    let cluster = cluster(2).await;
    let over = async |replica: usize| {
        let builder = patient().primary(cluster.primary().url());
        builder.replica(cluster.replica(replica).url()).connect().await.unwrap()
    };
    let (source, behind) = (over(0).await, over(1).await);
    cluster.replica(1).hold_replay().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    favorites.upsert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    let lsn = cluster.primary().flush_lsn().await.unwrap();
    cluster.replica(0).wait_for_replay(lsn).await.unwrap();
    for level in LEVELS {
        let ctx = Context::new();
        assert_eq!(read(&source, &ctx, level, 7).await.unwrap(), (Some(1), Route::Replica(0)));
        assert_eq!(read(&behind, &ctx, level, 7).await.unwrap(), (Some(1), Route::Primary));
        assert!(FavoriteRepository::new(behind.clone()).find(&ctx, &7).await.unwrap().is_some());
        let free = ctx.without_monotonic_reads();
        let stale = read(&behind, &free, level, 7).await.unwrap();
        assert_eq!(stale.0, Some(1), "the floor is the session's, whichever handle reads");
        let other = Context::new().without_monotonic_reads();
        assert_eq!(read(&source, &other, level, 7).await.unwrap().0, Some(1));
        assert_eq!(read(&behind, &other, level, 7).await.unwrap().0, None, "the test can fail");
    }

    let ctx = Context::new();
    drop(source.read_transaction(&ctx).begin().await.unwrap());
    assert!(ctx.frontier(source.id()).is_unknown(), "one that is not finished may have seen anything");
}

/// A replica cancels the transaction whose snapshot stands in the way of replay. That is worth another try.
#[tokio::test]
async fn a_conflict_with_recovery_is_retryable() {
    let cluster = Cluster::builder().replicas(1).setting("max_standby_streaming_delay", "0");
    let cluster = start(cluster.setting("autovacuum", "off")).await;
    let mut writer = plain(&cluster.primary().url()).await;
    for key in 0..100 {
        put(&mut writer, key, 1).await.unwrap();
    }
    cluster.wait_until_caught_up().await.unwrap();
    let source = source(&cluster).connect().await.unwrap();
    let ctx = Context::new();
    let mut tx = source.read_transaction(&ctx).isolation(Isolation::RepeatableRead).begin().await.unwrap();
    assert!(tx.routed().route.is_replica());
    assert_eq!(color(&mut tx, 7).await, Some(1));
    cluster.execute("DELETE FROM favorites WHERE user_id <> 7").await.unwrap();
    cluster.execute("VACUUM favorites").await.unwrap();
    let mut failure = None;
    eventually("the replica replays over it", async || {
        failure = sqlx::query("SELECT count(*) FROM favorites").execute(&mut *tx).await.err();
        failure.is_some()
    })
    .await;
    let why = tx.failed(failure.unwrap());
    assert!(why.is_retryable(), "{why:?}");
    drop(tx);
    let mut tx = source.read_transaction(&ctx.strong()).begin().await.unwrap();
    assert_eq!(color(&mut tx, 7).await, Some(1));
    tx.finish().await.unwrap();
}

#[tokio::test]
async fn a_replica_that_goes_away_is_retryable_and_left_alone() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let ctx = Context::new();
    let mut tx = source.read_transaction(&ctx).begin().await.unwrap();
    assert!(tx.routed().route.is_replica());
    cluster.replica(0).kill().await.unwrap();
    let error = sqlx::query("SELECT 1").execute(&mut *tx).await.unwrap_err();
    let why = tx.failed(error);
    assert!(why.is_unavailable() && why.is_retryable(), "{why:?}");
    drop(tx);
    assert_eq!(read(&source, &ctx, Isolation::RepeatableRead, 7).await.unwrap().1, Route::Primary);
}
