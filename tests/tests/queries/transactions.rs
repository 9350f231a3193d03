//! Queries inside a transaction see it, and stand or fall with it.

use ryw_core::{ConsistencySource as _, Context};

use super::essay::{EssayColumn, essays, stored};

#[tokio::test]
async fn a_query_is_part_of_its_transaction() {
    let (cluster, source, essays) = essays(1).await;
    stored(&cluster, &essays, &[(1, "a")]).await;
    cluster.replica(0).hold_replay().await.unwrap();
    let ctx = Context::new();

    let mut tx = source.begin(&ctx).await.unwrap();
    assert_eq!(essays.add_in(&mut tx, 2, 1, "b").await.unwrap(), 1);
    assert_eq!(essays.raise_in(&mut tx, 1).await.unwrap(), [1, 2]);
    let locked = essays.lock_in(&mut tx, 2).await.unwrap().unwrap();
    assert_eq!((locked.title.as_str(), locked.views), ("b", 9));
    assert_eq!(essays.lock_in(&mut tx, 3).await.unwrap(), None);
    assert!(ctx.frontier(source.id()).is_empty(), "no position before the commit");
    assert_eq!(essays.title(&ctx, 2).await.unwrap(), None, "nor anything to see");
    assert!(tx.commit().await.unwrap().position().is_some());
    assert_eq!(essays.title(&ctx, 2).await.unwrap().as_deref(), Some("b"));
    assert_eq!(essays.title(&ctx.eventual(), 2).await.unwrap(), None, "the replica is behind");

    let mut tx = source.begin(&ctx).await.unwrap();
    assert_eq!(essays.add_in(&mut tx, 3, 1, "c").await.unwrap(), 1);
    let taken = essays.add_in(&mut tx, 1, 1, "taken").await.unwrap_err();
    assert!(taken.is_conflict() && taken.is_duplicate_of(EssayColumn::Id), "{taken:?}");
    drop(tx);
    assert_eq!(essays.title(&ctx, 3).await.unwrap(), None);
}
