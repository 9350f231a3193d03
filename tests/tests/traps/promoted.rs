//! A promoted server: its replay LSN stands still for ever, its sessions live on, and with the old primary still at work
//! (a failover without fencing) there are two histories under one system identifier.

use std::time::Duration;

use ryw_core::{ConsistencySource, Context, Cursor, PageRequest, Route};
use ryw_postgres::{Mode, NodeState, PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, patient, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};

async fn counter(favorites: &FavoriteRepository, ctx: &Context) -> Option<i64> {
    favorites.find(ctx, &7).await.unwrap().map(|favorite| favorite.count())
}

async fn write(favorites: &FavoriteRepository, ctx: &Context, count: i64) {
    favorites.upsert(ctx, &Favorite::numbered(7, count)).await.unwrap();
}

/// Every replica has idle connections and a watermark, as after a day's work.
async fn warm(cluster: &Cluster) -> (PostgresSource, FavoriteRepository) {
    let source = source(cluster).mode(Mode::LsnGate).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    for count in 0..10 {
        write(&favorites, &ctx, count).await;
        cluster.wait_until_caught_up().await.unwrap();
        for _ in cluster.replicas() {
            assert_eq!(counter(&favorites, &ctx).await, Some(count));
        }
    }
    eventually("the replicas are in use", async || {
        assert_eq!(counter(&favorites, &ctx).await, Some(9));
        source.counts().replica_reads() >= 10
    })
    .await;
    (source, favorites)
}

#[tokio::test]
async fn a_gate_on_the_frozen_replay_lsn_never_opens_and_ours_does_not_ask_it() {
    let cluster = cluster(1).await;
    let (source, favorites) = warm(&cluster).await;
    cluster.replica(0).promote().await.unwrap();
    let ctx = Context::new();
    let written = favorites.upsert(&ctx, &Favorite::numbered(7, 100)).await.unwrap();
    let token = written.position().unwrap().offset().unwrap();

    // The wrong way: no progress, whatever is written there or here.
    let mut reader = plain(&cluster.replica(0).url()).await;
    let mut lsns = Vec::new();
    for id in 1000..1020_i64 {
        for node in cluster.nodes() {
            let mut conn = plain(&node.url()).await;
            sqlx::query("INSERT INTO favorites VALUES ($1, '#000001')")
                .bind(id)
                .execute(&mut conn)
                .await
                .unwrap();
        }
        let lsn: i64 = sqlx::query_scalar("SELECT (pg_last_wal_replay_lsn() - '0/0')::int8")
            .fetch_one(&mut reader)
            .await
            .unwrap();
        lsns.push(lsn.unsigned_abs());
    }
    assert!(lsns.iter().all(|lsn| *lsn == lsns[0] && *lsn < token), "{lsns:X?}, not {token:X}");

    assert_eq!(counter(&favorites, &ctx).await, Some(100));
    eventually("the promoted replica is refused", async || {
        assert_eq!(counter(&favorites, &ctx).await, Some(100));
        matches!(&source.replicas()[0], NodeState::Refused(why) if why.contains("promoted"))
    })
    .await;
    for count in 101..150 {
        write(&favorites, &ctx, count).await;
        assert_eq!(counter(&favorites, &ctx).await, Some(count));
    }
}

/// The pooled connections survive the promotion, and the watermark is at the end of the common history.
#[tokio::test]
async fn sessions_of_the_old_primary_never_see_the_other_history() {
    let cluster = cluster(2).await;
    let (source, favorites) = warm(&cluster).await;
    cluster.replica(0).promote().await.unwrap();
    let mut usurper = plain(&cluster.replica(0).url()).await;
    sqlx::query("UPDATE favorites SET color_hex = '#00ffff' WHERE user_id = 7")
        .execute(&mut usurper)
        .await
        .unwrap();
    // Its LSN shall run ahead of ours.
    sqlx::query("SELECT pg_logical_emit_message(true, '', repeat('x', 1000000))")
        .execute(&mut usurper)
        .await
        .unwrap();

    let (writer, reader) = (Context::new(), Context::new());
    let mut newest = 0;
    for count in 100..200 {
        write(&favorites, &writer, count).await;
        assert_eq!(counter(&favorites, &writer).await, Some(count));
        let recent = counter(&favorites, &Context::new().bounded_staleness(Duration::ZERO)).await;
        assert_eq!(recent, Some(count));
        let seen = counter(&favorites, &reader).await.unwrap();
        assert!((newest..=count).contains(&seen), "{seen:x} after {newest:x}");
        newest = seen;
        let anyone = counter(&favorites, &Context::new()).await.unwrap();
        assert!(anyone <= count, "a row that this source's primary never had: {anyone:x}");
    }
    // Which replica is read is the balancer's choice; the one that is not read is found by its probe.
    eventually("the promoted replica is refused", async || {
        let _ = counter(&favorites, &Context::new()).await;
        matches!(source.replicas()[0], NodeState::Refused(_))
    })
    .await;
}

/// A read that finds nothing carries no column that tells the role.
#[tokio::test]
async fn an_empty_read_of_a_promoted_server_is_noticed_too() {
    let cluster = cluster(1).await;
    let (source, favorites) = warm(&cluster).await;
    cluster.replica(0).promote().await.unwrap();
    plain(&cluster.replica(0).url()).await;
    eventually("the promoted replica is refused", async || {
        let page =
            favorites.list(&Context::new(), &PageRequest::first(10).after(Cursor::new(999))).await.unwrap();
        assert!(page.items.is_empty());
        matches!(source.replicas()[0], NodeState::Refused(_))
    })
    .await;
}

/// A replica goes over to the promoted server without losing a session, while the old primary works on: its LSNs are
/// those of another history, and further than ours. A second later it covers nothing of ours.
#[tokio::test]
async fn a_replica_that_went_over_to_the_promoted_server_covers_nothing_of_ours() {
    let cluster = cluster(2).await;
    let (usurper, deserter) = (cluster.replica(0), cluster.replica(1));
    // A plain role cannot see in time that a standby has changed its timeline; see "not promised" in ryw-postgres.
    cluster.execute("GRANT pg_read_all_stats TO app").await.unwrap();
    let builder = patient().primary(cluster.primary().url());
    let source = builder.replica(deserter.url()).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    write(&favorites, &Context::new(), 1).await;
    cluster.wait_until_caught_up().await.unwrap();
    assert_eq!(counter(&favorites, &Context::new()).await, Some(1));

    usurper.promote().await.unwrap();
    deserter.follow(usurper).await.unwrap();
    usurper.execute("SELECT pg_logical_emit_message(true, '', repeat('x', 1000000))").await.unwrap();
    let ahead = usurper.flush_lsn().await.unwrap();
    deserter.wait_for_replay(ahead).await.unwrap();
    // A replica in use is asked once a second whether it still is what it was. (Epochs tell at once.)
    let ctx = Context::new();
    write(&favorites, &ctx, 1).await;
    eventually("the replica is known to have gone over", async || {
        source.route_read(&ctx).await.unwrap().route == Route::Primary
    })
    .await;
    // A reader whom any server will do; what it learns must not be taken for progress in our history.
    assert_eq!(counter(&favorites, &Context::new()).await, Some(1));

    for count in 2..20 {
        write(&favorites, &ctx, count).await;
        assert!(cluster.primary().flush_lsn().await.unwrap() < ahead, "the trap is there");
        assert_eq!(counter(&favorites, &ctx).await, Some(count), "{:?}", source.counts().reasons());
    }
}

#[tokio::test]
async fn after_a_failover_reads_and_writes_of_an_old_session_work_on_the_new_primary() {
    let cluster = cluster(2).await;
    let (_, favorites) = warm(&cluster).await;
    let ctx = Context::new();
    write(&favorites, &ctx, 50).await;
    cluster.wait_until_caught_up().await.unwrap();
    let [new, other] = [0, 1].map(|index| cluster.replica(index));
    cluster.primary().kill().await.unwrap();
    new.promote().await.unwrap();
    other.follow(new).await.unwrap();
    // As after a restart of the application, with sessions that outlive it.
    let source = patient().primary(new.url()).replica(other.url()).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    assert_eq!(counter(&favorites, &ctx).await, Some(50));
    assert_eq!(source.counts().by_reason(ryw_core::Reason::PositionOtherTimeline), 1);
    for count in 51..60 {
        write(&favorites, &ctx, count).await;
        assert_eq!(counter(&favorites, &ctx).await, Some(count));
    }
    // The standby's control file tells the new timeline only after its next restartpoint.
    new.execute("CHECKPOINT").await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    other.execute("CHECKPOINT").await.unwrap();
    eventually("the replica serves sessions of the new timeline", async || {
        source.route_read(&ctx).await.unwrap().route == Route::Replica(0)
    })
    .await;
    assert_eq!(counter(&favorites, &ctx).await, Some(59));
}
