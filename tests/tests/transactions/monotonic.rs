//! What was read in a transaction is never taken back by a later read of the context, however the transaction ended.

use ryw_core::{ConsistencySource as _, Context, Route};
use ryw_postgres::Transaction;
use ryw_tests::servers::{cluster, source};
use ryw_tests::{Favorite, FavoriteRepository};

/// How a transaction ends that wrote nothing.
#[derive(Clone, Copy, Debug)]
enum End {
    Commit,
    RollBack,
    Drop,
}

impl End {
    async fn of(self, tx: Transaction) {
        match self {
            Self::Commit => assert!(tx.commit().await.unwrap().position().is_none()),
            Self::RollBack => tx.rollback().await.unwrap(),
            Self::Drop => drop(tx),
        }
    }
}

#[tokio::test]
async fn no_later_read_goes_behind_what_a_transaction_has_shown() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let number = async |ctx: &Context| favorites.find(ctx, &7).await.unwrap().map(|found| found.count());
    favorites.upsert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    favorites.upsert(&Context::new(), &Favorite::numbered(7, 2)).await.unwrap();

    for end in [End::Commit, End::RollBack, End::Drop] {
        let ctx = Context::new();
        let mut tx = source.begin(&ctx).await.unwrap();
        let shown = favorites.find_in(&mut tx, &7).await.unwrap().map(|found| found.count());
        assert_eq!(shown, Some(2));
        end.of(tx).await;
        assert_eq!(number(&ctx).await, Some(2), "{end:?}");

        let free = Context::new().without_monotonic_reads();
        let mut tx = source.begin(&free).await.unwrap();
        favorites.find_in(&mut tx, &7).await.unwrap();
        end.of(tx).await;
        assert_eq!(number(&free).await, Some(1), "{end:?}: nothing was asked for");

        let untouched = Context::new();
        end.of(source.begin(&untouched).await.unwrap()).await;
        assert!(untouched.frontier(source.id()).is_empty(), "{end:?}: nothing was shown");
    }
}

/// The floor is one that replicas can reach.
#[tokio::test]
async fn a_replica_that_has_caught_up_serves_again() {
    let cluster = cluster(1).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    for end in [End::Commit, End::RollBack, End::Drop] {
        let ctx = Context::new();
        let mut tx = source.begin(&ctx).await.unwrap();
        favorites.find_in(&mut tx, &7).await.unwrap();
        end.of(tx).await;
        favorites.upsert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
        // The first read after a rollback settles the context, on the primary.
        favorites.find(&ctx, &7).await.unwrap();
        cluster.wait_until_caught_up().await.unwrap();
        let before = source.counts().replica_reads();
        favorites.find(&ctx, &7).await.unwrap();
        assert_eq!(source.counts().replica_reads(), before + 1, "{end:?}: {:?}", source.counts().reasons());
        assert!(matches!(source.read(&ctx).await.unwrap().routed().route, Route::Replica(_)));
    }
}
