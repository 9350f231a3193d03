//! What a commit says, where something comes between it and its answer.

use ryw_core::{ConsistencySource, Context, Route};
use ryw_postgres::sqlx::{self, Row as _, postgres::PgPoolOptions};
use ryw_tests::servers::{cluster, eventually, patient, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};

use super::shared::{put, stored};

/// The batch that commits asks for an LSN after that. Should the question fail, the commit has happened all the same, and
/// its transaction is known by its number.
#[tokio::test]
async fn a_failure_after_the_commit_is_no_failure_of_the_commit() {
    let cluster = cluster(1).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.insert_in(&mut tx, &Favorite::numbered(7, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    cluster.execute("REVOKE EXECUTE ON FUNCTION pg_current_wal_flush_lsn() FROM PUBLIC").await.unwrap();
    let written = tx.commit().await.unwrap();
    cluster.execute("GRANT EXECUTE ON FUNCTION pg_current_wal_flush_lsn() TO PUBLIC").await.unwrap();
    let position = written.position().expect("its number is known");
    assert!(position.ticket().is_some() && position.offset().is_none(), "{position:?}");
    assert_eq!(stored(&cluster, 7).await, Some(1));
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 1);
    assert!(favorites.find(&Context::new(), &7).await.unwrap().is_none(), "the replica is behind");
}

#[tokio::test]
async fn a_deferred_constraint_that_fails_rolls_back() {
    let cluster = cluster(0).await;
    cluster.execute("CREATE TABLE once (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)").await.unwrap();
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let ctx = Context::new().without_monotonic_reads();
    let mut tx = source.begin(&ctx).await.unwrap();
    sqlx::query("INSERT INTO once VALUES (1), (1)").execute(&mut *tx).await.unwrap();
    assert!(tx.commit().await.unwrap_err().is_conflict());
    assert!(ctx.frontier(source.id()).is_empty());
    let tx = source.begin(&ctx).await.unwrap();
    assert_eq!(tx.commit().await.unwrap().position(), None);
}

/// Whoever ends the transaction by a statement has what follows committed one by one.
#[tokio::test]
async fn a_transaction_that_was_ended_by_a_statement_is_noticed() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    for ending in ["COMMIT", "ROLLBACK"] {
        let ctx = Context::new();
        let mut tx = source.begin(&ctx).await.unwrap();
        sqlx::query(ending).execute(&mut *tx).await.unwrap();
        put(&mut tx, 7, 1).await.unwrap();
        let error = tx.commit().await.unwrap_err();
        assert!(error.is_commit_unknown() && std::error::Error::source(&error).is_some(), "{error:?}");
        assert!(ctx.frontier(source.id()).is_unknown());
        assert_eq!(source.route_read(&ctx).await.unwrap().route, Route::Primary);
    }
}

#[tokio::test]
async fn the_first_write_of_a_session_and_the_last_of_many_are_seen() {
    let cluster = cluster(1).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    for count in 1..50 {
        let mut tx = source.begin(&ctx).await.unwrap();
        favorites.upsert_in(&mut tx, &Favorite::numbered(7, count)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), count);
        assert!(ctx.frontier(source.id()).ticket_count() <= 1, "a later write stands for the earlier");
    }
}

/// What is left on the connection for its next user is no burden to sqlx's own pool.
#[tokio::test]
async fn a_pool_of_ones_own_will_do() {
    let cluster = cluster(1).await;
    let pool = PgPoolOptions::new().max_connections(1).connect(&cluster.primary().url()).await.unwrap();
    let source = patient().primary(pool.clone()).replica(cluster.replica(0).url()).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    cluster.replica(0).hold_replay().await.unwrap();
    for count in 1..20 {
        let mut tx = source.begin(&ctx).await.unwrap();
        favorites.upsert_in(&mut tx, &Favorite::numbered(7, count)).await.unwrap();
        assert!(tx.commit().await.unwrap().position().is_some());
        let row = sqlx::raw_sql("SELECT now() = statement_timestamp()").fetch_one(&pool).await.unwrap();
        assert!(row.get::<bool, _>(0), "nothing is left open");
        assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), count);
    }
}

/// Nothing lies open on a connection that nobody uses.
#[tokio::test]
async fn an_idle_connection_is_idle() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let mut admin = plain(&cluster.primary().admin_url()).await;
    let mut tx = source.begin(&Context::new()).await.unwrap();
    put(&mut tx, 7, 1).await.unwrap();
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    eventually("the end of the transaction has arrived", async || {
        let sql = "SELECT state = 'idle' FROM pg_stat_activity WHERE pid = $1";
        sqlx::query_scalar(sql).bind(pid).fetch_one(&mut admin).await.unwrap()
    })
    .await;
}
