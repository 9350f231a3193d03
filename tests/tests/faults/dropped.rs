//! Futures dropped at any point: what was acknowledged stays in view, and what may have happened is not forgotten.

use std::time::Duration;

use ryw_core::{ConsistencySource, Context};
use ryw_postgres::sqlx::{self, PgConnection};
use ryw_tests::dropped::polled;
use ryw_tests::servers::{cluster, distant, eventually, plain, source};
use ryw_tests::session::{Rule, Session};
use ryw_tests::{Favorite, FavoriteRepository};

/// More than a write or a read is ever polled, so that each is dropped at every point where it can wait: acquiring,
/// sending, committing, asking for the position.
const POLLS: i64 = 16;

/// Runs `writing` until the server has it and it waits for a lock of `locker`'s.
async fn until_it_waits(mut writing: impl Future + Unpin, locker: &mut PgConnection) {
    eventually("the write waits for the lock", async || {
        let step = tokio::time::timeout(Duration::from_millis(1), &mut writing).await;
        assert!(step.is_err(), "it cannot finish");
        sqlx::query_scalar("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")
            .fetch_one(&mut *locker)
            .await
            .unwrap()
    })
    .await;
}

async fn is_stored(key: i64, conn: &mut PgConnection) -> bool {
    let found = sqlx::query_scalar("SELECT count(*) > 0 FROM favorites WHERE user_id = $1").bind(key);
    found.fetch_one(conn).await.unwrap()
}

#[tokio::test]
async fn a_write_dropped_under_way_leaves_the_session_unknown() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    favorites.insert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    let mut locker = plain(&cluster.primary().url()).await;
    sqlx::query("BEGIN").execute(&mut locker).await.unwrap();
    sqlx::query("SELECT FROM favorites FOR UPDATE").execute(&mut locker).await.unwrap();

    let ctx = Context::new();
    let favorite = Favorite::numbered(7, 2);
    let mut writing = Box::pin(favorites.replace(&ctx, &favorite));
    until_it_waits(&mut writing, &mut locker).await;
    assert!(ctx.frontier(source.id()).is_empty(), "nothing has happened yet");
    drop(writing);
    assert!(ctx.frontier(source.id()).is_unknown());
    sqlx::query("COMMIT").execute(&mut locker).await.unwrap();
}

#[tokio::test]
async fn a_transaction_dropped_before_its_commit_leaves_nothing_of_its_writes() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let ctx = Context::new().without_monotonic_reads();
    let mut tx = source.begin(&ctx).await.unwrap();
    sqlx::query("INSERT INTO favorites VALUES (7, '#000001')").execute(&mut *tx).await.unwrap();
    drop(tx);
    assert!(ctx.frontier(source.id()).is_empty());
}

/// A connection that goes back to the pool inside a transaction makes the next write part of it: acknowledged, and
/// rolled back by whoever comes next.
#[tokio::test]
async fn a_begin_dropped_under_way_leaves_no_transaction_open() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(7, 0).await.unwrap();
    let mut others = plain(&cluster.primary().url()).await;
    for (count, polls) in (1_i64..).zip((1..6).cycle().take(400)) {
        let tx = polled(source.begin(session.context()), polls).await;
        drop(tx);
        session.write(7, count).await.unwrap();
        let color: String = sqlx::query_scalar("SELECT color_hex FROM favorites WHERE user_id = 7")
            .fetch_one(&mut others)
            .await
            .unwrap();
        assert_eq!(
            color,
            format!("#{count:06x}"),
            "acknowledged, after a begin that was polled {polls} times"
        );
    }
}

#[tokio::test]
async fn writes_dropped_at_any_point_contradict_nothing() {
    let cluster = cluster(1).await;
    cluster.replica(0).hold_replay().await.unwrap();
    let (_links, source) = distant(&cluster).await;
    let source = source.max_connections(1).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(7, 0).await.unwrap();
    let (mut key, mut count, mut finished, mut unknown) = (7, 0, 0, 0);
    for polls in (1..POLLS).cycle().take(96) {
        for statement in [true, false] {
            count += 1;
            let written = if statement {
                polled(session.write(key, count), polls).await
            } else {
                polled(session.write_in(key, count, "SET LOCAL synchronous_commit = off"), polls).await
            };
            let is_unknown = written.is_none() && session.context().frontier(source.id()).is_unknown();
            if let Some(written) = written {
                written.unwrap();
                finished += 1;
            }
            assert_eq!(session.read(key).await.unwrap(), None, "write {count}, polled {polls} times");
            assert_eq!(session.query(key).await.unwrap(), None, "write {count}, polled {polls} times");
            if is_unknown {
                unknown += 1;
                // It may still come: if its server takes long, its connection is closed and the next goes another way.
                key += 1;
            }
        }
    }
    for key in session.keys() {
        assert_eq!(session.read(key).await.unwrap(), None, "key {key}");
    }
    println!("of {count} writes {finished} finished, {unknown} were dropped under way");
    assert!(finished > 0 && unknown > 0);
}

/// Whatever a dropped write left on the server, it left the session demanding enough to see it.
#[tokio::test]
async fn a_dropped_write_that_was_stored_is_not_forgotten() {
    let cluster = cluster(1).await;
    cluster.replica(0).hold_replay().await.unwrap();
    let (_links, source) = distant(&cluster).await;
    let source = source.max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let mut primary = plain(&cluster.primary().admin_url()).await;
    let mut stored = 0;
    for key in 0..8 * POLLS {
        let ctx = Context::new();
        let favorite = Favorite::numbered(key, 1);
        let written = polled(favorites.insert(&ctx, &favorite), key % POLLS + 1).await;
        // The one connection is back only when the server has answered to all it was told.
        drop(source.begin(&Context::new()).await.unwrap());
        if !is_stored(key, &mut primary).await {
            assert!(written.is_none());
            continue;
        }
        stored += u64::from(written.is_none());
        assert!(favorites.find(&ctx, &key).await.unwrap().is_some(), "write {key}: {written:?}");
    }
    println!("{stored} dropped writes were stored");

    // Not by chance: this one is stored after it was dropped.
    let (key, ctx) = (8 * POLLS, Context::new());
    let favorite = Favorite::numbered(key, 1);
    sqlx::query("BEGIN").execute(&mut primary).await.unwrap();
    sqlx::query("INSERT INTO favorites VALUES ($1, '#000000')")
        .bind(key)
        .execute(&mut primary)
        .await
        .unwrap();
    let mut writing = Box::pin(favorites.insert(&ctx, &favorite));
    until_it_waits(&mut writing, &mut primary).await;
    drop(writing);
    sqlx::query("ROLLBACK").execute(&mut primary).await.unwrap();
    eventually("it is stored", async || is_stored(key, &mut primary).await).await;
    assert!(favorites.find(&ctx, &key).await.unwrap().is_some());
}

/// A reader that gives up learns nothing and forgets nothing.
#[tokio::test]
async fn reads_dropped_at_any_point_contradict_nothing() {
    let cluster = cluster(1).await;
    let (_links, source) = distant(&cluster).await;
    let source = source.connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(7, 1).await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    session.write(7, 2).await.unwrap();
    for polls in (1..POLLS).cycle().take(96) {
        let _ = polled(session.read(7), polls).await;
        let _ = polled(session.query(7), polls).await;
        assert_eq!(session.read(7).await.unwrap(), None, "after a read polled {polls} times");
    }
}

/// The next session would read through its snapshot.
#[tokio::test]
async fn a_read_connection_dropped_inside_a_transaction_is_not_used_again() {
    let cluster = cluster(1).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(7, 1).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let mut conn = source.read(&Context::new()).await.unwrap();
    assert!(conn.routed().route.is_replica());
    sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ").execute(&mut *conn).await.unwrap();
    sqlx::query("SELECT FROM favorites").execute(&mut *conn).await.unwrap();
    // As an early return on an error does.
    drop(conn);
    for count in 2..10 {
        session.write(7, count).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        assert_eq!(session.read(7).await.unwrap(), None);
    }
}
