//! `synchronous_commit = remote_apply`: an acknowledged commit is applied on the standbys *that are waited for*, if the
//! wait comes to its end. Both halves fail in silence: the names may leave a replica out, and the wait may be cut short,
//! after which the statement succeeds all the same. So an acknowledgement proves nothing of a replica, and no read may
//! skip its gate for it.

use ryw_postgres::sqlx::{self, PgConnection};
use ryw_testkit::postgres::Cluster;
use ryw_tests::servers::{eventually, plain};
use tokio::task::JoinHandle;

use super::raw::{self, Verdict, ask, catch_up, read, run};

const BOTH: &str = "2 (replica_0, replica_1)";

/// Sets the names, and waits until the streams know which of them are waited for.
async fn name(cluster: &Cluster, names: &str) {
    cluster.primary().set("synchronous_standby_names", names).await.unwrap();
    let waited = names.split(['(', ')', ',', ' ']).filter(|word| word.starts_with("replica")).count();
    let mut admin = plain(&cluster.primary().admin_url()).await;
    eventually("the streams know the names", async || {
        let sql =
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state <> 'async' AND state = 'streaming'";
        ask::<i64>(&mut admin, sql).await.unsigned_abs() == waited as u64
    })
    .await;
}

/// A writer of its own, with the number of its server process.
async fn writer(cluster: &Cluster) -> (PgConnection, i32) {
    let mut conn = plain(&cluster.primary().url()).await;
    run(&mut conn, "SET synchronous_commit = remote_apply").await;
    let pid = ask(&mut conn, "SELECT pg_backend_pid()").await;
    (conn, pid)
}

/// The number of the transaction as soon as it is acknowledged, or the error.
fn write(mut conn: PgConnection) -> JoinHandle<Result<i64, sqlx::Error>> {
    let sql = "UPDATE counter SET value = value + 1 WHERE id = 1 RETURNING pg_current_xact_id()::text::int8";
    tokio::spawn(async move { sqlx::query_scalar(sql).fetch_one(&mut conn).await })
}

async fn until_it_waits(cluster: &Cluster, pid: i32) {
    let mut admin = plain(&cluster.primary().admin_url()).await;
    eventually("the commit waits for the standbys", async || {
        sqlx::query_scalar("SELECT wait_event = 'SyncRep' IS TRUE FROM pg_stat_activity WHERE pid = $1")
            .bind(pid)
            .fetch_one(&mut admin)
            .await
            .unwrap()
    })
    .await;
}

async fn values(cluster: &Cluster, xid: i64) -> Vec<(i32, Verdict)> {
    let mut values = Vec::new();
    for replica in cluster.replicas() {
        let read = read(&mut plain(&replica.url()).await, xid).await;
        values.push((read.value, read.verdict));
    }
    values
}

/// Names that leave a replica out: it is stale after the acknowledgement.
#[tokio::test]
async fn only_the_replicas_that_are_waited_for_are_fresh() {
    let cluster = raw::shared().await;
    let mut value = 0;
    for (names, held) in [
        ("", 0),
        ("ANY 1 (replica_0, replica_1)", 0),
        ("ANY 1 (replica_0, replica_1)", 1),
        ("FIRST 1 (replica_0, replica_1)", 1),
        ("replica_0", 1),
    ] {
        name(&cluster, names).await;
        cluster.replica(held).hold_replay().await.unwrap();
        let (conn, _) = writer(&cluster).await;
        let xid = write(conn).await.unwrap().unwrap();
        let values = values(&cluster, xid).await;
        assert_eq!(values[held], (value, Verdict::Stale), "the trap is there: {names:?} {values:?}");
        value += 1;
        if !names.is_empty() {
            assert_eq!(values[1 - held].0, value, "{names:?} {values:?}");
        }
        catch_up(&cluster, held).await;
    }
}

#[tokio::test]
async fn with_all_of_them_waited_for_each_is_fresh_when_the_write_is_acknowledged() {
    let cluster = raw::shared().await;
    name(&cluster, BOTH).await;
    for value in 1..10 {
        let (conn, _) = writer(&cluster).await;
        let xid = write(conn).await.unwrap().unwrap();
        let values = values(&cluster, xid).await;
        assert!(values.iter().all(|(found, _)| *found == value), "{values:?}");
    }
    // With one of them held no write is acknowledged.
    cluster.replica(1).hold_replay().await.unwrap();
    let (conn, pid) = writer(&cluster).await;
    let writing = write(conn);
    until_it_waits(&cluster, pid).await;
    assert!(!writing.is_finished());
    cluster.replica(1).release_replay().await.unwrap();
    let xid = writing.await.unwrap().unwrap();
    assert_eq!(values(&cluster, xid).await, [(10, Verdict::Fresh); 2]);
}

/// A wait that is cut short, by whatever: what the writer is told, and what the held replica shows.
async fn cut_short(cut: impl AsyncFnOnce(&Cluster, i32)) -> Result<Vec<(i32, Verdict)>, sqlx::Error> {
    let cluster = raw::shared().await;
    name(&cluster, BOTH).await;
    cluster.replica(1).hold_replay().await.unwrap();
    let (conn, pid) = writer(&cluster).await;
    let writing = write(conn);
    until_it_waits(&cluster, pid).await;
    cut(&cluster, pid).await;
    let acknowledged = writing.await.unwrap();
    let committed: i32 =
        ask(&mut plain(&cluster.primary().url()).await, "SELECT value FROM counter WHERE id = 1").await;
    assert_eq!(committed, 1, "it is committed, whatever the writer was told");
    Ok(values(&cluster, acknowledged?).await)
}

async fn signal(cluster: &Cluster, sql: &'static str, pid: i32) {
    let mut admin = plain(&cluster.primary().admin_url()).await;
    let done: bool = sqlx::query_scalar(sql).bind(pid).fetch_one(&mut admin).await.unwrap();
    assert!(done);
}

/// The server warns ("canceling wait for synchronous replication due to user request") and reports success; a driver
/// hands warnings to the log.
#[tokio::test]
async fn a_cancelled_wait_is_acknowledged_and_not_applied() {
    let values =
        cut_short(async |cluster, pid| signal(cluster, "SELECT pg_cancel_backend($1)", pid).await).await;
    assert_eq!(values.unwrap(), [(1, Verdict::Fresh), (0, Verdict::Stale)], "the trap is there");
}

/// Not even a warning.
#[tokio::test]
async fn a_wait_for_names_that_are_taken_away_is_acknowledged_and_not_applied() {
    for names in ["", "replica_0"] {
        let cut = async |cluster: &Cluster, _| {
            cluster.primary().set("synchronous_standby_names", names).await.unwrap();
        };
        let values = cut_short(cut).await.unwrap();
        assert_eq!(values, [(1, Verdict::Fresh), (0, Verdict::Stale)], "the trap is there: {names:?}");
    }
}

/// Committed, and the connection ends: nobody may call that a failure, nor send it again.
#[tokio::test]
async fn a_terminated_wait_is_a_lost_connection_after_the_commit() {
    let told =
        cut_short(async |cluster, pid| signal(cluster, "SELECT pg_terminate_backend($1)", pid).await).await;
    println!("told by the terminated session: {told:?}");
    assert!(told.is_err(), "{told:?}");
}
