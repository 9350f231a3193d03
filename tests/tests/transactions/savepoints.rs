//! Savepoints: ours, and sqlx's on a transaction of ours.

use ryw_core::{ConsistencySource, Context};
use ryw_postgres::sqlx::{self, Connection as _};
use ryw_tests::dropped::polled;
use ryw_tests::servers::{cluster, distant, source};
use ryw_tests::{Favorite, FavoriteRepository};

use super::shared::{put, stored};

#[tokio::test]
async fn what_is_released_is_kept_and_what_is_rolled_back_is_not() {
    let cluster = cluster(1).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    put(&mut tx, 1, 1).await.unwrap();

    let mut kept = tx.savepoint().await.unwrap();
    favorites.insert_in(&mut kept, &Favorite::numbered(2, 1)).await.unwrap();
    let mut inner = kept.savepoint().await.unwrap();
    put(&mut inner, 3, 1).await.unwrap();
    drop(inner);
    kept.release().await.unwrap();

    // A failure, too, is undone.
    let mut undone = tx.savepoint().await.unwrap();
    favorites.insert_in(&mut undone, &Favorite::numbered(4, 1)).await.unwrap();
    assert!(favorites.insert_in(&mut undone, &Favorite::numbered(1, 9)).await.unwrap_err().is_conflict());
    undone.rollback().await.unwrap();

    let mut failed = tx.savepoint().await.unwrap();
    assert!(put(&mut failed, 5, 0x100_0000_0000).await.is_ok());
    assert!(favorites.insert_in(&mut failed, &Favorite::numbered(1, 9)).await.unwrap_err().is_conflict());
    assert!(failed.release().await.unwrap_err().is_database(), "what has failed cannot be kept");

    let mut of_sqlx = tx.begin().await.unwrap();
    put(&mut of_sqlx, 6, 1).await.unwrap();
    of_sqlx.commit().await.unwrap();

    cluster.replica(0).hold_replay().await.unwrap();
    let position = tx.commit().await.unwrap().position().cloned().unwrap();
    assert!(position.ticket().is_some() && position.offset().is_some());
    for (key, kept) in [(1, true), (2, true), (3, false), (4, false), (5, false), (6, true)] {
        assert_eq!(favorites.find(&ctx, &key).await.unwrap().is_some(), kept, "{key}");
    }
}

#[tokio::test]
async fn a_transaction_of_nothing_but_undone_writes_has_a_position_all_the_same() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    let mut savepoint = tx.savepoint().await.unwrap();
    put(&mut savepoint, 1, 1).await.unwrap();
    savepoint.rollback().await.unwrap();
    assert!(tx.commit().await.unwrap().position().is_some(), "it was given a number");
    assert_eq!(stored(&cluster, 1).await, None);
}

#[tokio::test]
async fn a_transaction_with_a_savepoint_open_is_not_committed() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let ctx = Context::new().without_monotonic_reads();
    let mut tx = source.begin(&ctx).await.unwrap();
    put(&mut tx, 1, 1).await.unwrap();
    std::mem::forget(tx.savepoint().await.unwrap());
    assert!(tx.commit().await.unwrap_err().is_database());
    assert!(ctx.frontier(source.id()).is_empty());
    let tx = source.begin(&ctx).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(stored(&cluster, 1).await, None);
}

/// What sqlx does then: the transaction is rolled back, and the next statement is one by itself. That must not pass for a
/// part of the transaction, nor be lost from sight.
#[tokio::test]
async fn a_statement_after_a_savepoint_that_was_dropped_in_the_making() {
    let cluster = cluster(0).await;
    let (_links, source) = distant(&cluster).await;
    let source = source.max_connections(1).connect().await.unwrap();
    let (mut dropped, mut noticed) = (0, 0);
    for (key, ours) in (0..40).map(|key| (key, key % 2 == 0)) {
        let ctx = Context::new();
        let mut tx = source.begin(&ctx).await.unwrap();
        put(&mut tx, key, 1).await.unwrap();
        let made = if ours {
            polled(tx.savepoint(), 1).await.is_some()
        } else {
            polled(tx.begin(), 1).await.is_some()
        };
        dropped += u64::from(!made);
        let put = put(&mut tx, 1000 + key, 1).await;
        let committed = tx.commit().await;
        let after = (stored(&cluster, key).await, stored(&cluster, 1000 + key).await);
        if committed.is_ok() {
            assert_eq!(after, (Some(1), Some(1)));
            continue;
        }
        assert_eq!(after.0, None, "the transaction is rolled back");
        if put.is_ok() && after.1.is_some() {
            assert!(ctx.frontier(source.id()).is_unknown(), "a write is not lost from sight");
            assert!(committed.unwrap_err().is_commit_unknown());
            noticed += 1;
        }
    }
    println!("{dropped} savepoints were dropped in the making, {noticed} statements after that were noticed");
    assert!(dropped > 0 && noticed > 0);
    assert!(
        sqlx::query("SELECT 1").execute(&mut *source.begin(&Context::new()).await.unwrap()).await.is_ok()
    );
}
