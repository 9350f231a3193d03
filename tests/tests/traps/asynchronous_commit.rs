//! `synchronous_commit = off`: the flush LSN after the commit lies before the commit record.
//!
//! The setting may come from the role, the URL, the session or the transaction; ours must see each of them.

use ryw_core::Context;
use ryw_postgres::{Mode, PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{plain, source, start, until_a_replica_serves};
use ryw_tests::{Favorite, FavoriteRepository};

/// The WAL writer flushes what others leave to it; the longer it sleeps, the longer the trap stays open.
async fn with_a_slow_wal_writer() -> Cluster {
    let cluster = Cluster::builder().replicas(1).setting("wal_writer_delay", "10s");
    start(cluster.setting("autovacuum", "off")).await
}

/// The raw insert LSN.
async fn inserted(cluster: &Cluster) -> u64 {
    let mut conn = plain(&cluster.primary().url()).await;
    let lsn: i64 = sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0')::int8")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    lsn.unsigned_abs()
}

#[tokio::test]
async fn the_flush_lsn_passes_a_stale_row() {
    let cluster = with_a_slow_wal_writer().await;
    let mut writer = plain(&cluster.primary().url()).await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    sqlx::query("SET synchronous_commit = off").execute(&mut writer).await.unwrap();
    // Now and then the WAL writer wakes just then.
    for id in 0..50_i64 {
        cluster.replica(0).release_replay().await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        cluster.replica(0).hold_replay().await.unwrap();
        sqlx::query("INSERT INTO favorites VALUES ($1, '#000001')")
            .bind(id)
            .execute(&mut writer)
            .await
            .unwrap();
        let token: i64 = sqlx::query_scalar("SELECT (pg_current_wal_flush_lsn() - '0/0')::int8")
            .fetch_one(&mut writer)
            .await
            .unwrap();
        let passed: bool = sqlx::query_scalar("SELECT (pg_last_wal_replay_lsn() - '0/0')::int8 >= $1")
            .bind(token)
            .fetch_one(&mut reader)
            .await
            .unwrap();
        let found: bool = sqlx::query_scalar("SELECT count(*) > 0 FROM favorites WHERE user_id = $1")
            .bind(id)
            .fetch_one(&mut reader)
            .await
            .unwrap();
        if passed && !found {
            return;
        }
    }
    panic!("the flush LSN was never before an asynchronous commit");
}

/// Writes by `write` while replay is held: the session must not be sent to the replica, and later it must.
async fn is_covered(
    cluster: &Cluster,
    source: &PostgresSource,
    write: impl AsyncFn(&FavoriteRepository, &Context, i64),
) {
    let favorites = FavoriteRepository::new(source.clone());
    let replica = cluster.replica(0);
    for id in 0..5 {
        cluster.wait_until_caught_up().await.unwrap();
        replica.hold_replay().await.unwrap();
        let ctx = Context::new();
        write(&favorites, &ctx, id).await;
        assert!(favorites.find(&ctx, &id).await.unwrap().is_some(), "write {id} is not seen by its session");
        assert!(favorites.find(&Context::new(), &id).await.unwrap().is_none(), "the replica is behind");
        replica.release_replay().await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        // Write `id` can be reached.
        until_a_replica_serves(source, async || source.read(&ctx).await.unwrap().finish().await.unwrap())
            .await;
    }
}

async fn insert(favorites: &FavoriteRepository, ctx: &Context, id: i64) {
    favorites.insert(ctx, &Favorite::numbered(id, 1)).await.unwrap();
}

#[tokio::test]
async fn ours_sees_the_setting_of_the_url() {
    let cluster = with_a_slow_wal_writer().await;
    let url = format!("{}?options=-c%20synchronous_commit%3Doff", cluster.primary().url());
    let source = source(&cluster).primary(url).mode(Mode::LsnGate).connect().await.unwrap();
    is_covered(&cluster, &source, insert).await;

    let before = inserted(&cluster).await;
    let written = FavoriteRepository::new(source).insert(&Context::new(), &Favorite::numbered(90, 1)).await;
    assert!(written.unwrap().position().unwrap().offset() > Some(before));
}

#[tokio::test]
async fn ours_sees_the_setting_of_the_role() {
    let cluster = with_a_slow_wal_writer().await;
    cluster.execute("ALTER ROLE app SET synchronous_commit = off").await.unwrap();
    let source = source(&cluster).mode(Mode::LsnGate).connect().await.unwrap();
    is_covered(&cluster, &source, insert).await;
}

#[tokio::test]
async fn ours_sees_the_setting_of_the_transaction() {
    let cluster = with_a_slow_wal_writer().await;
    let source = source(&cluster).connect().await.unwrap();
    is_covered(&cluster, &source, async |favorites, ctx, id| {
        let mut tx = source.begin(ctx).await.unwrap();
        favorites.insert_in(&mut tx, &Favorite::numbered(id, 1)).await.unwrap();
        sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn ours_sees_the_setting_that_a_session_was_left_with() {
    let cluster = with_a_slow_wal_writer().await;
    let source = source(&cluster).max_connections(1).mode(Mode::LsnGate).connect().await.unwrap();
    let mut tx = source.begin(&Context::new()).await.unwrap();
    sqlx::query("SET synchronous_commit = off").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    is_covered(&cluster, &source, insert).await;
}

#[tokio::test]
async fn ours_takes_the_flushed_position_of_a_synchronous_transaction_in_an_asynchronous_session() {
    let cluster = with_a_slow_wal_writer().await;
    let url = format!("{}?options=-c%20synchronous_commit%3Doff", cluster.primary().url());
    let source = source(&cluster).primary(url).connect().await.unwrap();
    is_covered(&cluster, &source, async |favorites, ctx, id| {
        let mut tx = source.begin(ctx).await.unwrap();
        sqlx::query("SET LOCAL synchronous_commit = on").execute(&mut *tx).await.unwrap();
        favorites.insert_in(&mut tx, &Favorite::numbered(id, 1)).await.unwrap();
        let written = tx.commit().await.unwrap();
        let flushed = cluster.primary().flush_lsn().await.unwrap();
        assert!(written.position().unwrap().offset() <= Some(flushed));
    })
    .await;
}
