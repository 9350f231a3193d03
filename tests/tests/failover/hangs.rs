//! A primary that hangs: connections stay open, and nothing answers.

use std::time::{Duration, Instant};

use ryw_core::Context;
use ryw_postgres::sqlx::{self, PgConnection};
use ryw_tests::servers::{cluster, eventually, plain, source};
use ryw_tests::session::{Rule, Session};
use ryw_tests::{Favorite, FavoriteRepository};

use crate::failover::clients::TURN;

/// How long an operation waits for the primary: longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until somebody on the server of `conn` waits for a lock.
async fn until_it_waits(conn: &mut PgConnection) {
    eventually("the write is under way", async || {
        let waiting = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted";
        sqlx::query_scalar(waiting).fetch_one(&mut *conn).await.unwrap()
    })
    .await;
}

/// What was sent is of unknown fate when another leads, and no sooner; nobody else has to come for that.
#[tokio::test]
async fn a_write_under_way_on_a_primary_that_hangs_ends_when_there_is_another() {
    let _turn = TURN.lock().await;
    let cluster = cluster(1).await;
    let source = source(&cluster).primary_timeout(PATIENCE).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    let mut locker = plain(&cluster.primary().admin_url()).await;
    sqlx::raw_sql("BEGIN; LOCK favorites IN SHARE MODE").execute(&mut locker).await.unwrap();
    let ctx = Context::new();
    let writing = tokio::spawn({
        let (favorites, ctx) = (favorites.clone(), ctx.clone());
        async move { favorites.upsert(&ctx, &Favorite::numbered(2, 1)).await }
    });
    until_it_waits(&mut locker).await;
    cluster.primary().freeze();
    let reading = tokio::spawn({
        let (favorites, ctx) = (favorites.clone(), ctx.strong());
        async move { favorites.find(&ctx, &1).await }
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!writing.is_finished() && !reading.is_finished(), "perhaps it is only slow");
    let begun = Instant::now();
    cluster.replica(0).promote().await.unwrap();
    let error = writing.await.unwrap().unwrap_err();
    println!("a hanging write was told after {:?}", begun.elapsed());
    assert!(error.is_commit_unknown(), "{error:?}");
    // The read is repeated on the new primary.
    assert_eq!(reading.await.unwrap().unwrap().unwrap().count(), 1);
    assert!(begun.elapsed() < PATIENCE / 2, "{:?}", begun.elapsed());
    session.write(1, 2).await.unwrap();
    assert_eq!(session.read(1).await.unwrap(), None);
    cluster.primary().thaw();
    for count in 3..20 {
        session.write(1, count).await.unwrap();
        assert_eq!(session.read(1).await.unwrap(), None);
    }
}

/// Nothing was committed, so the whole transaction may be made again.
#[tokio::test]
async fn a_transaction_under_way_on_a_primary_that_hangs_fails_when_there_is_another() {
    let _turn = TURN.lock().await;
    let cluster = cluster(1).await;
    let source = source(&cluster).primary_timeout(PATIENCE).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.upsert_in(&mut tx, &Favorite::numbered(1, 1)).await.unwrap();
    let committing = source.begin(&ctx).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.primary().freeze();
    let writing = tokio::spawn({
        let favorites = favorites.clone();
        async move { favorites.upsert_in(&mut tx, &Favorite::numbered(1, 2)).await }
    });
    let committing = tokio::spawn(committing.commit());
    tokio::time::sleep(Duration::from_secs(1)).await;
    cluster.replica(0).promote().await.unwrap();
    let error = writing.await.unwrap().unwrap_err();
    assert!(error.is_unavailable() && error.is_retryable(), "{error:?}");
    assert!(committing.await.unwrap().unwrap_err().is_commit_unknown());
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.upsert_in(&mut tx, &Favorite::numbered(1, 3)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(favorites.find(&ctx, &1).await.unwrap().unwrap().count(), 3);
}

/// It hangs for a while, and nobody was promoted: it leads on.
#[tokio::test]
async fn a_primary_that_hangs_for_a_while_leads_on() {
    let _turn = TURN.lock().await;
    let cluster = cluster(1).await;
    let source = source(&cluster).primary_timeout(PATIENCE).connect().await.unwrap();
    let session = Session::new(&source, Rule::Session);
    session.write(1, 1).await.unwrap();
    let mut locker = plain(&cluster.primary().admin_url()).await;
    sqlx::raw_sql("BEGIN; LOCK favorites IN SHARE MODE").execute(&mut locker).await.unwrap();
    let writing = tokio::spawn({
        let session = session.clone();
        async move { session.write(1, 2).await }
    });
    until_it_waits(&mut locker).await;
    cluster.primary().freeze();
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(!writing.is_finished());
    cluster.primary().thaw();
    sqlx::raw_sql("COMMIT").execute(&mut locker).await.unwrap();
    writing.await.unwrap().unwrap();
    session.write(1, 3).await.unwrap();
    assert_eq!(session.read(1).await.unwrap(), None);
}
