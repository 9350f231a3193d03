//! Two-phase commit.

use ryw_core::{ConsistencySource, Context};
use ryw_postgres::Outcome;
use ryw_testkit::link::Link;
use ryw_testkit::postgres::Cluster;
use ryw_tests::FavoriteRepository;
use ryw_tests::servers::{cluster, eventually, patient, source, start};

use super::shared::{put, stored};

async fn allowing() -> Cluster {
    start(Cluster::builder().replicas(1).setting("max_prepared_transactions", "5")).await
}

#[tokio::test]
async fn its_position_is_that_of_commit_prepared() {
    let cluster = allowing().await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let (preparer, ctx) = (Context::new().without_monotonic_reads(), Context::new());
    // A name that would end its literal.
    let name = r"it's \' a name";
    let mut tx = source.begin(&preparer).await.unwrap();
    put(&mut tx, 7, 1).await.unwrap();
    let prepared = tx.prepare(name).await.unwrap();
    assert!(preparer.frontier(source.id()).is_empty(), "nothing is to be seen yet");
    assert_eq!(stored(&cluster, 7).await, None);
    let id = prepared.id().unwrap();
    assert_eq!(source.outcome(&ctx, id).await.unwrap(), Outcome::InProgress);

    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    let written = source.commit_prepared(&ctx, prepared.gid()).await.unwrap();
    assert!(written.position().is_some());
    assert_eq!(favorites.find(&ctx, &7).await.unwrap().unwrap().count(), 1);
    assert!(favorites.find(&preparer, &7).await.unwrap().is_none(), "the replica is behind");
    assert!(matches!(source.outcome(&preparer, id).await.unwrap(), Outcome::Committed(_)));
    assert!(favorites.find(&preparer, &7).await.unwrap().is_some());

    assert!(source.commit_prepared(&ctx, name).await.unwrap_err().is_not_found());
    assert!(source.rollback_prepared(name).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn it_can_be_rolled_back_and_its_name_used_again() {
    let cluster = allowing().await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let ctx = Context::new();
    for key in [1, 2] {
        let mut tx = source.begin(&ctx).await.unwrap();
        put(&mut tx, key, 1).await.unwrap();
        let prepared = tx.prepare("a").await.unwrap();
        let second = source.begin(&ctx).await.unwrap();
        assert!(second.prepare("a").await.unwrap_err().is_database(), "the name is taken");
        source.rollback_prepared("a").await.unwrap();
        assert_eq!(source.outcome(&ctx, prepared.id().unwrap()).await.unwrap(), Outcome::RolledBack);
        assert_eq!(stored(&cluster, key).await, None);
    }
}

#[tokio::test]
async fn where_none_are_allowed_the_error_says_what_to_do() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let ctx = Context::new().without_monotonic_reads();
    let mut tx = source.begin(&ctx).await.unwrap();
    put(&mut tx, 7, 1).await.unwrap();
    let error = tx.prepare("a").await.unwrap_err();
    assert!(error.is_config() && error.to_string().contains("max_prepared_transactions"), "{error}");
    assert!(source.begin(&ctx).await.unwrap().prepare("a\0b").await.unwrap_err().is_config());
    assert_eq!(stored(&cluster, 7).await, None);
    assert!(ctx.frontier(source.id()).is_empty());
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_session_unknown() {
    let cluster = allowing().await;
    let link = Link::before(&cluster.primary().url()).await.unwrap();
    let source = patient().primary(link.url()).connect().await.unwrap();
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    put(&mut tx, 7, 1).await.unwrap();
    let prepared = tx.prepare("a").await.unwrap();
    link.lose_answers_to(b"COMMIT PREPARED");
    let committing = tokio::spawn({
        let (source, ctx) = (source.clone(), ctx.clone());
        async move { source.commit_prepared(&ctx, "a").await }
    });
    eventually("it is committed", async || stored(&cluster, 7).await.is_some()).await;
    link.cut();
    assert!(committing.await.unwrap().unwrap_err().is_commit_unknown());
    assert!(ctx.frontier(source.id()).is_unknown());
    assert!(matches!(source.outcome(&ctx, prepared.id().unwrap()).await.unwrap(), Outcome::Committed(_)));
    assert!(!ctx.frontier(source.id()).is_unknown());
    assert!(
        source.commit_prepared(&ctx, "a").await.unwrap_err().is_not_found(),
        "calling again does no harm"
    );
}
