//! Plain SQL in few words, for the traps that are shown without ryw: a counter, how it is written, and one statement
//! that reads it together with all that any gate could ask of the same snapshot.

use ryw_postgres::sqlx::{self, AssertSqlSafe, PgConnection, Postgres, postgres::PgRow};
use ryw_testkit::postgres::{Cluster, ClusterBuilder};
use ryw_tests::servers::{eventually, plain};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

const SCHEMA: &str = "
    CREATE TABLE counter (id int PRIMARY KEY, value int NOT NULL);
    INSERT INTO counter VALUES (1, 0), (2, 0)";

/// The advisory lock is free, unless a test [stretches](stretch) the moment between the snapshot and the gates.
const READ: &str = "
    SELECT value,
           pg_snapshot_xmin(s)::text::int8,
           pg_snapshot_xmax(s)::text::int8,
           pg_visible_in_snapshot($1::xid8, s),
           CASE WHEN $1::xid8 < pg_snapshot_xmax(s) THEN pg_xact_status($1::xid8) END,
           coalesce((pg_last_wal_replay_lsn() - '0/0')::int8, 0)
    FROM (SELECT pg_current_snapshot() AS s, pg_advisory_xact_lock_shared(1)) AS facts
         LEFT JOIN counter ON id = 1";

/// The counter, and what the server said of a transaction in the snapshot that it was read in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read {
    pub(crate) value: i32,
    pub(crate) xmin: i64,
    pub(crate) xmax: i64,
    /// What `pg_visible_in_snapshot` says.
    pub(crate) visible: bool,
    /// `x < xmin`.
    pub(crate) below: bool,
    /// What the rule of three answers says.
    pub(crate) verdict: Verdict,
    pub(crate) replayed: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All below `xmin` is in the snapshot.
    Fresh,
    /// It has ended by now, perhaps after the snapshot was taken.
    Maybe,
    /// It is not in the snapshot.
    Stale,
}

/// A cluster with the counter, for tests that end one of its servers or want other settings.
pub(crate) async fn start(cluster: ClusterBuilder) -> Cluster {
    let cluster = cluster.start().await.unwrap();
    cluster.execute(SCHEMA).await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
    cluster
}

/// One cluster of two replicas for all tests that leave its servers alone, one test at a time.
///
/// Starting one takes longer than most of these tests. It ends with this process, by the testkit's watchdog.
pub(crate) async fn shared() -> MutexGuard<'static, Cluster> {
    static SHARED: OnceCell<Mutex<Cluster>> = OnceCell::const_new();
    let cluster = SHARED.get_or_init(async || Mutex::new(start(shared_settings()).await)).await.lock().await;
    reset(&cluster).await;
    cluster
}

fn shared_settings() -> ClusterBuilder {
    Cluster::builder()
        .replicas(2)
        .setting("max_prepared_transactions", "10")
        // A commit whose standbys are no longer waited for ends with the next report of one of them.
        .setting("wal_receiver_status_interval", "1s")
        // What nobody waits for stays where it is until a test has looked at it.
        .setting("wal_writer_delay", "10s")
        .setting("autovacuum", "off")
}

/// As after its start, whatever the test before left behind.
async fn reset(cluster: &Cluster) {
    cluster.primary().set("synchronous_standby_names", "").await.unwrap();
    for node in cluster.nodes() {
        let mut admin = plain(&node.admin_url()).await;
        run(&mut admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'").await;
        eventually("the sessions of the test before end", async || {
            ask(&mut admin, "SELECT count(*) = 0 FROM pg_stat_activity WHERE usename = 'app'").await
        })
        .await;
    }
    let mut admin = plain(&cluster.primary().admin_url()).await;
    let prepared = "SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts";
    for rollback in sqlx::query_scalar::<_, String>(prepared).fetch_all(&mut admin).await.unwrap() {
        sqlx::raw_sql(AssertSqlSafe(rollback)).execute(&mut admin).await.unwrap();
    }
    for replica in cluster.replicas() {
        replica.release_replay().await.unwrap();
    }
    run(&mut admin, "DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
    run(&mut admin, SCHEMA).await;
    cluster.wait_until_caught_up().await.unwrap();
}

pub(crate) async fn run(conn: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(conn).await.unwrap();
}

pub(crate) async fn ask<T>(conn: &mut PgConnection, sql: &'static str) -> T
where
    T: Send + Unpin,
    (T,): for<'r> sqlx::FromRow<'r, PgRow>,
{
    sqlx::query_scalar::<Postgres, T>(sql).fetch_one(conn).await.unwrap()
}

/// Counts up, and returns the number of the transaction.
pub(crate) async fn count(conn: &mut PgConnection) -> i64 {
    let sql = "UPDATE counter SET value = value + 1 WHERE id = 1 RETURNING pg_current_xact_id()::text::int8";
    ask(conn, sql).await
}

/// Any write of somebody else.
pub(crate) async fn write_elsewhere(cluster: &Cluster) -> i64 {
    let mut conn = plain(&cluster.primary().url()).await;
    let sql = "UPDATE counter SET value = value + 1 WHERE id = 2 RETURNING pg_current_xact_id()::text::int8";
    ask(&mut conn, sql).await
}

/// Reads the counter, and what can be said of transaction `xid`.
pub(crate) async fn read(conn: &mut PgConnection, xid: i64) -> Read {
    let row: (i32, i64, i64, bool, Option<String>, i64) =
        sqlx::query_as(READ).bind(xid.to_string()).fetch_one(conn).await.unwrap();
    let (value, xmin, xmax, visible, status, replayed) = row;
    let verdict = match status.as_deref() {
        _ if xid < xmin => Verdict::Fresh,
        None | Some("in progress") => Verdict::Stale,
        Some(_) => Verdict::Maybe,
    };
    Read { value, xmin, xmax, visible, below: xid < xmin, verdict, replayed }
}

/// A read whose snapshot is taken before `meanwhile`, and whose gates are evaluated after it.
pub(crate) async fn stretch(url: &str, xid: i64, meanwhile: impl AsyncFnOnce()) -> Read {
    let (mut locker, mut reader) = (plain(url).await, plain(url).await);
    run(&mut locker, "SELECT pg_advisory_lock(1)").await;
    let reading = tokio::spawn(async move { read(&mut reader, xid).await });
    eventually("the statement waits", async || {
        ask(&mut locker, "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            .await
    })
    .await;
    meanwhile().await;
    run(&mut locker, "SELECT pg_advisory_unlock(1)").await;
    reading.await.unwrap()
}

/// Releases the replica and waits until it has everything.
pub(crate) async fn catch_up(cluster: &Cluster, replica: usize) {
    cluster.replica(replica).release_replay().await.unwrap();
    cluster.wait_until_caught_up().await.unwrap();
}
