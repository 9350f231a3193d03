//! Each thing that happens is told to the recorder once, under its documented name.

use std::time::Duration;

use ryw_core::{ConsistencySource, Context, Reason};
use ryw_postgres::sqlx;
use ryw_testkit::link::Link;
use ryw_tests::servers::{cluster, eventually, patient, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};

use super::recorder::{Recorded, recorder};

#[tokio::test]
async fn reads_are_counted_by_server_route_and_reason() {
    let cluster = cluster(1).await;
    let (recorder, snapshotter) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    // More than a busy machine makes the replica lag before it is held: else no read would wait for it.
    let source = source(&cluster).wait_budget(Duration::from_secs(2)).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let (ctx, [primary, replica]) = (
        Context::new(),
        [cluster.primary(), cluster.replica(0)].map(|node| format!("127.0.0.1:{}", node.port())),
    );

    favorites.upsert(&ctx, &Favorite::numbered(1, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    favorites.find(&ctx, &1).await.unwrap();
    favorites.find(&ctx.strong(), &1).await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    favorites.upsert(&ctx, &Favorite::numbered(1, 2)).await.unwrap();
    favorites.find(&ctx, &1).await.unwrap();
    cluster.replica(0).release_replay().await.unwrap();

    let seen = Recorded::by(&snapshotter);
    let reads = |server: &str, route: &str, reason: Reason| {
        let labels = [("source", "main"), ("server", server), ("route", route), ("reason", reason.as_str())];
        seen.sum("ryw_postgres_reads_total", &labels)
    };
    assert_eq!(reads(&replica, "replica", Reason::CaughtUp), 1.0);
    assert_eq!(reads(&primary, "primary", Reason::Policy), 1.0);
    assert_eq!(reads(&primary, "primary", Reason::ReplicasBehind), 1.0);
    assert_eq!(seen.sum("ryw_postgres_reads_total", &[]), 3.0);
    assert_eq!(seen.sum("ryw_postgres_writes_total", &[]), 2.0);
    assert_eq!(seen.sum("ryw_postgres_read_wait_seconds", &[]), 1.0, "one read has waited, in vain");
    assert_eq!(seen.sum("ryw_postgres_fallbacks_total", &[]), 1.0);
    assert_eq!(seen.sum("ryw_postgres_fallbacks_in_use", &[]), 0.0, "the place was given back");
    assert_eq!(seen.sum("ryw_postgres_fallbacks_limit", &[]), 5.0, "half of ten connections");
    assert_eq!(
        seen.series("ryw_postgres_replica_lag_seconds"),
        2,
        "one a server, should it ever be a replica"
    );
    assert!(seen.sum("ryw_postgres_replica_lag_seconds", &[("server", &replica)]) > 0.0);
    let status = source.status();
    assert_eq!((status.counts.writes, status.fallbacks.admitted), (2, 1), "{status}");
}

#[tokio::test]
async fn what_goes_wrong_is_counted_too() {
    let cluster = cluster(1).await;
    let (recorder, snapshotter) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let link = Link::before(&cluster.primary().url()).await.unwrap();
    let source = patient().primary(link.url()).replica(cluster.replica(0).url()).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(1, 1)).await.unwrap();

    link.lose_answers_to(b"#000002");
    let writing = tokio::spawn({
        let favorites = favorites.clone();
        async move { favorites.upsert(&ctx, &Favorite::numbered(1, 2)).await }
    });
    eventually("the write is stored", async || {
        let found = favorites.find(&Context::new().eventual(), &1).await.unwrap();
        found.is_some_and(|favorite| favorite.count() == 2)
    })
    .await;
    link.cut();
    assert!(writing.await.unwrap().unwrap_err().is_commit_unknown());

    cluster.replica(0).stop().await.unwrap();
    favorites.find(&Context::new(), &1).await.unwrap();
    cluster.replica(0).start().await.unwrap();
    eventually("the replica is taken back", async || {
        favorites.find(&Context::new(), &1).await.unwrap();
        source.status().is_well()
    })
    .await;

    let seen = Recorded::by(&snapshotter);
    let replica = format!("127.0.0.1:{}", cluster.replica(0).port());
    let of = [("server", replica.as_str()), ("cause", "failed")];
    assert_eq!(seen.sum("ryw_postgres_commits_unknown_total", &[]), 1.0);
    // Another connection that died with it may have it left out again.
    let status = source.status();
    let node = &status.nodes[1];
    assert!(node.ejections > 0, "{status}");
    assert_eq!(seen.sum("ryw_postgres_ejections_total", &of), node.ejections as f64);
    assert_eq!(seen.sum("ryw_postgres_returns_total", &of), node.ejections as f64);
    assert_eq!(status.counts.commits_unknown, 1);
}

#[tokio::test]
async fn what_takes_another_round_trip_is_counted() {
    let cluster = cluster(1).await;
    let (recorder, snapshotter) = recorder();
    let _installed = metrics::set_default_local_recorder(&recorder);
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    // An older write still open: whether one after it is in a snapshot cannot be told at once.
    let mut older = plain(&cluster.primary().url()).await;
    sqlx::raw_sql("BEGIN; DELETE FROM notes; SELECT pg_current_xact_id()").execute(&mut older).await.unwrap();
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(1, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    favorites.find(&ctx, &1).await.unwrap();
    source.capture().await.unwrap();
    let seen = Recorded::by(&snapshotter);
    assert_eq!(seen.sum("ryw_postgres_reads_reissued_total", &[]), 1.0, "{}", source.status());
    assert_eq!(seen.sum("ryw_postgres_captures_total", &[]), 1.0);
    assert_eq!((source.status().counts.reissued, source.status().counts.captures), (1, 1));
}
