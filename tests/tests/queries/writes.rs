//! Writes say where they stand, and what is not a witness is not taken for one.

use ryw_core::{ConsistencySource as _, Context};
use ryw_postgres::sqlx;
use ryw_tests::servers::plain;

use super::essay::{Essay, essays, stored};

/// The ids of transactions are numbers like the user's: only what was asked for as a witness is one.
#[tokio::test]
async fn a_writes_own_numbers_are_no_witness() {
    let (cluster, source, essays) = essays(1).await;
    // Below any transaction's id, they would prove that every replica has seen the write.
    essays.insert(&Context::new(), &Essay::new(1, 2, "a")).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    let ctx = Context::new();
    let removed = essays.remove(&ctx, 1).await.unwrap();
    assert_eq!(*removed, [(1, 2)]);
    assert!(removed.position().is_some(), "it was asked for");
    assert_eq!(
        essays.title(&ctx.eventual(), 1).await.unwrap().as_deref(),
        Some("a"),
        "the replica is behind"
    );
    assert_eq!(essays.title(&ctx, 1).await.unwrap(), None);
    assert!(!ctx.frontier(source.id()).is_unknown());
}

#[tokio::test]
async fn a_write_with_returning_brings_its_witness_and_another_is_asked_about() {
    let (cluster, source, essays) = essays(1).await;
    stored(&cluster, &essays, &[(1, "a"), (2, "b")]).await;
    cluster.replica(0).hold_replay().await.unwrap();

    let ctx = Context::new();
    let viewed = essays.viewed(&ctx, 1).await.unwrap();
    assert_eq!(*viewed, 1);
    assert_eq!(ctx.frontier(source.id()).ticket_count(), 1, "its transaction's id");
    assert_eq!(essays.of_author(&ctx, 1, None, Some(1), Some(1), 9).await.unwrap().len(), 1);
    assert_eq!(essays.of_author(&ctx.eventual(), 1, None, Some(1), Some(1), 9).await.unwrap().len(), 0);

    let ctx = Context::new();
    let retitled = essays.retitle(&ctx, vec![1, 2, 3], "z".to_owned()).await.unwrap();
    assert_eq!(*retitled, 2, "rows changed");
    assert_eq!(ctx.frontier(source.id()).ticket_count(), 0, "an LSN, asked for after the commit");
    assert!(retitled.position().is_some());
    assert_eq!(essays.title(&ctx, 2).await.unwrap().as_deref(), Some("z"));
    assert_eq!(
        essays.title(&ctx.eventual(), 2).await.unwrap().as_deref(),
        Some("b"),
        "the replica is behind"
    );
}

#[tokio::test]
async fn a_write_that_finds_no_row_is_no_error_unless_one_is_promised() {
    let (_cluster, _, essays) = essays(0).await;
    let ctx = Context::new();
    assert!(essays.viewed(&ctx, 1).await.unwrap_err().is_not_found());
    assert_eq!(*essays.retitle(&ctx, vec![1], "z".to_owned()).await.unwrap(), 0);
    assert_eq!(*essays.remove(&ctx, 1).await.unwrap(), []);
}

/// A write whose answer was lost is unknown, and not repeated.
#[tokio::test]
async fn a_write_is_sent_once() {
    let (cluster, _, essays) = essays(0).await;
    stored(&cluster, &essays, &[(1, "a")]).await;
    cluster
        .execute(
            "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
             CREATE SEQUENCE attempts;
             CREATE FUNCTION count_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN PERFORM nextval('attempts'); RETURN NEW; END $$;
             GRANT ALL ON SEQUENCE attempts TO PUBLIC;
             CREATE TRIGGER a_count BEFORE UPDATE ON essays FOR EACH ROW EXECUTE FUNCTION count_attempts();
             CREATE TRIGGER b_leave BEFORE UPDATE ON essays FOR EACH ROW EXECUTE FUNCTION leave()",
        )
        .await
        .unwrap();
    let lost = essays.viewed(&Context::new(), 1).await.unwrap_err();
    assert!(lost.is_commit_unknown(), "{lost:?}");
    let mut conn = plain(&cluster.primary().admin_url()).await;
    let attempts: i64 =
        sqlx::query_scalar("SELECT last_value FROM attempts").fetch_one(&mut conn).await.unwrap();
    assert_eq!(attempts, 1);
}
