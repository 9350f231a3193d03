//! A session over a real primary and replicas whose replay is held: what it is promised, and that others are not.

use std::time::{Duration, Instant};

use ryw_core::{ConsistencySource, Context, Mode, PageRequest, Reason, Repository, Route};
use ryw_postgres::{NodeState, PostgresSource, sqlx};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{self, cluster, until_a_replica_serves};
use ryw_tests::{Favorite, FavoriteRepository, Note, NoteRepository};

async fn source(cluster: &Cluster, mode: Mode) -> PostgresSource {
    servers::source(cluster).mode(mode).connect().await.unwrap()
}

async fn color(repository: &FavoriteRepository, ctx: &Context) -> Option<String> {
    repository.find(ctx, &7).await.unwrap().map(|favorite| favorite.color_hex)
}

#[tokio::test]
async fn a_session_reads_its_own_write_while_every_replica_is_behind() {
    let cluster = cluster(2).await;
    let source = source(&cluster, Mode::Position).await;
    let favorites = FavoriteRepository::new(source.clone());
    for replica in cluster.replicas() {
        replica.hold_replay().await.unwrap();
    }
    let ctx = Context::new();
    let written = favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    assert!(written.position().is_some());
    assert!(written.updated_at > chrono::DateTime::UNIX_EPOCH, "as stored, not as sent");

    assert_eq!(color(&favorites, &ctx.eventual()).await, None, "the replicas are stale: the test can fail");
    assert_eq!(color(&favorites, &Context::new()).await, None);
    assert_eq!(color(&favorites, &ctx).await.as_deref(), Some("#000001"));
    assert_eq!(color(&favorites, &ctx.strong()).await.as_deref(), Some("#000001"));
    assert_eq!(color(&favorites, &ctx.bounded_staleness(Duration::ZERO)).await.as_deref(), Some("#000001"));

    for replica in cluster.replicas() {
        replica.release_replay().await.unwrap();
    }
    cluster.wait_until_caught_up().await.unwrap();
    until_a_replica_serves(&source, async || {
        assert_eq!(color(&favorites, &ctx).await.as_deref(), Some("#000001"));
    })
    .await;
}

#[tokio::test]
async fn a_read_waits_for_a_replica_that_catches_up_in_time() {
    let cluster = cluster(1).await;
    let source = servers::source(&cluster).wait_budget(Duration::from_secs(60)).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    cluster.replica(0).hold_replay().await.unwrap();
    let ctx = Context::new();
    favorites.upsert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    let reading = tokio::spawn({
        let (favorites, ctx) = (favorites.clone(), ctx.clone());
        async move { color(&favorites, &ctx).await }
    });
    cluster.replica(0).release_replay().await.unwrap();
    assert_eq!(reading.await.unwrap().as_deref(), Some("#000001"));
    assert_eq!(source.counts().primary_reads(), 0, "{:?}", source.counts().reasons());
}

#[tokio::test]
async fn time_to_live_reads_the_primary_for_a_while_and_then_any_replica() {
    let cluster = cluster(1).await;
    let window = Duration::from_secs(3600);
    let favorites = FavoriteRepository::new(source(&cluster, Mode::TimeToLive(window)).await);
    cluster.replica(0).hold_replay().await.unwrap();
    let ctx = Context::new();
    favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();
    assert_eq!(color(&favorites, &ctx).await.as_deref(), Some("#000001"));
    assert_eq!(color(&favorites, &Context::new()).await, None);
    let short = FavoriteRepository::new(source(&cluster, Mode::TimeToLive(Duration::ZERO)).await);
    assert_eq!(color(&short, &ctx).await, None, "after the window a lagging replica is read stale");
}

#[tokio::test]
async fn monotonic_reads_hold_across_replicas() {
    let cluster = cluster(2).await;
    let favorites = FavoriteRepository::new(source(&cluster, Mode::Position).await);
    favorites.insert(&Context::new(), &Favorite::numbered(7, 1)).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(1).hold_replay().await.unwrap();
    favorites.replace(&Context::new(), &Favorite::numbered(7, 2)).await.unwrap();
    let lsn = cluster.primary().flush_lsn().await.unwrap();
    cluster.replica(0).wait_for_replay(lsn).await.unwrap();

    let reader = Context::new();
    let mut newest = String::new();
    let (mut rounds, mut went_back) = (0, 0);
    // The quicker replica is preferred, and forgiven its worst moment only by time: until each has served, it may take
    // seconds on a busy machine.
    let patience = Instant::now() + Duration::from_secs(60);
    while rounds < 40 || newest.as_str() < "#000002" || went_back == 0 {
        assert!(Instant::now() < patience, "after {rounds} rounds {newest}, {went_back} times back");
        // An odd number of reads a round, so that the reader starts at either replica in turn.
        for _ in 0..2 {
            let seen = color(&favorites, &reader).await.unwrap();
            assert!(seen >= newest, "{seen} after {newest}");
            newest = seen;
        }
        // Readers without a context do go back: the test can fail.
        went_back += u32::from(color(&favorites, &Context::new()).await.unwrap() < newest);
        rounds += 1;
    }
}

#[tokio::test]
async fn a_transaction_and_a_read_of_ones_own_keep_the_guarantee() {
    let cluster = cluster(1).await;
    let source = source(&cluster, Mode::Position).await;
    let favorites = FavoriteRepository::new(source.clone());
    cluster.replica(0).hold_replay().await.unwrap();
    let ctx = Context::new();

    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.insert_in(&mut tx, &Favorite::numbered(7, 1)).await.unwrap();
    sqlx::query("UPDATE favorites SET color_hex = '#000002'").execute(&mut *tx).await.unwrap();
    assert!(ctx.frontier(source.id()).is_empty(), "no position before the commit");
    assert!(tx.commit().await.unwrap().position().is_some());

    let mut conn = source.read(&ctx).await.unwrap();
    assert_eq!(conn.routed().route, Route::Primary);
    let color: String =
        sqlx::query_scalar("SELECT color_hex FROM favorites").fetch_one(&mut *conn).await.unwrap();
    conn.finish().await.unwrap();
    assert_eq!(color, "#000002");
    assert!(!ctx.frontier(source.id()).is_unknown());

    drop(source.read(&ctx).await.unwrap());
    assert!(ctx.frontier(source.id()).is_unknown(), "a read that was not finished may have seen anything");
}

#[tokio::test]
async fn a_transaction_dropped_or_failed_leaves_nothing_behind() {
    let cluster = cluster(0).await;
    let source = servers::source(&cluster).max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.insert_in(&mut tx, &Favorite::numbered(7, 1)).await.unwrap();
    drop(tx);
    assert_eq!(color(&favorites, &ctx).await, None, "the one connection is clean again");

    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.insert_in(&mut tx, &Favorite::numbered(7, 1)).await.unwrap();
    assert!(favorites.insert_in(&mut tx, &Favorite::numbered(7, 1)).await.unwrap_err().is_conflict());
    let refused = tx.commit().await.unwrap_err();
    assert!(refused.is_database(), "a failed transaction must not look committed: {refused}");
    assert_eq!(color(&favorites, &ctx).await, None);

    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.insert_in(&mut tx, &Favorite::numbered(7, 1)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(color(&favorites, &ctx).await, None);
}

#[tokio::test]
async fn every_generated_method_does_what_it_says() {
    let cluster = cluster(1).await;
    let source = source(&cluster, Mode::Position).await;
    let notes = NoteRepository::new(source.clone());
    let ctx = Context::new();
    let note = |id: i64| Note {
        id,
        body: format!("note {id}"),
        remark: None,
        slug: Some(format!("slug-{id}")),
        created_at: chrono::DateTime::UNIX_EPOCH,
        updated_at: chrono::DateTime::UNIX_EPOCH,
    };
    assert!(notes.replace(&ctx, &note(1)).await.unwrap_err().is_not_found());
    for id in [3, 1, 2] {
        notes.insert(&ctx, &note(id)).await.unwrap();
    }
    assert!(notes.insert(&ctx, &note(1)).await.unwrap_err().is_conflict());
    let taken = Note { slug: Some("slug-2".into()), ..note(1) };
    assert!(notes.upsert(&ctx, &taken).await.unwrap_err().is_conflict(), "another unique column is taken");

    let changed = Note { remark: Some("changed".into()), ..note(1) };
    let stored = notes.replace(&ctx, &changed).await.unwrap();
    assert_eq!((stored.remark.as_deref(), stored.body.as_str()), (Some("changed"), "note 1"));
    assert!(stored.created_at > chrono::DateTime::UNIX_EPOCH && stored.updated_at > stored.created_at);
    assert_eq!(notes.find(&ctx, &1).await.unwrap(), Some(stored.clone().into_inner()));

    let ids = |notes: Vec<Note>| notes.into_iter().map(|note| note.id).collect::<Vec<_>>();
    assert_eq!(ids(notes.find_many(&ctx, &[3, 9, 1, 3]).await.unwrap()), [3, 1]);
    assert_eq!(ids(notes.find_many(&ctx, &[]).await.unwrap()), Vec::<i64>::new());
    let first = notes.list(&ctx, &PageRequest::first(2)).await.unwrap();
    assert_eq!(ids(first.items), [1, 2]);
    let last = notes.list(&ctx, &PageRequest::first(2).after(first.next.unwrap())).await.unwrap();
    assert_eq!((ids(last.items), last.next), (vec![3], None));

    assert_eq!(notes.delete(&ctx, &1).await.unwrap().into_inner(), Some(stored.into_inner()));
    assert_eq!(notes.delete(&ctx, &1).await.unwrap().into_inner(), None);
    assert_eq!(notes.find(&ctx, &1).await.unwrap(), None);

    // The same through the trait, as generic code would.
    let generic: Box<dyn Repository<Entity = Note>> = Box::new(notes);
    assert_eq!(generic.find(&ctx, &2).await.unwrap().map(|note| note.id), Some(2));
    assert!(source.counts().by_reason(Reason::Write) > 0);
}

#[tokio::test]
async fn a_transaction_left_open_on_a_connection_deceives_nobody() {
    let cluster = cluster(0).await;
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    let pool = pool.connect(&cluster.primary().url()).await.unwrap();
    let source = PostgresSource::builder("main").primary(pool.clone()).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();

    // Left by the user's own code on the user's own pool: an autocommit statement would not be committed.
    sqlx::query("BEGIN").execute(&pool).await.unwrap();
    let refused = favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap_err();
    assert!(refused.is_commit_unknown(), "{refused}");
    assert_eq!(color(&favorites, &ctx).await, None);
    favorites.insert(&ctx, &Favorite::numbered(7, 1)).await.unwrap();

    // Left on a read connection that was finished: its snapshot must not serve anybody else.
    let mut conn = source.read(&ctx).await.unwrap();
    sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ").execute(&mut *conn).await.unwrap();
    sqlx::query("SELECT FROM favorites").execute(&mut *conn).await.unwrap();
    conn.finish().await.unwrap();
    favorites.replace(&ctx, &Favorite::numbered(7, 2)).await.unwrap();
    assert_eq!(color(&favorites, &ctx).await.as_deref(), Some("#000002"));

    // One that was not left open keeps its connection.
    let pid = || async {
        let mut conn = source.read(&ctx).await.unwrap();
        let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *conn).await.unwrap();
        conn.finish().await.unwrap();
        pid
    };
    assert_eq!(pid().await, pid().await);
}

/// Compiles only if every public future can be given to `tokio::spawn`.
#[test]
fn every_future_can_be_spawned() {
    fn spawnable<F: Future + Send>(_: impl Fn() -> F) {}
    fn all(
        cluster: &Cluster,
        source: &PostgresSource,
        favorites: &FavoriteRepository,
        notes: &NoteRepository,
        ctx: &Context,
    ) {
        let node = cluster.primary();
        spawnable(|| Cluster::builder().start());
        spawnable(|| cluster.wait_until_caught_up());
        spawnable(|| cluster.execute(""));
        spawnable(|| node.hold_replay());
        spawnable(|| node.release_replay());
        spawnable(|| node.set_apply_delay(Duration::ZERO));
        spawnable(|| node.wait_for_replay(0));
        spawnable(|| node.kill());
        spawnable(|| node.restart());
        spawnable(|| node.promote());
        spawnable(|| node.follow(node));
        spawnable(|| PostgresSource::builder("main").connect());
        spawnable(|| source.read(ctx));
        spawnable(|| async { source.read(ctx).await.unwrap().finish().await });
        spawnable(|| async { source.begin(ctx).await.unwrap().commit().await });
        spawnable(|| source.capture());
        spawnable(|| favorites.find(ctx, &7));
        spawnable(|| favorites.find_many(ctx, &[7]));
        spawnable(|| favorites.exists(ctx, &7));
        spawnable(|| favorites.count(ctx));
        spawnable(|| async { favorites.stream(ctx).try_next().await });
        spawnable(|| notes.find_by_slug(ctx, "a"));
        spawnable(|| async { notes.list_by_remark(ctx, "a", &PageRequest::first(1)).await });
        spawnable(|| favorites.delete(ctx, &7));
        spawnable(|| async { favorites.insert(ctx, &Favorite::numbered(7, 1)).await });
        spawnable(|| async { favorites.list(ctx, &PageRequest::first(1)).await });
    }
    let _ = all;
}

#[tokio::test]
async fn a_replica_whose_connections_are_all_taken_stays_in_use() {
    let cluster = cluster(1).await;
    // Enough for a log-in on a busy machine, too.
    let limit = Duration::from_secs(5);
    let source = servers::source(&cluster).max_connections(1).replica_timeout(limit).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let taken = source.read(&Context::new()).await.unwrap();
    assert!(taken.routed().route.is_replica());

    assert_eq!(color(&favorites, &Context::new()).await, None);
    assert_eq!((source.counts().primary_reads(), source.counts().by_reason(Reason::ReplicaFailed)), (1, 1));
    assert_eq!(source.replicas(), [NodeState::Up], "busy, not away");

    taken.finish().await.unwrap();
    assert_eq!(color(&favorites, &Context::new()).await, None);
    assert_eq!(source.counts().replica_reads(), 2);
}

/// A server holds one for each request under way.
#[tokio::test]
async fn the_futures_are_small() {
    let cluster = cluster(0).await;
    let source = source(&cluster, Mode::Position).await;
    let favorites = FavoriteRepository::new(source.clone());
    let (ctx, favorite) = (Context::new(), Favorite::numbered(7, 1));
    let sizes = [
        size_of_val(&favorites.insert(&ctx, &favorite)),
        size_of_val(&favorites.find(&ctx, &7)),
        size_of_val(&source.read(&ctx)),
        size_of_val(&source.begin(&ctx)),
    ];
    println!("insert, find, read, begin: {sizes:?} bytes");
    assert!(sizes.iter().all(|size| *size < 10_000), "{sizes:?}");
}
