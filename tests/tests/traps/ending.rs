//! A standby that ends: the process that replays is the first to go, and forgets what is in progress. Whoever is in the
//! middle of a statement then is told by the server itself that a write is finished which it has never replayed.
//!
//! Seen in production as a postmaster that is killed (out of memory, say); the histories found it.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ryw_core::{ConsistencySource as _, Context, Reason, Route, Routed};
use ryw_postgres::sqlx::{self, Executor as _, PgConnection, Row as _};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{cluster, eventually, plain, source};
use ryw_tests::{Favorite, FavoriteRepository};

use super::raw::{self, ask, count, run, write_elsewhere};

/// Runs until the server replays no more, and does not wait for anything meanwhile: who waits sees the server end.
const UNTIL_REPLAY_ENDS: &str = "
    CREATE FUNCTION until_replay_ends() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        WHILE EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'startup') LOOP
            PERFORM pg_stat_clear_snapshot();
        END LOOP;
    END $$";

/// A standby that has the rows of a write, and will not get its commit; and the number of that.
async fn without_the_commit(cluster: &Cluster) -> i64 {
    let mut writer = plain(&cluster.primary().url()).await;
    run(&mut writer, "BEGIN").await;
    let xid = count(&mut writer).await;
    write_elsewhere(cluster).await;
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    run(&mut writer, "COMMIT").await;
    xid
}

/// The last row of what a session is asked that sees its server end.
async fn last_words(cluster: &Cluster, sql: String) -> sqlx::postgres::PgRow {
    let url = cluster.replica(0).admin_url();
    let mut reader: PgConnection = plain(&url).await;
    let reading =
        tokio::spawn(async move { reader.fetch_all(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await });
    let mut watcher = plain(&url).await;
    eventually("the session is at work", async || {
        let working = "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%until_replay_ends%' \
                       AND pid <> pg_backend_pid()";
        ask(&mut watcher, working).await
    })
    .await;
    cluster.replica(0).kill_postmaster().await.unwrap();
    reading.await.unwrap().unwrap().pop().unwrap()
}

#[tokio::test]
async fn what_was_not_replayed_is_finished_and_only_the_commit_log_knows_better() {
    let cluster = raw::start(Cluster::builder().replicas(1)).await;
    cluster.execute(UNTIL_REPLAY_ENDS).await.unwrap();
    let xid = without_the_commit(&cluster).await;
    let sql = format!(
        "SELECT until_replay_ends();
         SELECT value, pg_snapshot_xmin(pg_current_snapshot())::text::int8,
                pg_snapshot_xmax(pg_current_snapshot())::text::int8, pg_xact_status('{xid}')
         FROM counter WHERE id = 1"
    );
    let row = last_words(&cluster, sql).await;
    let (value, xmin, xmax): (i32, i64, i64) = (row.get(0), row.get(1), row.get(2));
    assert!(xid < xmin && value == 0, "the trap is there: {xid} counts as seen below {xmin}, and is not");
    assert_eq!(xmin, xmax, "nothing is in progress");
    assert_eq!(row.get::<&str, _>(3), "aborted");
}

/// The snapshot is from before; what is asked after it is not.
#[tokio::test]
async fn what_is_not_in_progress_any_more_need_not_be_committed() {
    let cluster = raw::start(Cluster::builder().replicas(1)).await;
    cluster.execute(UNTIL_REPLAY_ENDS).await.unwrap();
    let xid = without_the_commit(&cluster).await;
    let sql = format!(
        "SELECT s::text, until_replay_ends(), pg_xact_status('{xid}')
         FROM (SELECT pg_current_snapshot() AS s OFFSET 0) AS facts"
    );
    let row = last_words(&cluster, sql).await;
    let snapshot: &str = row.get(0);
    assert!(snapshot.starts_with(&format!("{xid}:")), "in progress when it began: {snapshot}");
    assert_eq!(row.get::<&str, _>(2), "aborted", "it was acknowledged, and will never be replayed here");
}

/// The process of the only session that ryw has with the replica.
async fn session_of(cluster: &Cluster) -> Pid {
    let mut admin = plain(&cluster.replica(0).admin_url()).await;
    let sql = "SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND backend_type = 'client backend'";
    Pid::from_raw(ask(&mut admin, sql).await)
}

/// A read that the replica takes up after its replay has ended. Says whether it came to that: the session may have ended
/// before it took up the read.
async fn read_at_the_end() -> bool {
    let cluster = cluster(1).await;
    let source = source(&cluster).max_connections(1).connect().await.unwrap();
    let favorites = FavoriteRepository::new(source.clone());
    let ctx = Context::new();
    let read = async || favorites.find(&ctx, &7).await.unwrap().map(|favorite| favorite.count());
    // The session has prepared the statement, and is trusted.
    let mut written = 0;
    eventually("the replica proves reads of the session", async || {
        written += 1;
        favorites.upsert(&ctx, &Favorite::numbered(7, written)).await.unwrap();
        let before = source.counts().replica_reads();
        assert_eq!(read().await, Some(written));
        written > 5 && source.counts().replica_reads() > before
    })
    .await;
    let session = session_of(&cluster).await;
    let mut tx = source.begin(&ctx).await.unwrap();
    favorites.upsert_in(&mut tx, &Favorite::numbered(7, 1000)).await.unwrap();
    // Another has a greater number, and is over.
    cluster.execute("INSERT INTO favorites VALUES (8, '#000001')").await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).hold_replay().await.unwrap();
    tx.commit().await.unwrap();

    kill(session, Signal::SIGSTOP).unwrap();
    let behind = Routed { route: Route::Primary, reason: Reason::ReplicasBehind };
    let before = source.counts().of(behind);
    let reading = async {
        let under_way = async || source.status().nodes[1].under_way > 0;
        let ending = async {
            eventually("the read is on its way", under_way).await;
            // It has to be there before the session could see its server end.
            tokio::time::sleep(Duration::from_millis(200)).await;
            end_replay(&cluster).await;
            kill(session, Signal::SIGCONT).unwrap();
        };
        let (read, ()) = tokio::join!(read(), ending);
        read
    };
    assert_eq!(reading.await, Some(1000), "the write was acknowledged");
    source.counts().of(behind) > before
}

async fn end_replay(cluster: &Cluster) {
    let mut admin = plain(&cluster.replica(0).admin_url()).await;
    let startup: i32 =
        ask(&mut admin, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup'").await;
    cluster.replica(0).kill_postmaster().await.unwrap();
    eventually("replay has ended", async || !runs(startup)).await;
}

/// Whether the process has not ended; one that nobody has collected has.
fn runs(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    kill(Pid::from_raw(pid), None).is_ok() && !stat.contains(") Z ")
}

#[tokio::test]
async fn a_read_at_the_end_is_not_taken_for_fresh() {
    for _ in 0..5 {
        if read_at_the_end().await {
            return;
        }
    }
    panic!("the session never took up the read");
}
