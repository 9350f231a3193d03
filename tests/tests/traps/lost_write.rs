//! A write that a failover lost: the new primary gives its number and its LSN to others, so that both look fresh. With
//! the insert LSN of the write (taken in RETURNING, before its commit) and the point where the new timeline begins, a
//! write is lost if its LSN is not below that point, or if the new primary does not call its transaction committed.
//!
//! A plain role finds the point in `pg_last_wal_replay_lsn()` of the promoted server, which stays there, but only until
//! that server starts anew.

use ryw_postgres::sqlx::{self, PgConnection};
use ryw_testkit::postgres::{Cluster, Node};
use ryw_tests::servers::plain;

use super::raw::{self, ask, read, run};

const WRITE: &str = "UPDATE counter SET value = value + 1 WHERE id = 1
    RETURNING pg_current_xact_id()::text::int8, (pg_current_wal_insert_lsn() - '0/0')::int8";
const REPLAYED: &str = "SELECT (pg_last_wal_replay_lsn() - '0/0')::int8";

#[derive(Clone, Copy, Debug)]
struct Write {
    xid: i64,
    lsn: i64,
}

async fn write(conn: &mut PgConnection) -> Write {
    let (xid, lsn) = sqlx::query_as(WRITE).fetch_one(conn).await.unwrap();
    Write { xid, lsn }
}

/// What the two halves of the rule say: past the point; not committed.
async fn lost(new: &Node, write: Write, switch: i64) -> (bool, bool) {
    let mut conn = plain(&new.url()).await;
    let status: Option<String> = sqlx::query_scalar(
        "SELECT CASE WHEN $1::xid8 < pg_snapshot_xmax(pg_current_snapshot()) THEN pg_xact_status($1::xid8) END",
    )
    .bind(write.xid.to_string())
    .fetch_one(&mut conn)
    .await
    .unwrap();
    (write.lsn >= switch, status.as_deref() != Some("committed"))
}

struct Failover {
    cluster: Cluster,
    survived: Write,
    /// Its rows were received, its commit was not.
    halved: Write,
    lost: Write,
    /// Where the new timeline begins, as the promoted server said at once.
    switch: i64,
}

/// All three were acknowledged; the replica was away for the last part.
async fn fail_over() -> Failover {
    let cluster = raw::start(Cluster::builder().replicas(1)).await;
    let mut writer = plain(&cluster.primary().url()).await;
    let mut other = plain(&cluster.primary().url()).await;
    let survived = write(&mut writer).await;
    run(&mut other, "BEGIN").await;
    let (xid, lsn) = sqlx::query_as(
        "UPDATE counter SET value = 100 WHERE id = 2
         RETURNING pg_current_xact_id()::text::int8, (pg_current_wal_insert_lsn() - '0/0')::int8",
    )
    .fetch_one(&mut other)
    .await
    .unwrap();
    let halved = Write { xid, lsn };
    cluster.wait_until_caught_up().await.unwrap();
    cluster.replica(0).stop().await.unwrap();
    run(&mut other, "COMMIT").await;
    let lost = write(&mut writer).await;
    cluster.primary().kill().await.unwrap();
    let new = cluster.replica(0);
    new.start().await.unwrap();
    new.promote().await.unwrap();
    let switch = ask(&mut plain(&new.url()).await, REPLAYED).await;
    Failover { cluster, survived, halved, lost, switch }
}

/// Writes of others, until the numbers and LSNs of the lost ones are used again.
async fn go_on(new: &Node, past: Write) {
    let mut conn = plain(&new.url()).await;
    for _ in 0..10_000 {
        let sql = "UPDATE counter SET value = value WHERE id = 2
            RETURNING pg_current_xact_id()::text::int8, (pg_current_wal_insert_lsn() - '0/0')::int8";
        let (xid, lsn): (i64, i64) = sqlx::query_as(sql).fetch_one(&mut conn).await.unwrap();
        if xid > past.xid && lsn > past.lsn {
            return;
        }
    }
    panic!("the new primary never came to {past:?}");
}

#[tokio::test]
async fn a_lost_write_looks_fresh_and_the_rule_tells() {
    let Failover { cluster, survived, halved, lost: gone, switch } = fail_over().await;
    let new = cluster.replica(0);
    go_on(new, gone).await;

    let mut conn = plain(&new.url()).await;
    let looks = read(&mut conn, gone.xid).await;
    assert_eq!((looks.value, looks.below), (1, true), "the trap is there: {looks:?}");
    let inserted: i64 = ask(&mut conn, "SELECT (pg_current_wal_flush_lsn() - '0/0')::int8").await;
    assert!(inserted > gone.lsn, "the trap is there, by LSN");

    assert_eq!(ask::<i64>(&mut conn, REPLAYED).await, switch, "it stays where it was");
    assert_eq!(lost(new, survived, switch).await, (false, false), "{survived:?} {switch}");
    assert_eq!(lost(new, halved, switch).await, (false, true), "{halved:?} {switch}");
    // Its number belongs to another by now, which is committed: only the LSN tells.
    assert_eq!(lost(new, gone, switch).await, (true, false), "{gone:?} {switch}");
}

/// Before its number is used again.
#[tokio::test]
async fn both_halves_tell_while_the_new_primary_is_idle() {
    let Failover { cluster, lost: gone, switch, .. } = fail_over().await;
    assert_eq!(lost(cluster.replica(0), gone, switch).await, (true, true));
}

/// A restart forgets the point; recovery from a crash puts another in its place, which is too far.
#[tokio::test]
async fn the_point_is_gone_when_the_promoted_server_starts_anew() {
    let Failover { cluster, survived, lost: gone, switch, .. } = fail_over().await;
    let new = cluster.replica(0);
    go_on(new, gone).await;
    new.restart().await.unwrap();
    assert_eq!(ask::<Option<i64>>(&mut plain(&new.url()).await, REPLAYED).await, None);

    go_on(new, gone).await;
    new.kill().await.unwrap();
    new.start().await.unwrap();
    let moved: i64 = ask(&mut plain(&new.url()).await, REPLAYED).await;
    assert!(moved > gone.lsn && gone.lsn >= switch, "the trap is there: {moved:X}, not {switch:X}");
    assert_eq!(lost(new, gone, moved).await, (false, false), "a lost write is taken for one that survived");
    assert_eq!(lost(new, survived, moved).await, (false, false));
}

/// A primary that never was a standby has such an LSN too, after a crash.
#[tokio::test]
async fn a_crashed_primary_has_a_replay_lsn() {
    let cluster = raw::start(Cluster::builder().replicas(0)).await;
    assert_eq!(ask::<Option<i64>>(&mut plain(&cluster.primary().url()).await, REPLAYED).await, None);
    write(&mut plain(&cluster.primary().url()).await).await;
    cluster.primary().kill().await.unwrap();
    cluster.primary().start().await.unwrap();
    let mut conn = plain(&cluster.primary().url()).await;
    let replayed: Option<i64> = ask(&mut conn, REPLAYED).await;
    assert!(replayed.is_some());
    assert!(!ask::<bool>(&mut conn, "SELECT pg_is_in_recovery()").await);
}
