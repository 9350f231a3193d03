//! Positions leave a context when every replica holds them for good, and not before: a replica that crashes comes back behind
//! what it has shown, and a session that was let go of has nothing left to notice it by.

use std::time::Duration;

use ryw_core::{ConsistencySource, Context, Progress, Route, Timestamp};
use ryw_postgres::sqlx::postgres::PgPoolOptions;
use ryw_postgres::{Address, NodeState, PostgresSource, Retirement, sqlx};
use ryw_testkit::postgres::{Cluster, Node};
use ryw_tests::servers::{eventually, patient, plain, source, start};
use ryw_tests::{Favorite, FavoriteRepository};

/// Nothing but a restartpoint that the test asks for writes anything on a replica.
async fn cluster(replicas: usize) -> Cluster {
    let cluster = Cluster::builder().replicas(replicas).setting("checkpoint_timeout", "1h");
    let cluster = start(cluster.setting("bgwriter_lru_maxpages", "0").setting("autovacuum", "off")).await;
    // A replica that crashes comes back with the tables.
    restartpoints(&cluster).await;
    cluster
}

async fn restartpoints(cluster: &Cluster) {
    cluster.execute("CHECKPOINT").await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    for replica in cluster.replicas() {
        replica.execute("CHECKPOINT").await.unwrap();
    }
}

async fn retiring(cluster: &Cluster) -> (PostgresSource, FavoriteRepository) {
    let source = source(cluster).retire_after(Duration::ZERO).connect().await.unwrap();
    (source.clone(), FavoriteRepository::new(source))
}

/// A write that all replicas show, and a read of it.
async fn written(cluster: &Cluster, favorites: &FavoriteRepository, count: i64) -> Context {
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(7, count)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), count);
    ctx
}

/// Retires until the source has asked every replica once more, which it does at most once a second.
async fn retire_after_asking(cluster: &Cluster, source: &PostgresSource, ctx: &Context) {
    let mut ends = Vec::new();
    for replica in cluster.replicas() {
        ends.push(minimum_recovery_end(replica).await);
    }
    eventually("all are asked", async || {
        source.retire(ctx);
        let status = source.status();
        status.replicas().zip(&ends).all(|(node, end)| node.durable_offset == Some(*end))
    })
    .await;
    source.retire(ctx);
}

async fn minimum_recovery_end(replica: &Node) -> u64 {
    const SQL: &str = "SELECT (min_recovery_end_lsn - '0/0')::int8 FROM pg_control_recovery()";
    let end: i64 = sqlx::query_scalar(SQL).fetch_one(&mut plain(&replica.url()).await).await.unwrap();
    end.cast_unsigned()
}

/// Crashes the replica, which then replays commits only an hour late: it stays where it came back.
async fn crash(replica: &Node) {
    replica.set_apply_delay(Duration::from_secs(3600)).await.unwrap();
    let (before, end) = (replica.replay_lsn().await.unwrap(), minimum_recovery_end(replica).await);
    replica.kill().await.unwrap();
    replica.start().await.unwrap();
    let after = replica.replay_lsn().await.unwrap();
    println!("shown up to {before:X}, minimum recovery end {end:X}, back at {after:X}");
    assert!(after < before, "it came back at {after:X}, not before {before:X}: the trap is not there");
    assert!(after >= end, "it came back at {after:X}, before its minimum recovery end {end:X}");
}

/// What the replica itself shows.
async fn shown(replica: &Node) -> Option<i64> {
    let mut conn = plain(&replica.url()).await;
    let color = sqlx::query_scalar::<_, String>("SELECT color_hex FROM favorites WHERE user_id = 7");
    let color = color.fetch_optional(&mut conn).await.unwrap();
    color.map(|color| i64::from_str_radix(&color[1..], 16).unwrap())
}

#[tokio::test]
async fn an_idle_session_carries_nothing_once_every_replica_has_it_for_good() {
    let cluster = cluster(2).await;
    let (source, favorites) = retiring(&cluster).await;
    let ctx = written(&cluster, &favorites, 1).await;
    for replica in cluster.replicas() {
        retire_after_asking(&cluster, &source, &ctx).await;
        assert!(!ctx.frontier(source.id()).is_empty(), "shown, and not for good");
        cluster.execute("CHECKPOINT").await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        replica.execute("CHECKPOINT").await.unwrap();
    }
    let elsewhere = Context::new();
    elsewhere.merge(&ctx);
    retire_after_asking(&cluster, &source, &ctx).await;
    println!("{}", source.status());
    assert!(ctx.frontiers().is_empty(), "{:?} {}", ctx.frontiers(), source.status().retirement);
    let before = source.counts().replica_reads();
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 1);
    assert_eq!(source.counts().replica_reads(), before + 1);

    // Another process, that asks now for the first time.
    let (other, _) = retiring(&cluster).await;
    retire_after_asking(&cluster, &other, &elsewhere).await;
    assert!(elsewhere.frontiers().is_empty(), "{:?} {}", elsewhere.frontiers(), other.status().retirement);
}

#[tokio::test]
async fn what_was_let_go_of_survives_a_crash_and_what_was_kept_is_missed() {
    let cluster = cluster(1).await;
    let (source, favorites) = retiring(&cluster).await;
    let retired = written(&cluster, &favorites, 1).await;
    retire_after_asking(&cluster, &source, &retired).await;
    restartpoints(&cluster).await;
    retire_after_asking(&cluster, &source, &retired).await;
    assert!(retired.frontiers().is_empty(), "{:?}", retired.frontiers());
    let kept = written(&cluster, &favorites, 2).await;
    retire_after_asking(&cluster, &source, &kept).await;

    crash(cluster.replica(0)).await;
    assert_eq!(shown(cluster.replica(0)).await, Some(1), "the first answer has the one, and lacks the other");
    for _ in 0..20 {
        assert_eq!(favorites.find(&kept, &7).await.unwrap().unwrap().count(), 2);
        assert!(favorites.find(&retired.without_monotonic_reads(), &7).await.unwrap().is_some());
    }
    eventually("the replica is in use again", async || {
        let stranger = favorites.find(&Context::new(), &7).await.unwrap();
        stranger.expect("what was let go of").count() == 1
    })
    .await;
}

/// The rule that a watermark would be: after a crash the session misses its own write, and no one is told.
#[tokio::test]
async fn what_a_replica_has_merely_shown_must_not_be_let_go_of() {
    let cluster = cluster(1).await;
    let (source, favorites) = retiring(&cluster).await;
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    source.resolve(&ctx).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    eventually("the watermark has passed the write", async || {
        assert!(favorites.find(&Context::new(), &7).await.unwrap().is_some());
        let status = source.status();
        let node = status.replicas().next().unwrap();
        if let Some((branch, shown)) = node.branch.clone().zip(node.offset) {
            ctx.retire(source.id(), &Progress::new(branch, shown), Timestamp::default());
        }
        ctx.frontier(source.id()).is_empty()
    })
    .await;
    crash(cluster.replica(0)).await;
    eventually("the replica is in use again, and stale", async || {
        favorites.find(&ctx.without_monotonic_reads(), &7).await.unwrap().is_none()
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_nobody_has_met_keeps_everything_and_one_that_is_away_does_not() {
    let cluster = cluster(2).await;
    cluster.replica(1).stop().await.unwrap();
    let (source, favorites) = retiring(&cluster).await;
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    eventually("replica 0 is met", async || {
        source.retire(&ctx);
        assert!(!ctx.frontier(source.id()).is_empty());
        source.status().retirement.to_string().contains("replica 1 has not been met")
    })
    .await;

    cluster.replica(1).start().await.unwrap();
    eventually("replica 1 is met", async || {
        source.retire(&ctx);
        source.status().replicas().all(|node| node.durable_offset.is_some())
    })
    .await;
    cluster.wait_until_caught_up().await.unwrap();
    restartpoints(&cluster).await;
    retire_after_asking(&cluster, &source, &ctx).await;
    let later = written(&cluster, &favorites, 2).await;
    restartpoints(&cluster).await;
    retire_after_asking(&cluster, &source, &later).await;
    assert!(later.frontiers().is_empty());
    let later = written(&cluster, &favorites, 3).await;
    restartpoints(&cluster).await;
    let asking = Context::new();
    asking.merge(&later);
    retire_after_asking(&cluster, &source, &asking).await;
    cluster.replica(1).stop().await.unwrap();
    eventually("it is found to be away", async || {
        favorites.find(&Context::new(), &7).await.unwrap();
        source.replicas()[1] == NodeState::Down
    })
    .await;
    source.retire(&later);
    assert!(later.frontiers().is_empty(), "it had it for good: {:?}", later.frontiers());
}

#[tokio::test]
async fn nothing_is_let_go_of_where_not_every_server_can_be_known() {
    let cluster = cluster(1).await;
    let url = cluster.replica(0).url();
    let pool = PgPoolOptions::new().connect(&url).await.unwrap();
    for (replica, reason) in [
        (None, "no replica is configured"),
        (Some(Address::from(pool)), "pool of your own"),
        (Some(Address::from(url).balanced()), "how many servers"),
    ] {
        let primary = patient().primary(cluster.primary().url()).retire_after(Duration::ZERO);
        let source = replica.into_iter().fold(primary, |builder, address| builder.replica(address));
        let source = source.connect().await.unwrap();
        let favorites = FavoriteRepository::new(source.clone());
        let ctx = written(&cluster, &favorites, 1).await;
        restartpoints(&cluster).await;
        source.retire(&ctx);
        assert!(!ctx.frontier(source.id()).is_empty());
        let why = source.status().retirement.to_string();
        assert!(why.contains(reason), "{why}");
    }
    let source = source(&cluster).connect().await.unwrap();
    assert_eq!(source.status().retirement, Retirement::Off, "nobody has asked for it");
    let ctx = written(&cluster, &FavoriteRepository::new(source.clone()), 1).await;
    source.retire(&ctx);
    assert!(!ctx.frontier(source.id()).is_empty());
}

/// After a failover nothing of before is held against the new timeline, and what is written there is let go of in its turn.
#[tokio::test]
async fn another_timeline_is_another_line() {
    let cluster = cluster(2).await;
    let (source, favorites) = retiring(&cluster).await;
    let before = written(&cluster, &favorites, 1).await;
    retire_after_asking(&cluster, &source, &before).await;
    cluster.primary().stop().await.unwrap();
    cluster.replica(0).promote().await.unwrap();
    cluster.replica(1).follow(cluster.replica(0)).await.unwrap();
    let after = Context::new();
    eventually("the new primary takes writes", async || {
        favorites.upsert(&after, &Favorite::numbered(7, 2)).await.is_ok()
    })
    .await;
    source.retire(&before);
    let status = source.status();
    assert!(!before.frontier(source.id()).is_empty());
    assert!(
        matches!(status.retirement, Retirement::Nothing(_)),
        "the old primary is no replica yet: {status}"
    );
    assert_eq!(status.leader().route, Route::Primary);
}

/// With epochs a branch is not the timeline, and the minimum recovery end still lies on it.
#[tokio::test]
async fn with_epochs_positions_are_let_go_of_too() {
    let cluster = cluster(1).await;
    source(&cluster).connect().await.unwrap().migrate_epochs().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let source = source(&cluster).epochs().retire_after(Duration::ZERO).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = written(&cluster, &favorites, 1).await;
    retire_after_asking(&cluster, &source, &ctx).await;
    assert!(!ctx.frontier(source.id()).is_empty(), "shown, and not for good");
    restartpoints(&cluster).await;
    retire_after_asking(&cluster, &source, &ctx).await;
    assert!(ctx.frontiers().is_empty(), "{:?} {}", ctx.frontiers(), source.status().retirement);
}
