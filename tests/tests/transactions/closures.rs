//! The closure form: what it commits, what it rolls back, and when it repeats.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ryw_core::{ConsistencySource, Context, Error, Written};
use ryw_postgres::{
    Isolation, PostgresSource, SynchronousCommit, Transaction, is_serialization_failure, sqlx,
};
use ryw_testkit::link::Link;
use ryw_tests::servers::{cluster, eventually, patient, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};
use tokio::sync::Barrier;

use super::shared::{AppError, color, put, stored};

/// As a web handler: spawned, generic over nothing, borrowing what it needs.
async fn handler(
    source: PostgresSource,
    favorites: FavoriteRepository,
    ctx: Context,
    refuse: bool,
) -> Result<Written<i64>, AppError> {
    let (key, favorite) = (8, Favorite::numbered(7, 1));
    source
        .transaction(&ctx)
        .run(async |tx: &mut Transaction| {
            let inserted = favorites.insert_in(tx, &favorite).await?;
            put(tx, key, 2).await?;
            let mut savepoint = tx.savepoint().await?;
            favorites.insert_in(&mut savepoint, &Favorite::numbered(9, 3)).await?;
            savepoint.rollback().await?;
            let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM favorites").fetch_one(&mut **tx).await?;
            if refuse { Err(AppError::Refused("no")) } else { Ok(rows + inserted.count()) }
        })
        .await
}

#[tokio::test]
async fn it_commits_what_is_ok_and_rolls_back_what_is_not_in_a_spawned_task() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new().without_monotonic_reads();
    let refused = tokio::spawn(handler(source.clone(), favorites.clone(), ctx.clone(), true)).await.unwrap();
    assert!(matches!(refused, Err(AppError::Refused("no"))));
    assert_eq!(stored(&cluster, 7).await, None);
    assert!(ctx.frontier(source.id()).is_empty());

    let written =
        tokio::spawn(handler(source.clone(), favorites, ctx.clone(), false)).await.unwrap().unwrap();
    assert_eq!(*written, 3);
    let position = written.position().expect("it has written");
    assert!(position.offset().is_some() && position.ticket().is_some_and(|ticket| ticket.after > 0));
    assert_eq!((stored(&cluster, 7).await, stored(&cluster, 9).await), (Some(1), None));
    assert_eq!(ctx.frontier(source.id()).ticket_count(), 1);
}

#[tokio::test]
async fn its_settings_hold_in_it_and_nowhere_else() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let ctx = Context::new().without_monotonic_reads();
    let settings = async |tx: &mut Transaction| -> Result<(String, String), AppError> {
        let sql = "SELECT current_setting('transaction_isolation'), current_setting('synchronous_commit')";
        Ok(sqlx::query_as(sql).fetch_one(&mut **tx).await?)
    };
    for (isolation, level) in [
        (Isolation::ReadCommitted, "read committed"),
        (Isolation::RepeatableRead, "repeatable read"),
        (Isolation::Serializable, "serializable"),
    ] {
        for (to, setting) in [
            (SynchronousCommit::Off, "off"),
            (SynchronousCommit::Local, "local"),
            (SynchronousCommit::On, "on"),
            (SynchronousCommit::RemoteWrite, "remote_write"),
            (SynchronousCommit::RemoteApply, "remote_apply"),
        ] {
            let tx = source.transaction(&ctx).isolation(isolation).synchronous_commit(to);
            assert_eq!(*tx.run(settings).await.unwrap(), (level.to_owned(), setting.to_owned()));
        }
    }
    let plain = source.transaction(&ctx).run(settings).await.unwrap();
    assert_eq!(*plain, ("read committed".to_owned(), "on".to_owned()));
    assert_eq!(plain.position(), None, "it wrote nothing");
    assert!(ctx.frontier(source.id()).is_empty());
}

/// Two that each read what the other writes: one of them must fail. Counts how often the work was run.
async fn collide(source: &PostgresSource, times: Option<u32>) -> (Vec<Result<(), AppError>>, u32) {
    let met = Arc::new(Barrier::new(2));
    let runs = Arc::new(AtomicU32::new(0));
    let both = [(1, 2), (2, 1)].map(|(mine, other)| {
        let (source, met, runs) = (source.clone(), Arc::clone(&met), Arc::clone(&runs));
        tokio::spawn(async move {
            let first = AtomicU32::new(0);
            let work = async |tx: &mut Transaction| -> Result<(), AppError> {
                runs.fetch_add(1, Ordering::SeqCst);
                let read = color(tx, other).await.unwrap_or(0);
                if first.fetch_add(1, Ordering::SeqCst) == 0 {
                    met.wait().await;
                }
                put(tx, mine, read + 1).await?;
                Ok(())
            };
            let ctx = Context::new();
            let tx = source.transaction(&ctx).isolation(Isolation::Serializable);
            match times {
                Some(times) => tx.retries(times).run(work).await.map(Written::into_inner),
                None => tx.run(work).await.map(Written::into_inner),
            }
        })
    });
    let mut outcomes = Vec::new();
    for one in both {
        outcomes.push(one.await.unwrap());
    }
    (outcomes, runs.load(Ordering::SeqCst))
}

#[tokio::test]
async fn it_is_repeated_after_a_serialization_failure_only_if_asked_to() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let (outcomes, runs) = collide(&source, None).await;
    assert_eq!(runs, 2, "never by itself");
    let failed: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(is_serialization_failure(&failed[0]), "{:?}", failed[0]);

    let (outcomes, runs) = collide(&source, Some(5)).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    println!("two serializable transactions that collide: {runs} runs for 2 commits");
    assert!(runs >= 3);
}

#[tokio::test]
async fn another_failure_is_not_repeated() {
    let cluster = cluster(0).await;
    let source = source(&cluster).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let runs = AtomicU32::new(0);
    let tx = source.transaction(&ctx).retries(5);
    let failed = tx
        .run(async |tx: &mut Transaction| -> Result<(), Error> {
            runs.fetch_add(1, Ordering::SeqCst);
            favorites.insert_in(tx, &Favorite::numbered(7, 1)).await?;
            favorites.insert_in(tx, &Favorite::numbered(7, 1)).await.map(drop)
        })
        .await;
    assert!(failed.unwrap_err().is_conflict());
    assert_eq!((runs.into_inner(), stored(&cluster, 7).await), (1, None));
}

/// It may have been committed: repeating it could do it twice.
#[tokio::test]
async fn an_unknown_commit_is_never_repeated() {
    let cluster = cluster(0).await;
    let link = Link::before(&cluster.primary().url()).await.unwrap();
    let source = patient().primary(link.url()).connect().await.unwrap();
    link.lose_answers_to(b"COMMIT");
    let runs = Arc::new(AtomicU32::new(0));
    let ctx = Context::new();
    let running = tokio::spawn({
        let (source, ctx, runs) = (source.clone(), ctx.clone(), Arc::clone(&runs));
        async move {
            let work = async |tx: &mut Transaction| -> Result<(), AppError> {
                runs.fetch_add(1, Ordering::SeqCst);
                sqlx::query("INSERT INTO favorites VALUES (7, '#000001')").execute(&mut **tx).await?;
                Ok(())
            };
            source.transaction(&ctx).retries(9).run(work).await
        }
    });
    eventually("it is committed", async || stored(&cluster, 7).await.is_some()).await;
    link.cut();
    let Err(AppError::Ryw(error)) = running.await.unwrap() else { panic!("it cannot know") };
    assert!(error.is_commit_unknown(), "{error:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert!(ctx.frontier(source.id()).is_unknown());
}

#[tokio::test]
async fn a_dead_connection_is_replaced_before_anything_was_done() {
    let cluster = cluster(0).await;
    let source = source(&cluster).max_connections(2).connect().await.unwrap();
    let ctx = Context::new();
    let (one, two) = (source.begin(&ctx).await.unwrap(), source.begin(&ctx).await.unwrap());
    one.rollback().await.unwrap();
    two.rollback().await.unwrap();
    let mut admin = plain(&cluster.primary().admin_url()).await;
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
    .execute(&mut admin)
    .await
    .unwrap();
    let tx = source.begin(&ctx).await.unwrap();
    tx.rollback().await.unwrap();
}
