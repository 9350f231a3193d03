//! Writes whose connection is cut: the answer is lost before, during or after the commit.

use std::time::Duration;

use ryw_core::{ConsistencySource, Context, Route};
use ryw_postgres::{Mode, PostgresSource, sqlx};
use ryw_testkit::link::Link;
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, patient, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};

/// A source whose primary is behind a link, and whose replica stands still.
async fn linked(cluster: &Cluster) -> (Link, PostgresSource, FavoriteRepository) {
    linked_in(cluster, Mode::InBand).await
}

async fn linked_in(cluster: &Cluster, mode: Mode) -> (Link, PostgresSource, FavoriteRepository) {
    let link = Link::before(&cluster.primary().url()).await.unwrap();
    let source = patient()
        .primary(link.url())
        .replica(cluster.replica(0).url())
        .max_connections(1)
        .mode(mode)
        .connect()
        .await
        .unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    favorites.upsert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    (link, source, favorites)
}

async fn stored(cluster: &Cluster) -> i64 {
    let mut conn = plain(&cluster.primary().url()).await;
    let color: String = sqlx::query_scalar("SELECT color_hex FROM favorites WHERE user_id = 7")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    i64::from_str_radix(&color[1..], 16).unwrap()
}

/// The session does not know, so it reads the primary, once, and is settled by that.
async fn sees(source: &PostgresSource, favorites: &FavoriteRepository, ctx: &Context, count: i64) {
    assert!(ctx.frontier(source.id()).is_unknown());
    assert_eq!(source.route_read(ctx).await.unwrap().route, Route::Primary);
    assert_eq!(favorites.find(ctx, &7).await.unwrap().unwrap().count(), count);
    assert!(!ctx.frontier(source.id()).is_unknown());
    assert_eq!(favorites.find(ctx, &7).await.unwrap().unwrap().count(), count, "and does not go back");
    assert_eq!(
        favorites.find(&Context::new(), &7).await.unwrap().unwrap().count(),
        1,
        "the replica is behind"
    );
}

#[tokio::test]
async fn a_statement_whose_answer_is_lost_after_the_commit() {
    let cluster = cluster(1).await;
    let (link, source, favorites) = linked(&cluster).await;
    let ctx = Context::new();
    link.lose_answers_to(b"#000002");
    let writing = tokio::spawn({
        let (favorites, ctx) = (favorites.clone(), ctx.clone());
        async move { favorites.upsert(&ctx, &Favorite::numbered(7, 2)).await }
    });
    eventually("it is committed", async || stored(&cluster).await == 2).await;
    link.cut();
    let error = writing.await.unwrap().unwrap_err();
    assert!(error.is_commit_unknown() && !error.is_retryable(), "{error:?}");
    sees(&source, &favorites, &ctx, 2).await;
}

#[tokio::test]
async fn a_transaction_whose_answer_is_lost_after_the_commit() {
    let cluster = cluster(1).await;
    let (link, source, favorites) = linked(&cluster).await;
    let ctx = Context::new();
    link.lose_answers_to(b"COMMIT");
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.upsert_in(&mut tx, &Favorite::numbered(7, 2)).await.unwrap();
    let committing = tokio::spawn(tx.commit());
    eventually("it is committed", async || stored(&cluster).await == 2).await;
    link.cut();
    assert!(committing.await.unwrap().unwrap_err().is_commit_unknown());
    sees(&source, &favorites, &ctx, 2).await;
}

/// Stored for certain, but nobody knows where: no error, no position, and the session reads the primary.
/// Only where the position is asked for after the commit can there be a write without one.
#[tokio::test]
async fn a_position_whose_answer_is_lost() {
    let cluster = cluster(1).await;
    let (link, source, favorites) = linked_in(&cluster, Mode::LsnGate).await;
    // On a new connection the question has to be prepared first, by its text.
    link.cut();
    eventually("there is a new connection", async || source.begin(&Context::new()).await.is_ok()).await;
    link.lose_answers_to(b"pg_current_wal_flush_lsn");
    let ctx = Context::new();
    let writing = tokio::spawn({
        let (favorites, ctx) = (favorites.clone(), ctx.clone());
        async move { favorites.upsert(&ctx, &Favorite::numbered(7, 2)).await }
    });
    eventually("it is committed", async || stored(&cluster).await == 2).await;
    link.cut();
    assert_eq!(writing.await.unwrap().unwrap().position(), None);
    sees(&source, &favorites, &ctx, 2).await;
}

/// It was under way, so it might have been done; that it was not is more than the client can know.
#[tokio::test]
async fn a_statement_that_is_terminated_while_it_waits() {
    let cluster = cluster(1).await;
    let (_link, source, favorites) = linked(&cluster).await;
    let mut locker = plain(&cluster.primary().admin_url()).await;
    sqlx::query("BEGIN").execute(&mut locker).await.unwrap();
    sqlx::query("SELECT FROM favorites FOR UPDATE").execute(&mut locker).await.unwrap();
    let ctx = Context::new();
    let writing = tokio::spawn({
        let (favorites, ctx) = (favorites.clone(), ctx.clone());
        async move { favorites.upsert(&ctx, &Favorite::numbered(7, 2)).await }
    });
    eventually("the write is terminated", async || {
        sqlx::query_scalar(
            "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
        )
        .fetch_one(&mut locker)
        .await
        .unwrap_or(None)
        .unwrap_or(false)
    })
    .await;
    assert!(writing.await.unwrap().unwrap_err().is_commit_unknown());
    sqlx::query("ROLLBACK").execute(&mut locker).await.unwrap();
    sees(&source, &favorites, &ctx, 1).await;
}

#[tokio::test]
async fn a_write_that_was_never_sent_leaves_the_session_as_it_was() {
    let cluster = cluster(0).await;
    let source = source(&cluster)
        .primary_timeout(Duration::from_millis(300))
        .max_connections(1)
        .connect()
        .await
        .unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    // On a busy machine a log-in may take longer than that.
    eventually("a write", async || favorites.upsert(&ctx, &Favorite::numbered(7, 1)).await.is_ok()).await;
    let before = ctx.frontier(source.id());
    cluster.primary().stop().await.unwrap();
    // The first may still find the dead connection, over which it seems to be sent.
    let first = favorites.upsert(&Context::new(), &Favorite::numbered(7, 2)).await.unwrap_err();
    assert!(first.is_commit_unknown() || first.is_unavailable(), "{first}");
    let error = favorites.upsert(&ctx, &Favorite::numbered(7, 2)).await.unwrap_err();
    assert!(error.is_unavailable() && error.is_retryable(), "{error:?}");
    assert!(source.begin(&ctx).await.unwrap_err().is_unavailable());
    assert_eq!(ctx.frontier(source.id()), before);
    cluster.primary().start().await.unwrap();
    eventually("writes work again", async || favorites.upsert(&ctx, &Favorite::numbered(7, 2)).await.is_ok())
        .await;
}

#[tokio::test]
async fn a_refused_write_leaves_the_session_as_it_was() {
    let cluster = cluster(1).await;
    let (_link, source, favorites) = linked(&cluster).await;
    let ctx = Context::new();
    assert!(favorites.insert(&ctx, &Favorite::numbered(7, 2)).await.unwrap_err().is_conflict());
    assert!(ctx.frontier(source.id()).is_empty());
}
