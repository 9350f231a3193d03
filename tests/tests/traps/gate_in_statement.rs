//! A gate within the snapshot that it guards: the snapshot is taken first, then the gate is passed, and the rows are
//! those of the snapshot. The same in a transaction of higher isolation.
//!
//! A lock stretches the moment between snapshot and gate; without it the same happens a few times in a thousand.

use std::time::Duration;

use ryw_core::Context;
use ryw_postgres::Mode;
use ryw_postgres::sqlx::{self, PgConnection};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};

/// Waits for the lock, then evaluates the gate. Its snapshot is older than both.
const GATE_AND_READ: &str = "
    SELECT pg_advisory_xact_lock(1)::text,
           (pg_last_wal_replay_lsn() - '0/0')::int8 >= $1 AS passed,
           (SELECT color_hex FROM favorites WHERE user_id = 7) AS color";

/// A replica that stands still before the write of colour 2, whose position is given.
async fn behind(cluster: &Cluster, favorites: &FavoriteRepository, ctx: &Context) -> i64 {
    favorites.insert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    let written = favorites.replace(ctx, &Favorite::numbered(7, 2)).await.unwrap();
    written.position().unwrap().offset().unwrap().cast_signed()
}

async fn catch_up(cluster: &Cluster) {
    cluster.replica(0).release_replay().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
}

/// Waits until a statement on the replica waits for the lock: by then it has its snapshot.
async fn until_blocked(admin: &mut PgConnection) {
    eventually("the statement waits", async || {
        sqlx::query_scalar("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            .fetch_one(&mut *admin)
            .await
            .unwrap()
    })
    .await;
}

#[tokio::test]
async fn a_gate_in_the_reading_statement_passes_a_stale_row() {
    let cluster = cluster(1).await;
    let source =
        source(&cluster).mode(Mode::LsnGate).wait_budget(Duration::from_secs(60)).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let token = behind(&cluster, &favorites, &ctx).await;
    let mut locker = plain(&cluster.replica(0).url()).await;
    sqlx::query("SELECT pg_advisory_lock(1)").execute(&mut locker).await.unwrap();

    let wrong = tokio::spawn({
        let mut reader = plain(&cluster.replica(0).url()).await;
        async move {
            let row: (String, bool, Option<String>) =
                sqlx::query_as(GATE_AND_READ).bind(token).fetch_one(&mut reader).await.unwrap();
            (row.1, row.2)
        }
    });
    until_blocked(&mut locker).await;
    let ours = tokio::spawn({
        let (source, ctx) = (source.clone(), ctx.clone());
        async move {
            let mut conn = source.read(&ctx).await.unwrap();
            let row: (String, bool, Option<String>) =
                sqlx::query_as(GATE_AND_READ).bind(token).fetch_one(&mut *conn).await.unwrap();
            let replica = conn.routed().route.is_replica();
            conn.finish().await.unwrap();
            (replica, row.2)
        }
    });
    catch_up(&cluster).await;
    sqlx::query("SELECT pg_advisory_unlock(1)").execute(&mut locker).await.unwrap();
    assert_eq!(wrong.await.unwrap(), (true, Some("#000001".into())), "the trap is there");
    assert_eq!(ours.await.unwrap(), (true, Some("#000002".into())));
}

#[tokio::test]
async fn a_gate_in_a_repeatable_read_transaction_freezes_what_it_waits_for() {
    let cluster = cluster(1).await;
    let source =
        source(&cluster).mode(Mode::LsnGate).wait_budget(Duration::from_secs(60)).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let token = behind(&cluster, &favorites, &ctx).await;
    let mut reader = plain(&cluster.replica(0).url()).await;
    let passed = async |reader: &mut PgConnection| -> bool {
        let gate = sqlx::query_scalar("SELECT (pg_last_wal_replay_lsn() - '0/0')::int8 >= $1").bind(token);
        gate.fetch_one(reader).await.unwrap()
    };
    let color = async |reader: &mut PgConnection| -> String {
        let color = sqlx::query_scalar("SELECT color_hex FROM favorites WHERE user_id = 7");
        color.fetch_one(reader).await.unwrap()
    };
    sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ").execute(&mut reader).await.unwrap();
    assert!(!passed(&mut reader).await, "the gate makes this reader wait");
    let ours = tokio::spawn({
        let (source, ctx) = (source.clone(), ctx.clone());
        async move { source.read(&ctx).await.unwrap() }
    });
    catch_up(&cluster).await;
    assert!(passed(&mut reader).await);
    assert_eq!(color(&mut reader).await, "#000001", "the trap is there");

    // Ours gates before the transaction begins.
    let mut conn = ours.await.unwrap();
    assert!(conn.routed().route.is_replica());
    sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ").execute(&mut *conn).await.unwrap();
    assert_eq!(color(&mut conn).await, "#000002");
    sqlx::query("COMMIT").execute(&mut *conn).await.unwrap();
    conn.finish().await.unwrap();
}
