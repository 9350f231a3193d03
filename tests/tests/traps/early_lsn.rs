//! An LSN taken before the commit returned lies below the commit record: a replica can reach it and lack the row.

use ryw_core::{Context, Route};
use ryw_postgres::{Mode, sqlx};
use ryw_tests::servers::{cluster, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};

#[tokio::test]
async fn an_lsn_in_returning_is_below_the_commit_record() {
    let cluster = cluster(1).await;
    let mut writer = plain(&cluster.primary().url()).await;
    for id in 0..50_i64 {
        let token: i64 = sqlx::query_scalar(
            "INSERT INTO favorites VALUES ($1, '#000001') RETURNING (pg_current_wal_insert_lsn() - '0/0')::int8",
        )
        .bind(id)
        .fetch_one(&mut writer)
        .await
        .unwrap();
        assert!(token.unsigned_abs() < cluster.primary().flush_lsn().await.unwrap(), "write {id}");
    }
}

#[tokio::test]
async fn a_replica_past_an_early_lsn_lacks_the_row() {
    let cluster = cluster(1).await;
    let replica = cluster.replica(0);
    let source = source(&cluster).mode(Mode::LsnGate).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.insert_in(&mut tx, &Favorite::numbered(7, 1)).await.unwrap();
    let token: i64 = sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0')::int8")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    // Another client's commit flushes and ships what this one has written so far.
    cluster.wait_until_caught_up().await.unwrap();
    replica.hold_replay().await.unwrap();
    let written = tx.commit().await.unwrap();

    // The wrong way: the gate is passed, the row is not there.
    let mut reader = plain(&replica.url()).await;
    let passed: bool = sqlx::query_scalar("SELECT (pg_last_wal_replay_lsn() - '0/0')::int8 >= $1")
        .bind(token)
        .fetch_one(&mut reader)
        .await
        .unwrap();
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM favorites").fetch_one(&mut reader).await.unwrap();
    assert_eq!((passed, rows), (true, 0), "the trap is there");

    assert!(written.position().unwrap().offset() > Some(token.unsigned_abs()));
    let mut conn = source.read(&ctx).await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM favorites").fetch_one(&mut *conn).await.unwrap();
    assert_eq!((rows, conn.routed().route), (1, Route::Primary));
    conn.finish().await.unwrap();
    assert!(favorites.find(&ctx, &7).await.unwrap().is_some());
}
