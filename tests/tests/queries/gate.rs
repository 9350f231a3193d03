//! Reads see the writes of their context, wherever they are served, and no others need to.

use ryw_core::{ConsistencySource as _, Context, Reason};
use ryw_tests::servers::until_a_replica_serves;

use super::essay::{Essay, essays, stored};

#[tokio::test]
async fn a_query_reads_its_sessions_write_while_the_replica_is_behind() {
    let (cluster, source, essays) = essays(1).await;
    stored(&cluster, &essays, &[(1, "first")]).await;
    cluster.replica(0).hold_replay().await.unwrap();
    let ctx = Context::new();
    let written = essays.rewrite(&ctx, 1, "second", None).await.unwrap();
    assert!(written.position().is_some());

    assert_eq!(
        essays.title(&ctx.eventual(), 1).await.unwrap().as_deref(),
        Some("first"),
        "stale without the gate"
    );
    assert_eq!(essays.title(&Context::new(), 1).await.unwrap().as_deref(), Some("first"));
    assert_eq!(essays.title(&ctx, 1).await.unwrap().as_deref(), Some("second"));
    assert_eq!(essays.of_author(&ctx, 1, Some("sec%"), None, None, 9).await.unwrap().len(), 1);
    assert_eq!(essays.of_author(&ctx.eventual(), 1, Some("sec%"), None, None, 9).await.unwrap().len(), 0);
    assert!(source.counts().by_reason(Reason::ReplicasBehind) > 0, "{:?}", source.counts().reasons());

    cluster.replica(0).release_replay().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    until_a_replica_serves(&source, async || {
        assert_eq!(essays.title(&ctx, 1).await.unwrap().as_deref(), Some("second"));
    })
    .await;
}

/// In the brief form on a fresh context, in the full one after a write: the same rows, and none where there is none.
#[tokio::test]
async fn both_forms_of_the_facts_leave_the_rows_as_they_are() {
    let (cluster, source, essays) = essays(1).await;
    let empty = Context::new();
    assert_eq!(essays.titles(&empty).await.unwrap(), Vec::<String>::new());
    assert_eq!(essays.nothing_but_null(&empty, false).await.unwrap(), None);
    assert_eq!(
        essays.nothing_but_null(&empty, true).await.unwrap(),
        Some((None, None)),
        "a row of NULLs is a row"
    );

    stored(&cluster, &essays, &[(1, "b"), (2, "ccc"), (3, "a")]).await;
    let ctx = Context::new();
    essays.insert(&ctx, &Essay::new(4, 2, "dd")).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    for ctx in [&ctx, &ctx.strong(), &ctx.eventual(), &Context::new()] {
        assert_eq!(essays.titles(ctx).await.unwrap(), ["ccc", "dd", "a", "b"]);
        assert_eq!(essays.bodies(ctx).await.unwrap(), [None, None, None, None]);
        assert_eq!(essays.nothing_but_null(ctx, false).await.unwrap(), None);
        assert_eq!(essays.nothing_but_null(ctx, true).await.unwrap(), Some((None, None)));
        assert_eq!(essays.values(ctx).await.unwrap(), [Some(3), Some(1), Some(2)]);
    }
    assert!(source.counts().replica_reads() > 0 && source.counts().primary_reads() > 0);
}

/// A later query of the context never goes behind an earlier one.
#[tokio::test]
async fn a_query_leaves_a_floor_for_later_reads() {
    let (cluster, source, essays) = essays(1).await;
    stored(&cluster, &essays, &[(1, "first")]).await;
    cluster.replica(0).hold_replay().await.unwrap();
    essays.rewrite(&Context::new(), 1, "second", None).await.unwrap();
    let reader = Context::new();
    assert_eq!(essays.title(&reader.strong(), 1).await.unwrap().as_deref(), Some("second"));
    assert!(!reader.frontier(source.id()).is_empty(), "a query is recorded");
    assert_eq!(essays.title(&reader, 1).await.unwrap().as_deref(), Some("second"));
    assert_eq!(
        essays.title(&Context::new(), 1).await.unwrap().as_deref(),
        Some("first"),
        "the replica is behind"
    );
}

/// Whatever server it comes to: no position would tell of the write, and a read may be sent twice.
#[tokio::test]
async fn a_query_that_reads_cannot_write_by_a_function() {
    let (cluster, source, essays) = essays(1).await;
    stored(&cluster, &essays, &[(1, "a")]).await;
    cluster.replica(0).hold_replay().await.unwrap();
    let written = Context::new();
    essays.rewrite(&written, 1, "b", None).await.unwrap();
    for ctx in [&Context::new(), &Context::new().strong(), &written] {
        let error = essays.looks(ctx, 1).await.unwrap_err();
        assert!(error.is_database() && error.to_string().contains("Written"), "{error}");
    }
    assert_eq!(source.status().leader().ejections, 0, "the server is not to blame");

    let ctx = Context::new();
    assert_eq!(*essays.looked(&ctx, 1).await.unwrap(), 1);
    assert_eq!(essays.find(&ctx, &1).await.unwrap().unwrap().views, 1);
    assert_eq!(essays.find(&ctx.eventual(), &1).await.unwrap().unwrap().views, 0, "the replica is behind");
}

#[test]
fn the_futures_can_be_spawned() {
    fn spawnable<F: Future + Send>(_: impl Fn() -> F) {}
    fn all(essays: &super::essay::EssayRepository, ctx: &Context) {
        spawnable(|| essays.of_author(ctx, 1, None, None, None, 1));
        spawnable(|| essays.summaries(ctx, &[1]));
        spawnable(|| essays.viewed(ctx, 1));
        spawnable(|| essays.moods(ctx));
    }
    let _ = all;
}
