//! Futures dropped at every point where they can wait: nothing that was committed is lost from sight, and the one
//! connection is as good as new.

use ryw_core::{ConsistencySource, Context};
use ryw_postgres::{Isolation, Outcome, PostgresSource, Transaction, sqlx};
use ryw_testkit::link::Link;
use ryw_testkit::postgres::Cluster;
use ryw_tests::dropped::polled;
use ryw_tests::servers::{distant, plain, start};
use ryw_tests::{Favorite, FavoriteRepository};

use super::shared::{AppError, color, put};

/// More than any of these is ever polled.
const POLLS: i64 = 14;

struct Scene {
    cluster: Cluster,
    _links: Vec<Link>,
    source: PostgresSource,
    favorites: FavoriteRepository,
}

impl Scene {
    /// One connection each; the replica stands still once the tables are there.
    async fn set() -> Self {
        let cluster = start(Cluster::builder().replicas(1).setting("max_prepared_transactions", "5")).await;
        cluster.replica(0).hold_replay().await.unwrap();
        let (_links, source) = distant(&cluster).await;
        let source = source.max_connections(1).connect().await.unwrap();
        let favorites = FavoriteRepository::new(source.clone());
        Self { cluster, _links, source, favorites }
    }

    /// Whether the key is there; makes sure that a session that should see it does, and that the connection is clean.
    async fn check(&self, ctx: &Context, key: i64, what: &str) -> bool {
        // The one connection is back only when the server has answered to all it was told.
        let mut tx = self.source.begin(&Context::new()).await.unwrap();
        let sql =
            "SELECT pg_current_xact_id_if_assigned() IS NULL AND current_setting('synchronous_commit') = 'on'
            AND current_setting('transaction_isolation') = 'read committed'";
        let clean: bool = sqlx::query_scalar(sql).fetch_one(&mut *tx).await.unwrap();
        assert!(clean, "{what}");
        tx.rollback().await.unwrap();
        let stored = color(&mut plain(&self.cluster.primary().url()).await, key).await.is_some();
        let seen = self.favorites.find(ctx, &key).await.unwrap().is_some();
        assert!(seen || !stored, "{what}: it was committed, and the session does not see it");
        stored
    }
}

#[tokio::test]
async fn a_closure_dropped_at_any_point() {
    let scene = Scene::set().await;
    let (mut finished, mut committed, mut gone) = (0, 0, 0);
    for (key, polls) in (0..).zip((1..POLLS).cycle().take(100)) {
        let ctx = Context::new();
        let (favorites, favorite) = (&scene.favorites, Favorite::numbered(key, 1));
        let work = async |tx: &mut Transaction| -> Result<(), AppError> {
            let mut savepoint = tx.savepoint().await?;
            favorites.insert_in(&mut savepoint, &favorite).await?;
            savepoint.release().await?;
            Ok(())
        };
        let tx = scene
            .source
            .transaction(&ctx)
            .isolation(Isolation::RepeatableRead)
            .synchronous_commit(ryw_postgres::SynchronousCommit::Off)
            .recoverable();
        let done = polled(tx.run(work), polls).await.map(|written| written.unwrap().into_inner());
        let stored = scene.check(&ctx, key, &format!("polled {polls} times")).await;
        match (done, stored) {
            (Some(()), _) => {
                assert!(stored);
                finished += 1;
            }
            (None, true) => committed += 1,
            (None, false) => gone += 1,
        }
    }
    println!(
        "of 100 closures {finished} finished, {committed} were dropped and committed, {gone} dropped and rolled back"
    );
    assert!(finished > 0 && gone > 0);
}

#[tokio::test]
async fn a_commit_dropped_at_any_point() {
    let scene = Scene::set().await;
    let (mut finished, mut committed) = (0, 0);
    for (key, polls) in (0..).zip((1..4).cycle().take(60)) {
        let ctx = Context::new();
        let mut tx = scene.source.begin(&ctx).await.unwrap();
        scene.favorites.insert_in(&mut tx, &Favorite::numbered(key, 1)).await.unwrap();
        let id = tx.id().await.unwrap();
        let done = polled(tx.commit(), polls).await;
        let unknown = ctx.frontier(scene.source.id()).is_unknown();
        assert_eq!(done.is_none(), unknown, "polled {polls} times");
        if done.is_none() {
            // What the session does not know, the server does.
            let mut outcome = scene.source.outcome(&ctx, &id).await.unwrap();
            while outcome == Outcome::InProgress {
                outcome = scene.source.outcome(&ctx, &id).await.unwrap();
            }
            let stored = scene.check(&ctx, key, &format!("polled {polls} times")).await;
            assert_eq!(matches!(outcome, Outcome::Committed(_)), stored, "{outcome:?}");
            committed += u64::from(stored);
        } else {
            assert!(scene.check(&ctx, key, "finished").await);
            finished += 1;
        }
    }
    println!("of 60 commits {finished} finished, {committed} were dropped and had happened");
    assert!(finished > 0 && committed > 0);
}

#[tokio::test]
async fn savepoints_dropped_at_any_point() {
    let scene = Scene::set().await;
    let mut dropped = 0;
    for (key, polls) in (0..).zip((1..4).cycle().take(60)) {
        let ctx = Context::new();
        let mut tx = scene.source.begin(&ctx).await.unwrap();
        put(&mut tx, key, 1).await.unwrap();
        let undone = match polled(tx.savepoint(), if key % 2 == 0 { 9 } else { polls }).await {
            None => None,
            Some(savepoint) => {
                let mut savepoint = savepoint.unwrap();
                put(&mut savepoint, 1000 + key, 1).await.unwrap();
                let ended = if key % 4 < 2 {
                    polled(savepoint.release(), polls).await
                } else {
                    polled(savepoint.rollback(), polls).await
                };
                ended.map(Result::unwrap)
            }
        };
        dropped += u64::from(undone.is_none());
        let committed = tx.commit().await;
        let what = format!("savepoint {key}, polled {polls} times: {committed:?}");
        let stored = scene.check(&ctx, key, &what).await;
        assert_eq!(stored, committed.is_ok(), "{what}");
        scene.check(&ctx, 1000 + key, &what).await;
    }
    println!("of 60 savepoints {dropped} were dropped in the making or in the ending");
    assert!(dropped > 0);
}

#[tokio::test]
async fn two_phase_commit_dropped_at_any_point() {
    let scene = Scene::set().await;
    let (mut prepared, mut committed) = (0, 0);
    for (key, polls) in (0..).zip((1..5).cycle().take(60)) {
        let ctx = Context::new();
        let mut tx = scene.source.begin(&ctx).await.unwrap();
        put(&mut tx, key, 1).await.unwrap();
        let done = polled(tx.prepare("a"), if key / 4 % 2 == 0 { 9 } else { polls }).await;
        if let Some(done) = done {
            prepared += 1;
            assert_eq!(done.unwrap().gid(), "a");
            if polled(scene.source.commit_prepared(&ctx, "a"), polls).await.is_none() {
                committed += u64::from(scene.check(&ctx, key, "commit prepared").await);
            }
        }
        scene.check(&ctx, key, &format!("polled {polls} times")).await;
        // Whether it was prepared, and is still, is not known to whoever dropped it; this makes sure.
        match scene.source.rollback_prepared("a").await {
            Ok(()) => {}
            Err(error) => assert!(error.is_not_found(), "{error:?}"),
        }
    }
    println!("{prepared} of 60 were prepared, {committed} dropped while they were committed, and had been");
    assert!(committed > 0);
}

#[tokio::test]
async fn a_reading_transaction_dropped_at_any_point() {
    let scene = Scene::set().await;
    for (key, polls) in (0..).zip((1..8).cycle().take(80)) {
        let ctx = Context::new();
        if key % 2 == 0 {
            scene.favorites.insert(&ctx, &Favorite::numbered(key, 1)).await.unwrap();
        }
        let reading = async {
            let tx = scene.source.read_transaction(&ctx).isolation(Isolation::RepeatableRead);
            let mut tx = tx.begin().await.unwrap();
            let found = color(&mut tx, key).await;
            tx.finish().await.unwrap();
            found
        };
        if let Some(found) = polled(reading, polls).await {
            assert_eq!(found.is_some(), key % 2 == 0);
        }
        assert_eq!(scene.check(&ctx, key, &format!("polled {polls} times")).await, key % 2 == 0);
        let mut tx = scene.source.read_transaction(&Context::new()).begin().await.unwrap();
        assert!(tx.routed().route.is_replica());
        assert_eq!(color(&mut tx, key).await, None, "the replica is behind");
        tx.finish().await.unwrap();
    }
}
